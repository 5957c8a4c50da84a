"""Names inside the store: one file a ticker for prices, parts whose names sort by time for the rest.

::

    STORE/store.json
    STORE/prices/source=yahoo/2330.TW.parquet
    STORE/facts/statements/source=edgar/part-187c0a....parquet
    STORE/pulls/source=yahoo/part-187c0a....parquet
    STORE/quarantine/...            damaged files under their own path
    STORE/.lock, STORE/.lock.owner  (objects: STORE/.lock/lease-00000001.json)
"""

from __future__ import annotations

import re
import secrets
import string
import threading
import time

from exposures.errors import UsageError

__all__ = [
    "FORMAT",
    "FORMAT_FILE",
    "QUARANTINE",
    "dataset_of",
    "facts_folder",
    "file_name",
    "new_id",
    "part_path",
    "price_path",
    "prices_folder",
    "pulls_folder",
    "source_of",
    "ticker_of",
]

FORMAT = 1
"""Version of the layout. A store with a higher one was written by a newer program and is left alone."""

FORMAT_FILE = "store.json"
QUARANTINE = "quarantine"

_PLAIN = frozenset(string.ascii_uppercase + string.digits + ".-")
_SOURCE = re.compile(r"[a-z][a-z0-9-]*")
_ESCAPED = re.compile(r"_([0-9A-F]{2})")

_last_ns = 0
_id_lock = threading.Lock()


def new_id(after: str = "") -> str:
    """Return an id of 24 hexadecimal digits that sorts after every earlier one.

    16 digits are nanoseconds since 1970 (later than any id this process gave before, and later than
    `after`, so that a clock set back does no harm), 8 are random, so that two processes never agree.
    """
    global _last_ns  # noqa: PLW0603 - one clock a process
    floor = int(after[:16], 16) if after else 0
    with _id_lock:
        _last_ns = max(time.time_ns(), _last_ns + 1, floor + 1)
        return f"{_last_ns:016x}{secrets.token_hex(4)}"


def file_name(ticker: str) -> str:
    """Return `ticker` as a file name that every disk and object host takes, reversibly.

    Capital letters, digits, hyphen and dot (but for a leading one) stand for themselves, every other byte
    is ``_`` and two hexadecimal digits: ``TWD=X`` is ``TWD_3DX``. Lower-case letters are escaped too, so that
    two tickers never meet on a disk that does not tell cases apart.
    """
    body = "".join(
        char if char in _PLAIN and not (place == 0 and char == ".") else _escape(char)
        for place, char in enumerate(ticker)
    )
    return body or "_"


def _escape(char: str) -> str:
    return "".join(f"_{byte:02X}" for byte in char.encode())


def ticker_of(path: str) -> str:
    """Return the ticker whose price file `path` is: the inverse of `price_path`."""
    name = path.rsplit("/", 1)[-1].removesuffix(".parquet")
    raw = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), "" if name == "_" else name)
    return raw.encode("latin-1").decode("utf-8", errors="replace")


def prices_folder(source: str) -> str:
    """Return the folder of the price files of `source`."""
    return f"prices/source={_sound(source)}"


def price_path(source: str, ticker: str) -> str:
    """Return the path of the price file of `ticker`."""
    return f"{prices_folder(source)}/{file_name(ticker)}.parquet"


def facts_folder(dataset: str, source: str) -> str:
    """Return the folder of the parts of `dataset` that `source` delivered."""
    return f"facts/{dataset}/source={_sound(source)}"


def pulls_folder(source: str) -> str:
    """Return the folder of the log of `source`."""
    return f"pulls/source={_sound(source)}"


def part_path(folder: str, after: str = "") -> str:
    """Return the path of a new part of `folder`, which sorts after the part `after`."""
    stem = after.rsplit("/", 1)[-1].removeprefix("part-").removesuffix(".parquet")
    return f"{folder}/part-{new_id(stem)}.parquet"


def source_of(path: str) -> str:
    """Return the source in whose folder `path` lies; empty outside of one."""
    return next((part[7:] for part in path.split("/") if part.startswith("source=")), "")


def dataset_of(path: str) -> str:
    """Return the dataset whose file `path` is: prices, pulls, quarantine or a dataset of facts."""
    first, _, rest = path.partition("/")
    return rest.split("/", 1)[0] if first == "facts" else first


def _sound(source: str) -> str:
    if not _SOURCE.fullmatch(source):
        raise UsageError(
            f'source "{source}" cannot name a folder; allowed: lower-case letters, digits, hyphen.',
            fix="Give the id of the feed, such as yahoo.",
        )
    return source
