"""Published cases of capital spending and depreciation, and recovery of a simulated payer's vintages."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from exposures.tables import FIGURES, MEMBERSHIPS
from models.asset_classes import BUILDING_LAG, BUILDING_LIFE, POWER_LIFE, SERVER_LAG, SHORT_LIVED_SHARE
from models.capex_efficiency import EfficiencyResult, capex_efficiency
from models.capex_history import quarter_after
from models.capex_path import BACK_QUARTERS, GROWTH_BEFORE
from models.depreciation import depreciation_to_capex_year_end, life_change_charge
from models.tables import PANEL, QUARTERS
from models.vintages import LifeChange, book_value, steady_depreciation_to_capex, vintage_charges
from validation.study import Check, Study, market_pack

__all__ = ["STUDIES"]

METHODS = "methods note, section 3, recomputed by its authors"
PUBLIC = "methods note, section 3 (public Amazon figures of 2025) and P16"
AWS_DEPRECIATION = "opencapital.sh, AWS D&A by quarter, as the methods note quotes it"
ANCHOR = "company statement, see the theme's figures"
# g = 20%: life -> (year-end, half-year) ratio of depreciation to spending.
STEADY = {3: ("0.7021605", "0.7723765"), 5: ("0.5981224", "0.6579347"), 6: ("0.5542517", "0.6096769")}
# old life, new life -> charges a year of cost 100, changed at age 2.
CHANGES = {(4, 6): ("25.0000", "12.5000"), (6, 5): ("16.6667", "22.2222")}
YEAR, LAST = date(2025, 12, 31), date(2026, 3, 31)
SEED, PAYERS, AS_OF = 20260429, 300, date(2026, 6, 1)
QUARTERS_KNOWN, QUARTERS_HIDDEN = 20, 120
Array = npt.NDArray[np.float64]


def _check(what: str, expected: str, found: str, source: str) -> Check:
    return Check(what, expected, found, expected == found, source)


def _figure(metric: str, value: float, subject: str = "Amazon", **more: object) -> dict[str, object]:
    return {
        "figure_id": f"F{subject}{metric}", "subject": subject, "node": "AMZN", "metric": metric, "value": value,
        "unit": "bn", "currency": "USD", "period": "2025", "period_end": YEAR, "period_months": 12,
        "known_at": date(2026, 2, 6), "source": "published", "grade": "A",
    } | more  # fmt: skip


def _run(
    figures: list[dict[str, object]], quarters: list[dict[str, object]], panel: list[dict[str, object]]
) -> EfficiencyResult:
    payer = {
        "ticker": "AMZN", "name": "Amazon", "country": "US", "group": "AMZN", "layer": "cloud",
        "segment": "cloud", "segment_name": "cloud", "is_primary": True, "role": "payer",
        "tier_origin": "default", "tier_reason": "payer", "tier_source": "note",
    }  # fmt: skip
    return capex_efficiency(
        panel=PANEL.frame(panel), quarters=QUARTERS.frame(quarters), memberships=MEMBERSHIPS.frame([payer]),
        figures=FIGURES.frame(figures), as_of=date(2026, 6, 1), fx_to_usd={}, is_simulated=False,
    )  # fmt: skip


def published_depreciation() -> Study:
    """Steady growth, whole charges and changes of life, to the printed digits."""
    checks = []
    for life, (year_end, half_year) in STEADY.items():
        what = f"depreciation over spending growing 20% a year, {life} years of life"
        found = f"{depreciation_to_capex_year_end(life, 0.2):.7f}"
        checks.append(_check(f"{what}, bought at year ends", year_end, found, METHODS))
        found = f"{steady_depreciation_to_capex(life, 0.2, periods_a_year=1):.7f}"
        checks.append(_check(f"{what}, half-year convention", half_year, found, METHODS))
    for life in (3.0, 5.0, 6.0, 5.5):
        charged = vintage_charges([100.0], life=life, periods=8, periods_a_year=1).sum()
        checks.append(
            _check(f"total charged on cost 100, {life:g} years", "100.0000", f"{charged:.4f}", METHODS)
        )
    for (old, new), printed in CHANGES.items():
        changed = vintage_charges(
            [100.0], life=old, lag=0.5, periods=4, periods_a_year=1, change=LifeChange(3, new)
        )
        what = f"cost 100 at age 2, {old} to {new} years"
        found = ", ".join(f"{charge:.4f}" for charge in changed[2:])
        checks.append(_check(f"{what}: charge before, after", ", ".join(printed), found, METHODS))
        after = f"{life_change_charge(100, age=2, old_life=old, new_life=new):.4f}"
        checks.append(_check(f"{what}: book value over years left", printed[1], after, METHODS))
    return Study("Published: straight-line depreciation", "No draws.", tuple(checks))


def amazon_identities() -> Study:
    """Amazon's public figures of 2025 and what follows from them, to the printed digits."""
    figures = [
        _figure("operating_income", 45.6, "AWS"), _figure("revenue", 128.7, "AWS"), _figure("ocf", 139.514),
        _figure("ttm_fcf", 11.2), _figure("revenue", 716.9),
        _figure("rpo", 177.0, "AWS", period_end=date(2024, 12, 31), period_months=0),
        _figure("rpo_avg_remaining_life", 4.1, period_end=date(2024, 12, 31), period_months=0, unit="years"),
    ]  # fmt: skip
    result = _run(figures, [], [])
    rows = {r["perimeter"]: r for r in result.efficiency.iter_rows(named=True)}
    group, aws = rows["group"], rows["AWS over Amazon"]
    backlog = dict(result.backlog.select("measure", "value").rows())
    quarters = ((2.84, 3.08, 3.54, 3.86), (4.39, 4.84, 5.65, 6.57))
    before, now = (sum(q) for q in quarters)
    cases = [
        ("AWS operating margin", "0.35431", f"{aws['operating_income_bn_usd'] / aws['revenue_bn_usd']:.5f}"),
        ("net capex, OCF less FCF, bn USD", "128.3", f"{group['capex_bn_usd']:.1f}"),
        ("net capex of 2024, less the stated rise of 50.7", "77.6", f"{group['capex_bn_usd'] - 50.7:.1f}"),
        ("capex over OCF", "0.9197", f"{group['capex_to_ocf']:.4f}"),
        ("capex over revenue", "0.1790", f"{group['capex_to_revenue']:.4f}"),
        ("AWS operating income over Amazon's capex", "0.3554", f"{aws['operating_income_per_capex']:.4f}"),
        ("RPO of 177 over 4.1 years, bn USD a year", "43.2", f"{backlog['run_off']:.1f}"),
        ("the same over AWS revenue of 2025", "33.5 %", f"{100 * backlog['run_off_to_revenue']:.1f} %"),
        ("RPO over AWS revenue", "1.375", f"{backlog['cover']:.3f}"),
        ("AWS backlog of 244, up 40%: a year earlier", "174", f"{244 / 1.4:.0f}"),
    ]
    checks = [_check(what, expected, found, PUBLIC) for what, expected, found in cases]
    for what, expected, found in (
        ("AWS D&A of 2024, bn USD", "13.32", f"{before:.2f}"),
        ("AWS D&A of 2025, bn USD", "21.45", f"{now:.2f}"),
        ("its growth", "+61 %", f"{100 * (now / before - 1):+.0f} %"),
        ("AWS D&A of 2025 over revenue", "16.7 %", f"{100 * now / 128.7:.1f} %"),
    ):
        checks.append(_check(what, expected, found, AWS_DEPRECIATION))
    return Study("Published: Amazon 2025", "No draws.", tuple(checks))


