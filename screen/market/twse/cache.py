"""History pages kept on disk: a page of a month that is public does not change its past."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from pathlib import Path

__all__ = ["PageCache"]


class PageCache:
    """Pages by name in a folder; without a folder nothing is kept.

    A page that cannot be read counts as absent, one that cannot be written is asked again next time: the
    cache saves requests and is no store.

    Parameters
    ----------
    folder
        Where pages are kept; made when the first one comes. None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, name: str) -> bytes | None:
        """Return a page, or None."""
        if self._folder is None:
            return None
        try:
            return gzip.decompress((self._folder / f"{name}.gz").read_bytes())
        except (OSError, EOFError, zlib.error):
            return None

    def put(self, name: str, content: bytes) -> None:
        """Keep a page; another process never sees a part of it."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(gzip.compress(content, mtime=0))
            Path(part).replace(self._folder / f"{name}.gz")
        except OSError:
            return
