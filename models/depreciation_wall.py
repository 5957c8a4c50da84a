"""The depreciation wall: how much more a payer will depreciate over the next twelve quarters."""

from __future__ import annotations

from models.capex_path import CASES, HORIZON
from models.fleet import Fleet, income_reason
from models.vintages import QUARTERS_A_YEAR, LifeChange

__all__ = ["wall_rows"]


def wall_rows(
    ticker: str, assets: Fleet | str, *, server_life: float | None = None
) -> list[dict[str, object]]:
    """Return the DEPRECIATION_WALL rows of a payer, quarter 0 (the last known) to 12 in each case.

    ``wall_h = (Dep_{t+h} - Dep_t) / OI_t``: quarterly charges against the quarterly mean of the last twelve
    months' operating income, so that the season of one quarter does not matter. Revenue needed is the wall
    over the margin before depreciation.

    Parameters
    ----------
    ticker
        The payer.
    assets
        Its `Fleet`, or the reason why there is none.
    server_life
        Scenario life of servers (years), booked prospectively from the next quarter on.

    Missing data: one row with the reason when there is no fleet. The share is null with a reason when
    operating income is unknown or not positive; the depreciation itself stands.

    References: methods, section 3.
    """
    if isinstance(assets, str):
        reason = {"ticker": ticker, "case": "base", "quarter_ahead": 0, "kind": "inference"}
        return [reason | {"source": "none", "reason": assets}]
    return [row for case in CASES for row in _case_rows(ticker, assets, case, server_life)]


def _case_rows(ticker: str, assets: Fleet, case: str, server_life: float | None) -> list[dict[str, object]]:
    path, income = assets.path(case), assets.income.operating_income
    # A life that is not stated cannot be changed: the row stays as it is, as operating income does.
    server_life = None if assets.book_life is None else server_life
    change = None if server_life is None else LifeChange(path.today + 1, server_life)
    charges = assets.charges(case, change=change)
    reason, (margin, margin_words) = income_reason(assets.income), assets.cash_margin()
    scenario = "" if server_life is None else f"; scenario: servers over {server_life:g} years from now on"
    rows: list[dict[str, object]] = []
    for ahead in range(HORIZON + 1):
        extra = float(charges[path.today + ahead] - charges[path.today]) * QUARTERS_A_YEAR
        share = extra / income if income is not None and reason is None else None
        rows.append({
            "ticker": ticker, "case": case, "quarter_ahead": ahead, "period_end": path.end(ahead),
            "capex_bn_usd": path.ahead(ahead), "depreciation_bn_usd": float(charges[path.today + ahead]),
            "wall_bn_usd": extra, "wall_share": share,
            "revenue_needed_bn_usd": None if margin is None else extra / margin,
            "kind": assets.kind, "known_at": assets.known_at, "source": assets.source,
            "caveat": f"{path.words}; {assets.words}; {margin_words}{scenario}", "reason": reason,
        })  # fmt: skip
    return rows