def vintage_recovery() -> Study:
    """Simulated payers with known vintages: the model must give back depreciation, wall and steady state."""
    rng = np.random.default_rng(SEED)
    worst = dict.fromkeys(("today", "wall", "book", "ratio"), 0.0)
    for _ in range(PAYERS):
        growth, life, income = rng.uniform(-0.1, 0.5), rng.uniform(2.0, 8.0), rng.uniform(5.0, 200.0)
        known = 10 * (1 + growth) ** (np.arange(QUARTERS_KNOWN) / 4) * rng.uniform(0.7, 1.3, QUARTERS_KNOWN)
        row = _simulated(known, life, income)
        truth = _charged_one_by_one(known, life)
        worst["today"] = max(worst["today"], abs(row["now"] / truth[0] - 1))
        wall = 4 * (truth[1] - truth[0]) / income
        worst["wall"] = max(worst["wall"], abs(row["wall"] - wall))
        worst["book"] = max(worst["book"], _conservation(known, life, rng))
        steady = [(1 + growth) ** (t / 4) for t in range(60)]
        ratio = vintage_charges(steady, life=life, lag=SERVER_LAG, periods=60)[-1] / steady[-1]
        target = steady_depreciation_to_capex(life, growth, lag=SERVER_LAG)
        worst["ratio"] = max(worst["ratio"], abs(ratio / target - 1))
    words = {
        "today": "depreciation of the last known quarter, largest relative error",
        "wall": "wall twelve quarters ahead, largest error (share of operating income)",
        "book": "cost less charges less book value through a change of life, largest error over cost",
        "ratio": "depreciation over spending in steady growth, largest relative error",
    }
    source = "charged quarter by quarter, asset by asset, by another code path"
    checks = tuple(
        Check(words[key], "below 1e-9", f"{found:.1e}", found < 1e-9, source) for key, found in worst.items()
    )
    about = (
        f"{PAYERS} payers, seed {SEED}: {QUARTERS_KNOWN} quarters of spending growing -10% to 50% a year with"
        " noise of 30%, lives of 2 to 8 years, three classes, lags of three and four quarters, no plan."
    )
    return Study("Recovery: vintages, wall and book value", about, checks)


