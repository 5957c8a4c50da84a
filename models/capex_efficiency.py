"""Capex efficiency of the payers: what spending returns, who pays for it, what a shorter life would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from exposures.known import superseded_on
from exposures.tables import DEALS, NODES
from models.backlog import backlog_rows, customer_rows
from models.backlog_customers import backlog_customers
from models.capex_accounts import (
    Account,
    Shock,
    bridged,
    filled,
    published_accounts,
    reported_account,
    reported_sum,
    shocked,
)
from models.capex_balances import Balances, balances
from models.capex_rows import GroupCapex, component_rows, efficiency_row, has_ratio, segment_row
from models.depreciation_rows import depreciation_rows
from models.depreciation_wall import wall_rows
from models.fleet import fleet
from models.incremental_returns import return_rows
from models.life_changes import life_change_rows, restated, stated_changes
from models.payer import Payer
from models.payer_data import PayerData
from models.scenario_shift import shifts_by_ticker
from models.tables import (
    BACKLOG,
    BACKLOG_CUSTOMERS,
    COMPONENTS,
    DEPRECIATION,
    DEPRECIATION_WALL,
    EFFICIENCY,
    INCREMENTAL_RETURNS,
    LIFE_CHANGES,
)

__all__ = ["EfficiencyResult", "capex_efficiency"]

_BN = 1e9


_TABLES = {
    "efficiency": EFFICIENCY, "depreciation": DEPRECIATION, "wall": DEPRECIATION_WALL,
    "life_changes": LIFE_CHANGES, "returns": INCREMENTAL_RETURNS, "backlog": BACKLOG,
    "backlog_customers": BACKLOG_CUSTOMERS, "components": COMPONENTS,
}  # fmt: skip


@dataclass(frozen=True)
class EfficiencyResult:
    """Frames declared in `models.tables`, payers only.

    `wall` is DEPRECIATION_WALL and `returns` INCREMENTAL_RETURNS; the others have the table's name.
    """

    efficiency: pl.DataFrame
    depreciation: pl.DataFrame
    wall: pl.DataFrame
    life_changes: pl.DataFrame
    returns: pl.DataFrame
    backlog: pl.DataFrame
    backlog_customers: pl.DataFrame
    components: pl.DataFrame


def capex_efficiency(
    *,
    panel: pl.DataFrame,
    quarters: pl.DataFrame,
    memberships: pl.DataFrame,
    figures: pl.DataFrame,
    as_of: date,
    fx_to_usd: Mapping[str, float],
    is_simulated: bool,
    cloud_margin_change: float = 0.0,
    payer_margin_change: Mapping[str, float] | None = None,
    capex_cut: float = 0.0,
    server_life_years: float | None = None,
    deals: pl.DataFrame | None = None,
    nodes: pl.DataFrame | None = None,
    is_ranking_only: bool = False,
) -> EfficiencyResult:
    """Measure every payer of the theme.

    ``OI / capex``, ``capex / OCF``, ``capex / revenue``, ``FCF / revenue``, each from one period of one
    perimeter: a quarter is only ever set against the same quarter. Statements of the last four quarters
    come first; published figures fill gaps, and come first when the statements are simulated. A segment
    that publishes operating income but no capex (AWS) gets the notes' proxy over the group's capex.

    Parameters
    ----------
    panel, quarters, memberships, figures
        `PANEL`, `QUARTERS`, `MEMBERSHIPS`, `FIGURES`.
    as_of
        Date of the screen; later rows are not used.
    fx_to_usd
        Currency -> US dollars for one unit.
    is_simulated
        True when panel and quarters come from the simulated sample.
    cloud_margin_change
        Scenario change of the operating margin on cloud revenue (fraction of revenue, pre-tax); on the
        revenue of the published cloud segment, else of the whole group, for companies of the cloud layer.
    payer_margin_change
        Ticker or segment -> scenario change of the same margin that comes on top for one payer.
    capex_cut
        Scenario fall of capital spending (fraction).
    server_life_years
        Scenario life of servers: the step-up is measured at it in place of 3 years; wall and operating
        income book it prospectively from the next quarter on.
    deals, nodes
        `DEALS` and `NODES`, for what customers committed to each cloud; None: published shares only.
    is_ranking_only
        True leaves every table but the components empty: enough to rank, in a fraction of the time.

    Returns
    -------
    EfficiencyResult
        Seven components a payer.

    Missing data: null with a reason. Ratios on a denominator of zero or less are null; operating income
    may be negative over capex, but nothing is divided by a negative operating income.

    References
    ----------
    Methods, section 3; research notes 001 (AWS proxy, asset life, RPO) and 002 (leverage).
    """
    life = server_life_years
    # A newer figure replaces an older one from the day on which it is known, not before.
    later = pl.col("known_at").is_not_null() & (pl.col("known_at") > as_of)
    figures = superseded_on(figures.filter(~later), "figure_id")
    margins = shifts_by_ticker(payer_margin_change, memberships)
    ledger = (DEALS.empty() if deals is None else deals, NODES.empty() if nodes is None else nodes)
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in _TABLES}
    for data in _payers(panel, quarters, memberships, figures, (as_of, fx_to_usd, is_simulated)):
        shock = Shock(capex_cut, cloud_margin_change + margins.get(data.ticker, 0.0))
        payer = _under(_payer(data, balances(data, figures)), data, shock)
        assets = fleet(data, payer, figures, capex_cut=capex_cut, margin_change=shock.cloud_margin_change)
        payer = restated(payer, assets, server_life=life)
        rows["components"] += component_rows(payer, assets, server_life_years=life)
        if is_ranking_only:
            continue
        customers = backlog_customers(data, figures, *ledger, payer.balances.backlog)
        stated = stated_changes(figures, payer.ticker, as_of=as_of, fx_to_usd=fx_to_usd)
        rows["efficiency"] += _efficiency(payer, data, shock)
        rows["depreciation"] += depreciation_rows(payer.ticker, assets)
        rows["wall"] += wall_rows(payer.ticker, assets, server_life=life)
        rows["life_changes"] += life_change_rows(payer.ticker, assets, stated, server_life=life)
        rows["returns"] += return_rows(data)
        rows["backlog"] += backlog_rows(data, payer, figures, customers)
        rows["backlog_customers"] += customer_rows(payer.ticker, customers)
    return EfficiencyResult(**{name: table.frame(rows[name]) for name, table in _TABLES.items()})


def _payers(
    panel: pl.DataFrame,
    quarters: pl.DataFrame,
    memberships: pl.DataFrame,
    figures: pl.DataFrame,
    where: tuple[date, Mapping[str, float], bool],
) -> Iterator[PayerData]:
    as_of, fx_to_usd, is_simulated = where
    rows = {str(r["ticker"]): r for r in panel.iter_rows(named=True)}
    known = quarters.filter(pl.col("known_at") <= as_of).sort("ticker", "period_end")
    reported = {str(k[0]): p.to_dicts() for k, p in known.partition_by("ticker", as_dict=True).items()}
    payers = memberships.filter(pl.col("role") == "payer")
    payers = payers.sort(["ticker", "is_primary", "segment"], descending=[False, True, False])
    for member in payers.unique("ticker", keep="first", maintain_order=True).iter_rows(named=True):
        ticker = str(member["ticker"])
        yield PayerData(
            ticker=ticker,
            name=str(member["name"]),
            row=rows.get(ticker, dict.fromkeys(panel.columns) | {"ticker": ticker}),
            quarters=reported.get(ticker, []),
            published=published_accounts(figures=figures, ticker=ticker, fx_to_usd=fx_to_usd, as_of=as_of),
            as_of=as_of,
            fx_to_usd=fx_to_usd,
            is_simulated=is_simulated,
            is_cloud=member["layer"] == "cloud",
        )


def _payer(data: PayerData, held: Balances) -> Payer:
    group, end = data.group(), data.quarters[-1]["period_end"] if data.quarters else None
    statement = reported_account(
        row=data.row,
        name=data.name,
        end=end if isinstance(end, date) else None,
        is_simulated=data.is_simulated,
    )
    if statement is None or data.is_simulated:
        # Of one end, what was published as it stands comes before what had to be annualised.
        group = sorted([*group, *bridged(group)], key=lambda a: a.end, reverse=True)
    if statement is None:
        ordered = group
    elif data.is_simulated:
        ordered = [*group, statement]
    else:
        ordered = [filled(statement, group), *group]
    return Payer(data.ticker, data.name, tuple(ordered), held)


def _under(payer: Payer, data: PayerData, shock: Shock) -> Payer:
    moved = (shocked(a, shock, _cloud_revenue(a, data) if data.is_cloud else None) for a in payer.accounts)
    return payer.with_accounts(tuple(moved))


def _cloud_revenue(account: Account, data: PayerData) -> float | None:
    """Revenue of the published cloud segments over the account's length, else of the whole group."""
    segments = [a for a in data.segments() if a.revenue is not None]
    same = [a for a in segments if (a.end, a.months) == (account.end, account.months)]
    found = [(a.revenue or 0.0) * account.months / a.months for a in same or segments[:1]]
    return sum(found) if found else account.revenue


