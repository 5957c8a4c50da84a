"""The sample's deals, loops, payers and figures; all invented."""

from __future__ import annotations

from datetime import date

import polars as pl

from exposures import tables as theme
from models import tables as models

LAB, FORGE, NIMBUS = "PRIV:labone", "CHPF", "NIMB"


def ledger_frames() -> dict[str, pl.DataFrame]:
    def flow(
        key: str, payer: str, payee: str, kind: str, cls: str, base: float | None, **more: object
    ) -> dict[str, object]:
        known = {"flow_id": key, "payer": payer, "payee": payee, "kind": kind, "flow_class": cls, "base_bn_usd": base,
                 "low_bn_usd": base, "high_bn_usd": base, "is_assumed": False, "is_summed": True,
                 "status": "definitive", "source": "chipforge 8-K"}  # fmt: skip
        return {**known, **more}

    flows = [
        flow("D001", FORGE, LAB, "equity", "financing", 30.0, status="loi", is_summed=False, note="superseded by D002"),
        flow("D002", FORGE, LAB, "equity", "financing", 10.0, low_bn_usd=8.0, high_bn_usd=12.0),
        flow("D003", LAB, NIMBUS, "cloud_contract", "commercial", 24.5, source="https://a.example/x+y|z; seed 002"),
        flow("D004", NIMBUS, FORGE, "hardware_purchase", "commercial", 6.25),
        flow("A001", LAB, FORGE, "hardware_purchase", "commercial", 4.0, low_bn_usd=2.0, high_bn_usd=6.0,
             is_assumed=True, source="assumption A001"),
        flow("D009", NIMBUS, LAB, "backstop", "contingent", 3.0, is_summed=False,
             note="not summed: contingent claim: no flow until it is called; drawn only on default"),
    ]  # fmt: skip

    def loop(
        key: str, case: str, nodes: list[str], least: float, deals: list[str], assumed: bool
    ) -> dict[str, object]:
        return {"loop_id": key, "case": case, "terms": "all", "path": " → ".join([*nodes, nodes[0]]), "nodes": nodes, "length": len(nodes),
                "bottleneck_bn_usd": least, "probability": 0.0004, "edges": "CHPF→PRIV:labone financing 10.0 (D002)",
                "deals": deals, "has_assumption": assumed, "source": "chipforge 8-K; seed 002"}  # fmt: skip

    loops = [
        loop("L01", "ledger", [LAB, NIMBUS, FORGE], 6.25, ["D002", "D003", "D004"], False),
        loop("L02", "with_assumptions", [FORGE, LAB, NIMBUS], 6.25, ["D002", "D003", "D004"], False),
        loop("L01", "with_assumptions", [FORGE, LAB], 4.0, ["A001", "D002"], True),
        *(
            {
                **loop("L02", case, [FORGE, LAB, NIMBUS], 6.25, ["D002", "D003", "D004"], False),
                "terms": "firm",
            }
            for case in ("ledger", "with_assumptions")
        ),
    ]

    def account(node: str, name: str, case: str, revenue: float, debt: float) -> dict[str, object]:
        return {"node": node, "name": name, "case": case, "revenue_bn_usd": revenue, "third_party_revenue_bn_usd": 1.5,
                "outside_debt_bn_usd": debt, "outside_equity_bn_usd": 0.0, "cash_draw_bn_usd": 0.02,
                "throughflow_bn_usd": revenue + debt + 0.02, "outflow_bn_usd": 3.25, "cycling_index": 0.0312,
                "revenue_origin": "F002 (lab accounts)", "is_simulated": node == FORGE}  # fmt: skip

    def shares(
        node: str, case: str, own: float | None, reason: str | None = None, **more: object
    ) -> dict[str, object]:
        row = {"node": node, "case": case, "terms": "all", "consolidation": "own", "group_nodes": [node],
               "revenue_bn_usd": 120.0, "contingent_bn_usd": 3.0 if node == NIMBUS else 0.0, "reason": reason}  # fmt: skip
        if own is not None:
            row |= {"direct_ext_share": 0.5 - own, "ext_revenue_share": 0.05, "ext_debt_share": 0.14,
                    "ext_equity_share": 0.3, "cash_draw_share": 0.0, "own_financing_share": own,
                    "own_purchase_share": 0.01, "intragroup_share": 0.0, "capital_market_share": 0.44,
                    "external_share": 0.55 - own}  # fmt: skip
        return {**row, **more}

    risk = [
        {"ticker": FORGE, "channel": "network", "case": case, "funding_cut": 0.5, "revenue_at_risk": value,
         "clearing_shortfall_bn_usd": 0.8}
        for case, value in (("ledger", 0.051), ("with_assumptions", 0.083))
    ]  # fmt: skip
    risk.append({"ticker": "9003.TW", "channel": "segment", "case": "with_assumptions", "funding_cut": 0.5,
                 "revenue_at_risk": 0.0004, "clearing_shortfall_bn_usd": None})  # fmt: skip
    return {
        "nodes": theme.NODES.frame(
            [
                {
                    "node": FORGE,
                    "name": "Chipforge",
                    "kind": "listed",
                    "aliases": ["Chipforge"],
                    "is_lab": False,
                },
                {
                    "node": NIMBUS,
                    "name": "Nimbus Cloud",
                    "kind": "listed",
                    "aliases": ["Nimbus"],
                    "is_lab": False,
                },
                {"node": LAB, "name": 'Lab "One"', "kind": "private", "aliases": ["Lab One"], "is_lab": True},
            ]
        ),
        "flows": models.FLOWS.frame(flows),
        "loops": models.LOOPS.frame(loops),
        "accounts": models.NODE_ACCOUNTS.frame(
            [
                account(LAB, 'Lab "One"', "ledger", 12.0, 8.0),
                account(LAB, 'Lab "One"', "with_assumptions", 12.0, 9.5),
                account(FORGE, "Chipforge", "with_assumptions", 120.0, 0.0),
            ]
        ),
        "attribution": models.ATTRIBUTION.frame(
            [
                shares(FORGE, "ledger", 0.021),
                shares(FORGE, "with_assumptions", 0.0532),
                shares(FORGE, "with_assumptions", 0.0532, consolidation="strict"),
                shares(
                    FORGE,
                    "with_assumptions",
                    0.0121,
                    consolidation="loose",
                    group_nodes=[FORGE, LAB],
                    intragroup_share=0.0411,
                    direct_ext_share=0.4468,
                    external_share=0.4968,
                ),
                shares(FORGE, "with_assumptions", 0.0103, terms="firm"),
                shares(NIMBUS, "ledger", None, "revenue of the year is not on file"),
                shares(NIMBUS, "with_assumptions", None, "revenue of the year is not on file", terms="firm"),
                shares(NIMBUS, "ledger", None, "revenue of the year is not on file", consolidation="loose"),
            ]
        ),
        "revenue_at_risk": models.REVENUE_AT_RISK.frame(risk),
        **year_frames(),
    }