def unknown_past() -> Study:
    """How far the model is off when it sees five years of a longer past that grew at another rate."""
    rng = np.random.default_rng(SEED)
    now, wall = [], []
    for _ in range(PAYERS):
        before, growth, life = rng.uniform(0.05, 0.35), rng.uniform(0.0, 0.5), rng.uniform(3.0, 6.0)
        noise = rng.uniform(0.8, 1.2, QUARTERS_KNOWN + QUARTERS_HIDDEN)
        known = 10 * (1 + growth) ** (np.arange(QUARTERS_KNOWN) / 4) * noise[QUARTERS_HIDDEN:]
        past = 10 * (1 + before) ** (-np.arange(QUARTERS_HIDDEN, 0, -1) / 4) * noise[:QUARTERS_HIDDEN]
        row = _simulated(known, life, 100.0)
        truth = _charged_one_by_one(known, life, {-i: float(a) for i, a in enumerate(past[::-1], start=1)})
        now.append(abs(row["now"] / truth[0] - 1))
        wall.append(abs(row["wall"] / (4 * (truth[1] - truth[0]) / 100.0) - 1))
    checks = [
        Check(f"{what}, median relative error", "below 5%", f"{np.median(found):.1%}", bool(np.median(found) < 0.05), "simulated truth")
        for what, found in (("depreciation now", now), ("wall twelve quarters ahead", wall))
    ]  # fmt: skip
    checks += [
        Check(f"{what}, error in 9 of 10 payers", "below 15%", f"{np.quantile(found, 0.9):.1%}", bool(np.quantile(found, 0.9) < 0.15), "simulated truth")
        for what, found in (("depreciation now", now), ("wall twelve quarters ahead", wall))
    ]  # fmt: skip
    about = (
        f"{PAYERS} payers, seed {SEED}: {QUARTERS_KNOWN} quarters are seen, {QUARTERS_HIDDEN} before them are not;"
        f" they grew 5% to 35% a year, the model assumes {GROWTH_BEFORE:.0%}. Spending ahead is as the model assumes."
    )
    return Study("Recovery: a past that is not known", about, tuple(checks))


