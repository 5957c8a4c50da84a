"""Parquet bytes that carry their own checksum, so that damage is found before it is decoded.

A damaged Parquet file can do worse than fail: one flipped bit in a page header makes the decoder ask for
exabytes and the process is aborted. So each file holds the SHA-256 of itself in its key-value metadata (64
digits, taken as zeros when the sum is made). The file stays plain Parquet for every other program.
"""

from __future__ import annotations

import hashlib
import io

import polars as pl

__all__ = ["damage", "to_bytes"]

_MARK = b"supply-screen-sha256:"
_DIGITS = 64


def to_bytes(frame: pl.DataFrame) -> bytes:
    """Return `frame` as zstd Parquet with its checksum."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer,
        compression="zstd",
        statistics=True,
        metadata={"checksum": _MARK.decode() + "0" * _DIGITS},
    )
    data = bytearray(buffer.getbuffer())
    start = data.rindex(_MARK) + len(_MARK)
    data[start : start + _DIGITS] = hashlib.sha256(data).hexdigest().encode()
    return bytes(data)


def damage(data: bytes) -> str:
    """Return what is wrong with the bytes of a stored file; empty when they are as written."""
    if not data:
        return "empty file"
    start = data.rfind(_MARK)
    if start < 0:
        return "no checksum: cut short, or not written by this program"
    start += len(_MARK)
    view = memoryview(data)
    digest = hashlib.sha256(view[:start])
    digest.update(b"0" * _DIGITS)
    digest.update(view[start + _DIGITS :])
    if digest.hexdigest().encode() != data[start : start + _DIGITS]:
        return "checksum does not match: the bytes changed after they were written"
    return ""
