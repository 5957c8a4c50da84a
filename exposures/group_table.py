"""The table of related parties: who holds how much of whom."""

from __future__ import annotations

import polars as pl

from exposures.history import GRADES
from exposures.table import Table, column

__all__ = ["GROUPS"]

_S, _F, _D, _B = pl.String, pl.Float64, pl.Date, pl.Boolean

GROUPS = Table(
    "GROUPS",
    "Who holds how much of whom: the groups over which revenue is attributed.",
    (
        column("holder", _S, "Node that holds.", required=True),
        column("held", _S, "Node that is held.", required=True),
        column("stake", _F, "Share of the capital held; null when not disclosed.", unit="fraction"),
        column("is_control", _B, "True when the holder decides alone, whatever its stake.", required=True),
        column("basis", _S, "What the stake measures, and why there is control or none.", required=True),
        column("source", _S, "Source keys.", required=True),
        column("grade", _S, "Source grade.", required=True, allowed=GRADES),
        column("known_at", _D, "Day it could have been known; of several rows of a pair the newest known one counts.", required=True),
    ),
    key=("holder", "held", "known_at"),
)  # fmt: skip
