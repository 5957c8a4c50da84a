"""A store below an object address: s3://bucket/prefix through s3fs. A put is seen whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module, util
from typing import Any, TypeVar

from exposures.errors import NetworkError, UsageError
from screen.market.store.errors import read_fault, write_fault
from screen.market.store.lease import Lease
from screen.market.store.place import StoredFile

__all__ = ["ObjectPlace"]

_T = TypeVar("_T")

_SCHEME = "s3://"
_OPTIONS = ("endpoint_url", "key", "secret", "token", "region")

_CONNECT_S, _READ_S, _ATTEMPTS = 10, 60, 4
"""An endpoint that does not answer ends the pull in a minute or two, not in s3fs's quarter of an hour."""

_SIDE_BY_SIDE = 16
"""Objects read or removed at once. s3fs's own calls for many ask first whether each is there."""

_ADDRESS = re.compile(r"s3://[A-Za-z0-9._-]+(/[^*?\[]*)?")
"""A bucket and a prefix, without the characters that s3fs takes for a pattern of names."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


class ObjectPlace:
    """Objects below an address, see `Place`. Without options, keys and endpoint are those of AWS_*."""

    def __init__(self, address: str, options: Mapping[str, str]) -> None:
        if not _ADDRESS.fullmatch(address):
            raise UsageError(
                f"store {address}: not an address of a store; allowed: a folder, or s3://bucket/prefix.",
                fix="Name one of them, without the characters * ? [.",
            )
        if unknown := sorted(set(options) - set(_OPTIONS)):
            raise UsageError(f"store {address}: unknown options {unknown}; allowed: {list(_OPTIONS)}.")
        endpoint = options.get("endpoint_url") or next(filter(None, map(os.environ.get, _ENDPOINTS)), "")
        if endpoint and not endpoint.startswith(("http://", "https://")):
            raise UsageError(
                f'store {address}: endpoint "{endpoint}" is not an address; allowed: http:// or https://.',
                fix="Mend AWS_ENDPOINT_URL, or the option endpoint_url.",
            )
        if util.find_spec("s3fs") is None:
            raise UsageError(
                f"store {address}: s3:// addresses need s3fs, which is not installed.",
                fix='Run: pip install "supply-screen[s3]"',
            )
        self.label = address.rstrip("/")
        self._root = self.label.removeprefix(_SCHEME)
        self._options = dict(options)
        self._system: Any = None
        self._lease: Lease | None = None

    @property
    def _fs(self) -> Any:
        """The s3fs file system; made on first use, listings never cached: others write too."""
        if self._system is None:
            given = self._options
            region = {"region_name": given["region"]} if "region" in given else {}
            self._system = import_module("s3fs").S3FileSystem(
                endpoint_url=given.get("endpoint_url"),
                key=given.get("key"),
                secret=given.get("secret"),
                token=given.get("token"),
                client_kwargs=region,
                config_kwargs={
                    "connect_timeout": _CONNECT_S,
                    "read_timeout": _READ_S,
                    "retries": {"max_attempts": _ATTEMPTS, "mode": "standard"},
                },
                use_listings_cache=False,
                skip_instance_cache=True,
            )
            self._system.retries = 1  # botocore retries already
        return self._system

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def _relative(self, key: str) -> str:
        return key.removeprefix(self._root + "/")

    def read(self, paths: Sequence[str]) -> list[bytes | None]:
        """Return the content of each path, None for one that is not there; fetched side by side."""
        if len(paths) == 1:
            return [self._read(paths[0])]
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return list(pool.map(self._read, paths))

    def _read(self, path: str) -> bytes | None:
        try:
            return bytes(self._run("read", path, lambda: self._fs.cat_file(self._at(path))))
        except FileNotFoundError:
            return None

    def files(self, folder: str) -> list[StoredFile]:
        """Return the objects below `folder` sorted by path; empty when there are none."""
        try:
            found: dict[str, Any] = self._run(
                "read", folder, lambda: self._fs.find(self._at(folder), detail=True)
            )
        except FileNotFoundError:
            return []
        return sorted(
            (StoredFile(self._relative(key), int(entry["size"])) for key, entry in found.items()),
            key=lambda file: file.path,
        )

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put each object; a put replaces the whole object at once. Several are sent side by side."""
        if files:
            items = {self._at(path): data for path, data in files.items()}
            self._run("write", next(iter(files)), lambda: self._fs.pipe(items))

    def create(self, path: str, data: bytes) -> bool:
        """Put an object only where there is none; return False when there is one."""
        try:
            self._run("write", path, lambda: self._fs.pipe_file(self._at(path), data, mode="create"))
        except FileExistsError:
            return False
        return True

    def remove(self, paths: Sequence[str]) -> None:
        """Remove objects; one that is not there is no fault."""
        if paths:
            with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
                list(pool.map(self._remove, paths))

    def _remove(self, path: str) -> None:
        self._run("write", path, lambda: self._fs.rm_file(self._at(path)))

    def move(self, path: str, target: str) -> None:
        """Copy an object and remove the first; a crash between leaves both."""
        (content,) = self.read([path])
        if content is not None:
            self.write({target: content})
            self.remove([path])

    def leftovers(self) -> list[str]:
        """Return nothing: a put that breaks off leaves no object."""
        return []

    @contextmanager
    def lock(self, wait_s: float) -> Iterator[None]:
        """Hold a lease object, see `Lease`."""
        lease = Lease(self)
        with lease.held(wait_s):
            self._lease = lease
            try:
                yield
            finally:
                self._lease = None

    def require_folder(self) -> None:
        """Do nothing: a prefix holds objects whatever else has its name."""

    def require_lock(self) -> None:
        """Raise DataError when the lease could not be renewed in time."""
        if self._lease is not None:
            self._lease.require()

    def _run(self, verb: str, path: str, action: Callable[[], _T]) -> _T:
        """Run `action` and map what s3fs and botocore raise; an object that is missing to a reader passes."""
        botocore = import_module("botocore.exceptions")
        try:
            return action()
        except (FileNotFoundError, FileExistsError) as error:
            if verb == "write" and isinstance(error, FileNotFoundError):
                raise self._mapped(verb, path, error) from error
            raise
        except (OSError, botocore.BotoCoreError) as error:
            raise self._mapped(verb, path, error) from error

    def _mapped(self, verb: str, path: str, error: Exception) -> Exception:
        """Return the error of this program for one of s3fs or botocore; any other is a bug and stays."""
        botocore = import_module("botocore.exceptions")
        if isinstance(error, (botocore.NoCredentialsError, botocore.PartialCredentialsError)):
            return UsageError(
                f"store {self.label}: no keys for the object host.",
                fix="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
            )
        if isinstance(error, (botocore.BotoCoreError, TimeoutError, ConnectionError)):
            return NetworkError(
                f"store {self.label}: the object host does not answer ({error}).",
                fix="Check the endpoint (AWS_ENDPOINT_URL) and the network, then try again.",
            )
        if isinstance(error, OSError):
            return (write_fault if verb == "write" else read_fault)(self.label, path, error)
        return error