def year_frames() -> dict[str, pl.DataFrame]:
    def year(flow_id: str, year: int, base: float | None, **more: object) -> dict[str, object]:
        row = {"flow_id": flow_id, "year": year, "payer": LAB, "payee": NIMBUS, "flow_class": "commercial",
               "low_bn_usd": base, "base_bn_usd": base, "high_bn_usd": base, "firm_bn_usd": base and base / 2,
               "profile": "ramp", "is_assumed": True, "note": "2026-01-01 to 2028-12-31"}  # fmt: skip
        return {**row, **more}

    def null(case: str, statistic: str, *values: float, **more: object) -> dict[str, object]:
        names = ("observed", "null_low", "null_median", "null_high", "p_value", "moved_share")
        return {"case": case, "statistic": statistic, "draws": 199, "commercial_edges": 3, "financing_edges": 1,
                **dict(zip(names, values, strict=False)), **more}  # fmt: skip

    stake = {"holder": FORGE, "held": LAB, "stake": 0.25, "is_control": False, "basis": "as converted",
             "source": "chipforge 8-K", "grade": "A", "known_at": date(2026, 1, 5)}  # fmt: skip
    return {
        "year_flows": models.YEAR_FLOWS.frame(
            [
                year("D003", 2026, 8.5),
                year("D003", 2027, 40.5),
                year("D004", 2026, 6.25, payer=NIMBUS, payee=FORGE, profile="even", is_assumed=False),
                year("D004", 2027, 0.0, payer=NIMBUS, payee=FORGE, profile="even", is_assumed=False),
                year("D005", 2026, None, profile=None, note="amount or term not known"),
            ]
        ),
        "loop_null": models.LOOP_NULL.frame(
            [
                null("with_assumptions", "loops", 2.0, 0.0, 1.0, 2.0, 0.12, 0.4),
                null("with_assumptions", "bottleneck_bn_usd", 10.25, 0.0, 4.5, 9.0, 0.005, 0.4),
                null("ledger", "loops", 1.0, draws=0, reason="no edge can be swapped"),
                null("ledger", "bottleneck_bn_usd", 6.25, draws=0, reason="no edge can be swapped"),
            ]
        ),
        "groups": theme.GROUPS.frame(
            [
                stake,
                {**stake, "holder": NIMBUS, "stake": 0.12},
                {**stake, "holder": LAB, "held": NIMBUS, "stake": None},
            ]
        ),
    }


