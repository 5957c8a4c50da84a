"""How the result of a block travels from a worker: as plain bytes, made by the thread that ran the block.

A frame that is pickled writes itself through a Python buffer from polars' own threads. On a Dask worker
the event loop pickles, and with one polars thread the two were seen waiting for each other for ever; bytes
need nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from screen.backtest.block import BlockResult, BlockTask, run_block

__all__ = ["PackedBlock", "pack", "run_packed", "unpack"]


@dataclass(frozen=True)
class PackedBlock:
    """A `BlockResult` with its frames as Arrow streams."""

    forecasts: bytes
    ranks: bytes
    realised: bytes
    skipped: tuple[tuple[date, str], ...]


def run_packed(task: BlockTask) -> PackedBlock:
    """Run a block where the caller's executor says, and pack what it saw."""
    return pack(run_block(task))


def pack(result: BlockResult) -> PackedBlock:
    """Return the frames of a block as bytes."""
    return PackedBlock(
        _stream(result.forecasts), _stream(result.ranks), _stream(result.realised), result.skipped
    )


def unpack(packed: PackedBlock) -> BlockResult:
    """Return the block of `pack`, dtype for dtype."""
    return BlockResult(
        _frame(packed.forecasts), _frame(packed.ranks), _frame(packed.realised), packed.skipped
    )


def _stream(frame: pl.DataFrame) -> bytes:
    import pyarrow as pa
    from pyarrow import ipc

    table = frame.to_arrow()
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _frame(stream: bytes) -> pl.DataFrame:
    from pyarrow import ipc

    frame = pl.from_arrow(ipc.open_stream(stream).read_all())
    assert isinstance(frame, pl.DataFrame)  # a table never gives a series
    return frame