def _simulated(known: Array, life: float, income: float) -> dict[str, float]:
    """What the model says of a payer with these quarters."""
    quarters: list[dict[str, object]] = [
        {"ticker": "AMZN", "period_end": quarter_after(LAST, i + 1 - len(known)), "currency": "USD",
         "known_at": date(2026, 5, 1), "capex": float(amount) * 1e9, "source": "10-Q"}
        for i, amount in enumerate(known)
    ]  # fmt: skip
    panel: list[dict[str, object]] = [
        {"ticker": "AMZN", "operating_income_ttm_usd": income * 1e9, "source": "filings"}
    ]
    stated = _figure("server_life", life, unit="years", period_end=None, period_months=None)
    wall = _run([stated], quarters, panel).wall.filter(pl.col("case") == "base")
    by_quarter = {r["quarter_ahead"]: r for r in wall.iter_rows(named=True)}
    return {"now": by_quarter[0]["depreciation_bn_usd"], "wall": by_quarter[12]["wall_share"]}


def _charged_one_by_one(
    known: Array, life: float, past: dict[int, float] | None = None
) -> tuple[float, float]:
    """Charges of the last known quarter and of twelve quarters later, summed asset by asset in plain Python."""
    mean = float(np.mean(known[:4]))
    spent = {-b: mean * (1 + GROWTH_BEFORE) ** (-(b + 1.5) / 4) for b in range(1, BACK_QUARTERS + 1)}
    spent = (spent if past is None else past) | {i: float(amount) for i, amount in enumerate(known)}
    level = float(np.mean(known[-4:]))
    for ahead in range(1, 13):
        spent[len(known) - 1 + ahead] = level * 1.10 ** (ahead / 4)
    rest = (1 - SHORT_LIVED_SHARE) / 2
    classes = ((SHORT_LIVED_SHARE, life, SERVER_LAG), (rest, POWER_LIFE, BUILDING_LAG),
               (rest, BUILDING_LIFE, BUILDING_LAG))  # fmt: skip
    totals = []
    for quarter in (len(known) - 1, len(known) + 11):
        total = 0.0
        for bought, amount in spent.items():
            for share, years, lag in classes:
                start, end = ((quarter - bought + half) / 4 - lag for half in (-0.5, 0.5))
                in_service = max(0.0, min(end, years) - max(start, 0.0))
                total += share * amount * in_service / years
        totals.append(total)
    return totals[0], totals[1]


def stated_anchors() -> Study:
    """The model on real filings beside what companies stated: changes of life, growth of depreciation."""
    from screen.market.files import FilesSource
    from screen.run import RunRequest, run_screen

    request = RunRequest(theme="multicloud-gpu", as_of=AS_OF, draws=10)
    report = run_screen(request, source=FilesSource(market_pack()), today=AS_OF).report
    checks = [
        Check(
            f"{r['ticker']}, servers {r['old_life_years']:g} to {r['new_life_years']:g} years from {r['effective']}",
            f"direction of {r['stated_effect_bn_usd']:+.1f} bn of depreciation",
            f"{r['effect_bn_usd']:+.1f} bn",
            r["is_same_direction"] is True,
            ANCHOR,
        )
        for r in report.life_changes.iter_rows(named=True)
    ]
    about = (
        f"Filings known on {AS_OF}. Book value by age is not disclosed and the model takes two thirds of all spending"
        " as servers, so only the direction has to hold; Amazon's change covers a subset of its servers."
    )
    return Study("Plausibility: changes of life on real filings", about, tuple(checks))


def _conservation(known: Array, life: float, rng: np.random.Generator) -> float:
    change, periods = LifeChange(int(rng.integers(1, 30)), float(rng.uniform(1.0, 9.0))), 80
    spent = [float(amount) for amount in known]
    charges = vintage_charges(spent, life=life, lag=SERVER_LAG, periods=periods, change=change)
    left = book_value(spent, life=life, lag=SERVER_LAG, periods=periods, change=change)
    bought = np.cumsum([*spent, *[0.0] * periods])[:periods]
    return float(np.abs(bought - charges.cumsum() - left).max() / sum(spent))


STUDIES = (published_depreciation, amazon_identities, vintage_recovery, unknown_past, stated_anchors)