def _efficiency(payer: Payer, data: PayerData, shock: Shock) -> list[dict[str, object]]:
    usable = [a for a in payer.accounts if has_ratio(a)]
    rows = [efficiency_row(payer, a, is_first=i == 0) for i, a in enumerate(usable)]
    if not rows:
        reason = "neither statements nor published figures give two flows of one period"
        rows = [
            {
                "ticker": payer.ticker,
                "perimeter": "group",
                "period": "none",
                "source": "none",
                "reason": reason,
            }
        ]
    for segment in data.segments():
        needs_capex = segment.capex is None and segment.operating_income is not None
        capex = _group_capex(payer, segment, data, shock) if needs_capex else None
        moved = shocked(segment, shock, segment.revenue if data.is_cloud else None)
        if (row := segment_row(payer, moved, capex)) is not None:
            rows.append(row)
    # Two spellings of one name can publish the same period: the account that counts first stays.
    return list({(r["perimeter"], r["period"]): r for r in reversed(rows)}.values())[::-1]


def _group_capex(payer: Payer, segment: Account, data: PayerData, shock: Shock) -> GroupCapex | None:
    """Capex of the group over the segment's period: published, else the sum of reported quarters."""
    for a in payer.accounts:
        same = (a.end, a.months) == (segment.end, segment.months)
        if same and a.capex is not None and not a.is_simulated:
            return a.capex, a.source, tuple(a.notes_on("capex"))
    if data.is_simulated:
        return None
    total = reported_sum(data.quarters, measure="capex", end=segment.end, months=segment.months)
    rate = data.rate()
    if total is None or rate is None:
        return None
    spent = total * rate / _BN * (1 - shock.capex_cut)
    return spent, str(data.quarters[-1]["source"]), ("capex summed from reported quarters",)
