"""Bodies of EDGAR's answers on disk, with what is needed to ask whether they are still current."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

__all__ = ["BodyCache", "CachedBody"]


@dataclass(frozen=True)
class CachedBody:
    """One stored answer.

    Parameters
    ----------
    content
        The body.
    fetched_on
        Day on which this body was read at the host.
    checked_on
        Day on which the host last said that it is current.
    validators
        Headers that ask for a newer one only.
    """

    content: bytes
    fetched_on: date
    checked_on: date
    validators: Mapping[str, str]


class BodyCache:
    """Answers under one folder, one gzip file each: a line of JSON about the body, then the body.

    A file is replaced whole (temp file, fsync, rename). One that cannot be read counts as absent and is
    written anew; a folder that cannot be written leaves the cache empty, it never stops a pull.

    Parameters
    ----------
    folder
        Where files go; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, name: str) -> CachedBody | None:
        """Return the stored answer, or None."""
        if self._folder is None:
            return None
        try:
            head, _, content = gzip.decompress(self._path(name).read_bytes()).partition(b"\n")
            about = json.loads(head)
            return CachedBody(
                content,
                date.fromisoformat(about["fetched_on"]),
                date.fromisoformat(about["checked_on"]),
                {str(k): str(v) for k, v in about["validators"].items()},
            )
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, name: str, body: CachedBody) -> None:
        """Store an answer."""
        if self._folder is None:
            return
        about = {
            "fetched_on": body.fetched_on.isoformat(),
            "checked_on": body.checked_on.isoformat(),
            "validators": dict(body.validators),
        }
        packed = gzip.compress(json.dumps(about).encode() + b"\n" + body.content, compresslevel=3, mtime=0)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace(self._path(name), packed)
        except OSError:
            return

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{name}.gz"


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