def payer_frames() -> dict[str, pl.DataFrame]:
    lives = ((3.0, 31.0, 0.31), (4.0, 24.0, 0.1), (5.0, 20.0, 0.0), (6.0, 17.1, -0.08))
    return {
        "efficiency": models.EFFICIENCY.frame(
            [
                {"ticker": NIMBUS, "perimeter": "group", "period": "TTM to 2026-03-31", "capex_bn_usd": 110.0,
                 "operating_income_per_capex": 0.41, "capex_to_revenue": 0.29, "capex_to_ocf": 1.12,
                 "fcf_margin": -0.031, "debt_to_equity": 0.45, "rpo_bn_usd": 364.0, "rpo_cover": 2.4,
                 "lab_share_of_rpo": 0.45, "source": "nimbus 10-Q"},
                {"ticker": NIMBUS, "perimeter": "cloud segment over group", "period": "2025", "source": "seed 001",
                 "operating_income_per_capex": 0.35, "caveat": "The segment's own capex is not disclosed."},
                {
                    "ticker": "APPS",
                    "perimeter": "group",
                    "period": "none",
                    "source": "none",
                    "reason": "neither statements nor published figures",
                },
            ]
        ),
        "depreciation": models.DEPRECIATION.frame(
            [
                {"ticker": NIMBUS, "life_years": life, "book_life_years": 5.0, "depreciation_bn_usd": amount,
                 "change_bn_usd": amount - 20.0, "change_to_operating_income": change, "source": "nimbus 10-Q"}
                for life, amount, change in lives
            ]
        ),
        **_returns_and_backlog(),
        "wall": models.DEPRECIATION_WALL.frame(
            [
                *(
                    {"ticker": NIMBUS, "case": case, "quarter_ahead": ahead, "period_end": date(2026 + ahead // 4, 3, 31),
                     "depreciation_bn_usd": 5.0 + ahead, "wall_bn_usd": 4.0 * ahead, "wall_share": share * ahead / 12,
                     "revenue_needed_bn_usd": 10.0 * ahead, "kind": "estimate", "source": "nimbus 10-Q",
                     "caveat": "8 quarters of capex to 2026-03-31"}
                    for case, share in (("low", 0.4), ("base", 0.5), ("high", 0.66))
                    for ahead in (0, 4, 8, 12)
                ),
                {"ticker": "APPS", "case": "base", "quarter_ahead": 0, "kind": "inference", "source": "none",
                 "reason": "capex not known by the quarter"},
            ]
        ),
        "figures": theme.FIGURES.frame(
            [
                {"figure_id": "F001", "subject": "Nimbus", "node": NIMBUS, "metric": "rpo", "value": 177.0, "unit": "bn",
                 "currency": "USD", "period": "end-2024", "source": "seed 001", "grade": "S", "superseded_by": "F002"},
                {"figure_id": "F002", "subject": "Nimbus", "node": NIMBUS, "metric": "rpo", "value": 364.0, "unit": "bn",
                 "currency": "USD", "period": "Q1-26", "source": "nimbus 10-Q", "grade": "A"},
            ]
        ),
    }  # fmt: skip


def _returns_and_backlog() -> dict[str, pl.DataFrame]:
    measures = {
        "backlog": (364.0, None, None, "fact"), "cover": (2.4, None, None, "estimate"),
        "remaining_life": (None, None, None, "estimate"), "run_off": (91.0, None, None, "estimate"),
        "run_off_to_revenue": (0.6, None, None, "estimate"), "lab_share": (0.45, None, None, "estimate"),
        "top_customer_share": (0.45, None, None, "estimate"), "hhi": (0.2, 0.2, 0.51, "inference"),
        "quality": (0.69, 0.4, 0.97, "inference"),
    }  # fmt: skip
    return {
        "life_changes": models.LIFE_CHANGES.frame(
            [
                {"ticker": NIMBUS, "effective": date(2025, 1, 1), "basis": "stated", "old_life_years": 6.0,
                 "new_life_years": 5.0, "effect_bn_usd": 4.1, "stated_effect_bn_usd": 0.7, "is_same_direction": True,
                 "kind": "estimate", "source": "nimbus 10-Q", "caveat": "a subset of servers"}
            ]
        ),
        "returns": models.INCREMENTAL_RETURNS.frame(
            [
                {"ticker": NIMBUS, "period_end": date(2026, 3, 31), "incremental_return": 0.11,
                 "incremental_margin": 0.15, "self_funding": 1.12, "fcf_bn_usd": -11.8, "kind": "estimate",
                 "source": "nimbus 10-Q"},
                {"ticker": NIMBUS, "period_end": date(2025, 3, 31), "incremental_return": 0.36,
                 "incremental_margin": 0.41, "self_funding": 0.82, "fcf_bn_usd": 20.8, "kind": "estimate",
                 "source": "nimbus 10-Q"},
                {"ticker": "APPS", "kind": "estimate", "source": "none", "reason": "no four quarters known"},
            ]
        ),
        "backlog": models.BACKLOG.frame(
            [
                {"ticker": NIMBUS, "measure": measure, "value": value, "low": low, "high": high, "unit": "fraction",
                 "kind": kind, "source": "nimbus 10-Q", "detail": "as told",
                 "reason": None if value is not None else "not stated"}
                for measure, (value, low, high, kind) in measures.items()
            ]
        ),
        "backlog_customers": models.BACKLOG_CUSTOMERS.frame(
            [
                {"ticker": NIMBUS, "customer": LAB, "name": "Lab One", "is_lab": True, "share": 0.45,
                 "commitments_bn_usd": 138.0, "basis": "published share", "kind": "estimate",
                 "source": "nimbus 10-Q", "detail": "share as published for 2025"}
            ]
        ),
    }  # fmt: skip
