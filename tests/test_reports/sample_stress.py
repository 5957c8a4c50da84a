"""The sample's funding stop: a lab that breaks at a full stop, one guarantee, two vendors; all invented."""

from __future__ import annotations

import polars as pl
from sample_ledger import FORGE, LAB, NIMBUS, ledger_frames

from exposures.tables import YARDSTICK
from models import tables as models
from models.lab_coverage import lab_coverage

ASSUMED = "with_assumptions"


def _uncertain(
    node: str, metric: str, value: float, spread: tuple[float, float, float], p_zero: float
) -> dict[str, object]:
    low, median, high = spread
    return {
        "node": node, "metric": metric, "case": ASSUMED, "value": value, "mean": median, "median": median, "low": low,
        "high": high, "standard_error": (high - low) / 3.29, "p_zero": p_zero, "draws": 400,
    }  # fmt: skip


def _cleared(
    node: str, cut: float, costs: bool, owed: float, paid: float, missing: float, scenario: str
) -> dict[str, object]:
    return {
        "node": node, "case": ASSUMED, "scenario": scenario, "funding_cut": cut, "has_default_costs": costs,
        "owed_bn_usd": owed, "paid_bn_usd": paid, "shortfall_bn_usd": owed - paid, "not_received_bn_usd": missing,
        "is_default": paid < owed, "rounds": int(paid < owed),
    }  # fmt: skip


def _equity(node: str, cut: float, basis: str, loss: float | None, **more: object) -> dict[str, object]:
    known = {} if loss is None else {
        "initial_loss": loss * 0.9, "final_loss": loss, "final_low": loss * 0.6, "final_high": min(loss * 1.2, 1.0),
        "steps": 2, "spectral_radius": 0.31, "is_unstable": False,
    }  # fmt: skip
    return {"node": node, "funding_cut": cut, "basis": basis, "equity_bn_usd": 80.0, "write_down_bn_usd": 11.8,
            **known, **more}  # fmt: skip


def _call(flow: str, cut: float, costs: bool, trigger: str, called: float | None) -> dict[str, object]:
    return {
        "flow_id": flow, "giver": NIMBUS, "guaranteed": LAB, "case": ASSUMED, "funding_cut": cut, "has_default_costs": costs,
        "trigger": trigger, "need_bn_usd": 5.0 if trigger == "default" else 0.0, "called_bn_usd": called,
        "maximum_bn_usd": 3.0, "is_giver_in_default": False, "source": "chipforge 8-K",
    }  # fmt: skip


def _vendor(
    vendor: str, period: str, committed: float, drawn: float, revenue: float | None, **more: object
) -> dict[str, object]:
    return {
        "vendor": vendor, "period": period, "is_history": vendor == "Oldtel", "committed_bn_usd": committed,
        "drawn_bn_usd": drawn, "drawn_share": drawn / committed, "revenue_bn_usd": revenue,
        "committed_to_revenue": committed / revenue if revenue else None,
        "drawn_to_revenue": drawn / revenue if revenue else None, "source": "seed 002", **more,
    }  # fmt: skip


def stress_frames() -> dict[str, pl.DataFrame]:
    cells = [
        _cleared(node, cut, costs, owed, paid, missing, scenario)
        for scenario in ("base", "triggered")
        for cut, costs, short in ((0.5, False, 0.0), (0.5, True, 0.0), (1.0, False, 6.0), (1.0, True, 9.0))
        for node, owed, paid, missing in ((LAB, 28.5, 28.5 - short, 0.0), (NIMBUS, 6.25, 6.25, short))
    ]
    calls = [
        _call("D009", 0.5, False, "none", 0.0), _call("D009", 0.5, True, "none", 0.0),
        _call("D009", 1.0, False, "default", 1.0), _call("D009", 1.0, True, "default", 1.0),
        _call("D010", 1.0, False, "none", 0.0), _call("D010", 1.0, True, "none", 0.0),
    ]  # fmt: skip
    facts = {
        "vendor": "Oldtel",
        "unit": "bn",
        "currency": "USD",
        "period": "2000-09-30",
        "source": "seed 002",
        "grade": "A",
    }
    days = {"period_end": pl.date(2000, 9, 30), "known_at": pl.date(2001, 12, 31)}
    items = pl.DataFrame(
        [
            {**facts, "item_id": "Y01", "measure": "total", "state": "committed", "value": 8.0, "is_fact": True},
            {**facts, "item_id": "Y02", "measure": "total", "state": "drawn", "value": 2.0, "is_fact": True},
            {**facts, "item_id": "Y03", "measure": "total", "state": "committed", "value": 11.0, "is_fact": False,
             "grade": "C", "note": "not used as fact: a summary"},
        ]
    ).with_columns(**days)  # fmt: skip
    return {
        "loop_uncertainty": models.LOOP_UNCERTAINTY.frame(
            [
                _uncertain(FORGE, "own_financing_share", 0.0532, (0.011, 0.044, 0.071), 0.02),
                _uncertain(FORGE, "own_purchase_share", 0.01, (0.0, 0.0, 0.013), 0.55),
                _uncertain(FORGE, "capital_market_share", 0.44, (0.21, 0.4, 0.62), 0.0),
                _uncertain(FORGE, "revenue_at_risk", 0.083, (0.02, 0.071, 0.13), 0.0),
                _uncertain("NETWORK", "finn_index", 0.066, (0.02, 0.055, 0.09), 0.0),
                {"node": NIMBUS, "metric": "own_financing_share", "case": ASSUMED, "reason": "no summed deal"},
            ]
        ),
        "clearing": models.CLEARING_RESULTS.frame(cells),
        "triggered": models.TRIGGERED_CLAIMS.frame(calls),
        "equity_at_risk": models.EQUITY_AT_RISK.frame(
            [
                _equity(FORGE, 0.5, "book", 0.041), _equity(FORGE, 1.0, "book", 0.182),
                _equity(FORGE, 1.0, "market", 0.012), _equity(FORGE, 0.5, "market", 0.003),
                _equity(LAB, 1.0, "book", None, reason="no accounts in the panel: not listed"),
                _equity(NIMBUS, 1.0, "book", 0.02, note="claims alone, own loss not known: gross margin not known"),
            ]
        ),
        "lab_coverage": lab_coverage(ledger_frames()["accounts"], {LAB}, period="2026-2028"),
        "vendor_finance": models.VENDOR_FINANCE.frame(
            [
                _vendor("Oldtel", "2000-09-30", 8.0, 2.0, None, reason="no revenue of a fitting year and perimeter"),
                _vendor(FORGE, "2026-06-01", 30.0, 6.0, 120.0, note="D002"),
            ]
        ),
        "yardstick": YARDSTICK.conform(items),
    }  # fmt: skip
