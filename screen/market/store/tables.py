"""What the store tells about itself: `STORE_STATUS` and `STORE_CHECK`."""

from __future__ import annotations

import polars as pl

from exposures.table import Table, column

__all__ = ["STORE_CHECK", "STORE_STATUS"]

_S, _D, _I = pl.String, pl.Date, pl.Int64

STORE_STATUS = Table(
    "STORE_STATUS",
    "What the market store holds, per source and dataset.",
    (
        column("source", _S, "Source id.", required=True),
        column("dataset", _S, "prices, a dataset of facts, pulls (the log) or quarantine.", required=True),
        column("tickers", _I, "Different tickers, or base currencies of fx.", required=True),
        column("rows", _I, "Rows in readable files.", required=True),
        column("files", _I, "Files.", required=True),
        column("bytes", _I, "Size of the files.", unit="bytes", required=True),
        column("newest", _D, "Newest trading day, known_at or seen_at in the rows."),
        column("pulled_at", _D, "Day of the newest pull that asked for it."),
    ),
    key=("source", "dataset"),
)

STORE_CHECK = Table(
    "STORE_CHECK",
    "Faults of the market store, one a row.",
    (
        column("source", _S, "Source id; empty for a file outside of a source."),
        column("dataset", _S, "prices, a dataset of facts or pulls.", required=True),
        column("path", _S, "File or folder within the store.", required=True),
        column("fault", _S, "What is wrong.", required=True),
        column("fix", _S, "What mends it.", required=True),
    ),
)
