"""A small, complete `ReportData`: seven invented companies, one private lab, figures made up by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import sample_scenarios
from sample_ledger import FORGE, LAB, NIMBUS, ledger_frames, payer_frames
from sample_power import power_frames
from sample_stress import stress_frames

from exposures import tables as theme
from models import tables as models
from reports.check import REPORT_FRAMES
from reports.data import GAPS, ROWS, ReportData, RunFacts, ScreenView

AS_OF = date(2026, 6, 1)
PIPE_AND_CJK = "晶圓封裝 Fab|Pack"

NAMES = {
    "111111.KS": ("Hanabi Memory", "KR", "hbm_memory", "HBM and memory", "supplier", "bottleneck"),
    "9001.TW": (PIPE_AND_CJK, "TW", "packaging", "Advanced packaging", "supplier", "bottleneck"),
    "9002.TW": ("Rail & Co", "TW", "chassis_rails", "Chassis and rails", "supplier", "bottleneck"),
    "9003.TW": ("Boxwell Assembly", "TW", "server_odm", "Server assembly", "supplier", "pressured"),
    FORGE: ("Chipforge", "US", "gpu", "GPU and accelerators", "supplier", "contested"),
    NIMBUS: ("Nimbus Cloud", "US", "hyperscale", "Hyperscale clouds", "payer", None),
    "APPS": ("Appsmith", "US", "application", "Applications", "user", None),
}
SCREENS = (
    ScreenView(
        "beneficiaries",
        "Beneficiaries",
        "Who keeps the margin when everyone buys?",
        "strongest pricing power",
        (("tier_power", 0.4), ("gross_margin_level", 0.3), ("revenue_growth", 0.2), ("revenue_at_risk", 0.1)),
    ),
    ScreenView(
        "compression",
        "Compression",
        "Whose multiple is at risk while earnings hold?",
        "highest risk of compression",
        (("premium_over_warranted", 0.6), ("expected_multiple_change", 0.4)),
    ),
    ScreenView(
        "capex-loop",
        "Capex loop",
        "Whose revenue depends on circular or outside capital?",
        "most dependent",
        (("own_financing_share", 0.7), ("capital_market_share", 0.3)),
    ),
    ScreenView(
        "payers",
        "Payers",
        "Does the spending pay?",
        "heaviest burden",
        (("capex_to_ocf", 0.5), ("operating_income_per_capex", 0.5)),
    ),
)
# (screen, ticker) -> {component: (value, contribution)}; a missing one has neither.
PARTS: dict[tuple[str, str], dict[str, tuple[float | None, float | None]]] = {
    ("beneficiaries", "111111.KS"): {
        "tier_power": (2.0, 12.333), "gross_margin_level": (0.583, 9.333), "revenue_growth": (0.71, 6.333),
        "revenue_at_risk": (0.0004, 0.333)},
    ("beneficiaries", "9001.TW"): {
        "tier_power": (2.0, 12.0), "gross_margin_level": (0.451, 3.25), "revenue_growth": (None, None),
        "revenue_at_risk": (0.05, -1.5)},
    ("beneficiaries", "9002.TW"): {
        "tier_power": (2.0, 12.0), "gross_margin_level": (0.761, 1.75), "revenue_growth": (0.22, 1.0),
        "revenue_at_risk": (0.06, -1.0)},
    ("beneficiaries", "9003.TW"): {
        "tier_power": (0.0, -14.5), "gross_margin_level": (0.064, -9.2), "revenue_growth": (1.05, 7.1),
        "revenue_at_risk": (0.31, -4.4)},
    ("beneficiaries", FORGE): {
        "tier_power": (1.0, -0.02), "gross_margin_level": (None, None), "revenue_growth": (None, None),
        "revenue_at_risk": (None, None)},
    ("compression", FORGE): {
        "premium_over_warranted": (0.182, 14.2), "expected_multiple_change": (-0.121, 6.1)},
    ("compression", "111111.KS"): {
        "premium_over_warranted": (-0.35, -11.0), "expected_multiple_change": (0.08, -5.0)},
    ("capex-loop", FORGE): {"own_financing_share": (0.123, 20.5), "capital_market_share": (0.44, 8.25)},
    ("capex-loop", NIMBUS): {"own_financing_share": (0.031, -5.5), "capital_market_share": (0.12, -4.0)},
    ("payers", NIMBUS): {"capex_to_ocf": (1.12, 8.0), "operating_income_per_capex": (0.41, 3.0)},
}  # fmt: skip
UNRANKED = {
    (
        "beneficiaries",
        FORGE,
    ): "inputs below 60% of the weights; missing gross margin level: fewer than 4 quarters"
}


def _score(parts: dict[str, tuple[float | None, float | None]]) -> float:
    return 50 + sum(points for _, points in parts.values() if points is not None)


def _rows() -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for view in SCREENS:
        scored = {t: _score(p) for (s, t), p in PARTS.items() if s == view.key and (s, t) not in UNRANKED}
        tickers = [t for (s, t) in PARTS if s == view.key]
        local = {t: v for t, v in scored.items() if t.endswith(".TW")}
        for ticker in tickers:
            name, country, segment, segment_name, role, tier = NAMES[ticker]
            rank = 1 + sum(v > scored[ticker] for v in scored.values()) if ticker in scored else None
            weight_in = sum(w for key, w in view.weights if PARTS[view.key, ticker][key][0] is not None)
            rows.append(
                {
                    "screen": view.key, "ticker": ticker, "name": name, "country": country, "segment": segment,
                    "segment_name": segment_name, "role": role, "tier": tier, "rank": rank,
                    "is_tied": list(scored.values()).count(scored.get(ticker, -1.0)) > 1,
                    "rank_low": None if rank is None else max(1, rank - 1),
                    "rank_high": None if rank is None else rank + 1,
                    "p_top5": None if rank is None else (0.9997 if rank == 1 else 0.4),
                    "score_error": None if rank is None else 4.2,
                    "rank_set_low": None if rank is None else 1,
                    "rank_set_high": None if rank is None else rank + 2,
                    "joint_set_low": None if rank is None else 1,
                    "joint_set_high": None if rank is None else rank + 3,
                    "in_top5_set": None if rank is None else True,
                    "rank_taiwan": 1 + sum(v > local[ticker] for v in local.values()) if ticker in local else None,
                    "score": scored.get(ticker), "coverage": weight_in, "reason": UNRANKED.get((view.key, ticker)),
                }
            )  # fmt: skip
    return ROWS.frame(rows)


def _contributions() -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for (screen, ticker), parts in PARTS.items():
        weights = dict(next(view.weights for view in SCREENS if view.key == screen))
        for key, (value, points) in parts.items():
            rows.append(
                {
                    "screen": screen, "ticker": ticker, "component": key, "value": value,
                    "z": None if points is None else max(-3.0, min(3.0, points / 10)), "weight": weights[key],
                    "weight_used": None if value is None else weights[key], "contribution": points,
                    "kind": "inference" if key == "tier_power" else "fact",
                    "known_at": None if value is None else date(2026, 5, 20),
                    "source": None if value is None else "files",
                    "reason": "fewer than 4 quarters" if value is None else None,
                    "detail": None if value is None else "8 quarters to 2026-03-31",
                }
            )  # fmt: skip
    return models.CONTRIBUTIONS.frame(rows)


def _memberships() -> pl.DataFrame:
    rows: list[dict[str, object]] = []
    for ticker, (name, country, segment, segment_name, role, tier) in NAMES.items():
        is_override = ticker == "9002.TW"
        rows.append(
            {
                "ticker": ticker, "name": name, "country": country, "group": ticker,
                "layer": {"user": "application", "payer": "cloud"}.get(role, "compute"), "segment": segment,
                "segment_name": segment_name, "is_primary": True, "role": role, "tier": tier,
                "tier_default": "pressured" if is_override else tier,
                "tier_origin": "override" if is_override else "default",
                "tier_reason": "rails are sole-sourced and prices held" if is_override else "default of the segment",
                "tier_source": "udn rails; seed 000" if is_override else "seed 000",
                "tier_known_at": date(2026, 3, 2) if is_override else None,
                "tier_expires": date(2026, 12, 31) if is_override else None,
                "revenue_share_low": 0.27 if ticker == "111111.KS" else None,
                "revenue_share_high": 0.36 if ticker == "111111.KS" else None,
                "basis": "customer floor to product line" if ticker == "111111.KS" else None,
                "source": "chosun share" if ticker == "111111.KS" else None,
                "known_at": date(2026, 1, 5) if ticker == "111111.KS" else None,
            }
        )  # fmt: skip
    return theme.MEMBERSHIPS.frame(rows)


def _panel() -> pl.DataFrame:
    return models.PANEL.frame(
        [
            {"ticker": "111111.KS", "currency": "KRW", "financial_currency": "KRW", "price": 251000.0,
             "price_date": date(2026, 5, 29), "price_age_days": 3, "market_cap_usd": 1.31e11, "eps_forward": 41000.0,
             "eps_forward_basis": "ntm", "eps_forward_known_at": date(2026, 5, 27), "forward_pe": 6.1,
             "eps_ttm": 22000.0, "eps_ttm_known_at": date(2026, 4, 30), "trailing_pe": 11.4, "gross_margin": 0.583,
             "revenue_ttm_usd": 6.2e10, "statement_known_at": date(2026, 4, 30), "source": "files+seed 000"},
            {"ticker": "9003.TW", "reason": "no price since 2026-02-02"},
        ]
    )  # fmt: skip


def _evidence() -> pl.DataFrame:
    return models.EVIDENCE.frame(
        [
            {"ticker": "111111.KS", "segment": "hbm_memory", "tier": "bottleneck", "gross_margin_level": 0.583,
             "gross_margin_change": 0.121, "revenue_growth": 0.71, "quarters": 8, "evidence_score": 1.4,
             "evidence_tier": "bottleneck", "agreement": "agrees", "verdict": "58.3% and rising.", "source": "files"},
            {"ticker": "9001.TW", "segment": "packaging", "tier": "bottleneck", "agreement": "no evidence",
             "verdict": "No statement is on file."},
            {"ticker": "9002.TW", "segment": "chassis_rails", "tier": "bottleneck", "gross_margin_level": 0.761,
             "gross_margin_change": 0.069, "revenue_growth": 0.22, "quarters": 8, "agreement": "agrees",
             "published_margin": "gross margin 76.1% (Q1-26), 69.2% (Q1-25)", "evidence_tier": "bottleneck",
             "verdict": "Margin rose from 69.2% to 76.1%.", "source": "udn rails"},
            {"ticker": "9003.TW", "segment": "server_odm", "tier": "pressured", "gross_margin_level": 0.064,
             "gross_margin_change": 0.021, "revenue_growth": 1.05, "quarters": 8, "evidence_score": 0.6,
             "evidence_tier": "contested", "agreement": "evidence is stronger",
             "verdict": "Assigned pressured, but the margin rose 2.1 points to 6.4% while revenue doubled.",
             "source": "files; seed 000"},
        ]
    )  # fmt: skip


def _multiples() -> dict[str, pl.DataFrame]:
    rows: list[dict[str, object]] = []
    for weeks, price, change in ((4, -0.02, -0.05), (13, -0.05, -0.12), (26, 0.03, -0.181), (52, 0.4, 0.1)):
        rows.append(
            {"ticker": FORGE, "basis": "forward", "horizon_weeks": weeks, "start": date(2025, 12, 1), "end": AS_OF,
             "dln_price": price, "dln_multiple": change, "dln_denominator": price - change,
             "label": "re-rating" if change > 0 else "compression"}
        )  # fmt: skip
    rows.append(
        {"ticker": "111111.KS", "basis": "forward", "horizon_weeks": 4, "reason": "one estimate on file"}
    )
    rows.append(
        {"ticker": "111111.KS", "basis": "trailing", "horizon_weeks": 13, "dln_price": 0.2, "dln_multiple": -0.3,
         "dln_denominator": 0.5, "label": "growth into multiple"}
    )  # fmt: skip
    warranted: list[dict[str, object]] = [
        {"ticker": FORGE, "multiple_used": "forward_pe", "multiple": 28.41, "warranted": 23.68, "low": 19.0,
         "high": 29.5, "residual": 0.182, "residual_se": 0.05, "n": 41, "is_cyclical_peak": False},
        {"ticker": "111111.KS", "multiple_used": "forward_pe", "multiple": 6.1, "warranted": 8.7, "low": 6.0,
         "high": 12.6, "residual": -0.35, "residual_se": 0.1, "n": 41, "is_cyclical_peak": True,
         "guard": "EPS is 4.1x its median; left out of the fit"},
    ]  # fmt: skip
    forecast: list[dict[str, object]] = [
        {"ticker": FORGE, "expected_dln_multiple": -0.121, "standard_deviation": 0.22, "p_fall_10": 0.61,
         "half_life_weeks": 40.0, "half_life_basis": "own history of 60 weeks, 97% pooled over 30 names",
         "history_weeks": 60, "dln_multiple_low": -0.48, "dln_multiple_high": 0.24, "degrees_of_freedom": 8.0,
         "implied_growth": 0.18, "pvgo_share": 0.5},
        {"ticker": "111111.KS", "expected_dln_multiple": 0.08, "p_fall_10": 0.21},
    ]  # fmt: skip
    fit: list[dict[str, object]] = [
        {"effects": effects, "term": term, "coefficient": slope, "standard_error": error, "n": 640, "firms": 30,
         "dates": 24, "first": date(2020, 9, 1), "scale": scale, "r_squared": r_squared}
        for effects, scale, r_squared, terms in (
            ("date", 0.5, 0.12, (("growth", 1.2, 0.5), ("size", -0.03, None))),
            ("date_firm", 0.25, 0.61, (("growth", 0.3, 0.3),)),
        )
        for term, slope, error in terms
    ]  # fmt: skip
    return {
        "decomposition": models.DECOMPOSITION.frame(rows),
        "warranted": models.WARRANTED.frame(warranted),
        "forecast": models.FORECAST.frame(forecast),
        "panel_fit": models.PANEL_FIT.frame(fit),
    }


def _theme() -> dict[str, pl.DataFrame]:
    def watch(key: str, group: str, status: str, node: str | None, manual: bool) -> dict[str, object]:
        return {"watch_id": key, "group": group, "line": f"Line {key}", "node": node, "status": status,
                "reading": f"Reading of {key}: 3.9 GW added.", "is_manual": manual, "label": "fact",
                "known_at": None if status == "no_data" else date(2026, 5, 1), "source": "seed 001"}  # fmt: skip

    def event(on: date, what: str, certainty: str) -> dict[str, object]:
        return {"date": on, "date_text": on.isoformat(), "node": NIMBUS, "event": what, "certainty": certainty,
                "known_at": date(2026, 3, 1), "source": "nimbus 10-Q"}  # fmt: skip

    sources = [
        ("seed 000", None, date(2026, 4, 29), "research note"),
        ("seed 001", None, date(2026, 4, 22), "research note"),
        ("seed 002", "https://seed.example/002", None, "research note"),
        ("udn rails", "https://udn.example/rails?a=1|2", date(2026, 3, 2), "press"),
        ("chosun share", "https://chosun.example/share", date(2026, 1, 5), "press"),
        ("chipforge 8-K", "https://sec.example/8k", date(2026, 2, 27), "filing"),
        ("nimbus 10-Q", "https://sec.example/10q", date(2026, 4, 30), "filing"),
    ]
    return {
        "statements": theme.STATEMENTS.frame(
            [
                {"ticker": "111111.KS", "topic": "sold_out", "summary": "Output of the year is ~fully sold, at $560 a stack.",
                 "known_at": date(2026, 4, 30), "source": "chosun share", "grade": "B", "stance": "stated"},
                {"ticker": "9003.TW", "topic": "price_cut", "summary": "Customers are said to ask for cuts.",
                 "known_at": date(2026, 5, 2), "source": "seed 000", "grade": "S", "stance": "inferred"},
            ]
        ),
        "assumptions": theme.ASSUMPTIONS.frame(
            [
                {"assumption_id": "A001", "payer": LAB, "payee": FORGE, "kind": "hardware_purchase", "field": "annual",
                 "low": 2.0, "base": 4.0, "high": 6.0, "currency": "USD", "reasoning": "A tenth of the capacity.",
                 "known_at": date(2026, 3, 1)},
                {"assumption_id": "A002", "deal_id": "D003", "field": "term", "term_start": date(2026, 1, 1),
                 "term_end": date(2030, 12, 31), "reasoning": "Five years, as the press has it.",
                 "known_at": date(2026, 3, 1)},
            ]
        ),
        "watch": theme.WATCH.frame(
            [
                watch("W01", "four_lines", "supportive", NIMBUS, True),
                watch("W02", "aws_conditions", "supportive", NIMBUS, False),
                watch("W03", "aws_conditions", "no_data", None, True),
            ]
        ),
        "events": theme.EVENTS.frame(
            [
                event(date(2026, 7, 29), "Second-quarter results", "expected"),
                event(AS_OF, "Capital markets day", "announced"),
                event(date(2026, 4, 27), "Exclusivity ended", "past"),
                event(date(2026, 2, 1), "Too long ago", "past"),
            ]
        ),
        "claims": models.CLAIM_VERDICTS.frame(
            [
                {"claim_id": "C01", "seed": "seed 000", "claim": "Multiples fall before earnings do.",
                 "metric": "share (fraction)", "test": "multiple_before_earnings", "verdict": "supported",
                 "figures": "holds for 4 of 4: A | B -10.0%", "value": 1.0, "n": 4, "p_value": 0.0625,
                 "power": 0.4096, "tested_on": AS_OF, "kind": "estimate", "source": "nimbus 10-Q"},
                {"claim_id": "C02", "seed": "seed 002", "claim": "Money goes in a circle.",
                 "metric": "flow (bn USD)", "test": "loop_exists", "threshold": 0.0, "verdict": "not supported",
                 "figures": "no such loop on the ledger alone", "value": 0.0, "tested_on": AS_OF, "kind": "fact",
                 "source": "chipforge 8-K"},
                {"claim_id": "C03", "seed": "seed 001", "claim": "Power limits delivery.", "metric": "GW",
                 "test": "no_data", "verdict": "not testable yet", "figures": "No feed states it.",
                 "kind": "inference", "source": "seed 001"},
            ]
        ),
        "sources": theme.SOURCES.frame(
            [dict(zip(("source", "url", "published", "kind"), row, strict=True)) for row in sources]
        ),
        "gaps": GAPS.frame(
            [
                {"ticker": "9003.TW", "dataset": "prices", "reason": "newest price is old", "age_days": 119,
                 "action": "price-based figures left out"},
                {"ticker": FORGE, "dataset": "statements", "reason": "2 of 4 quarters", "action": "left out"},
            ]
        ),
    }  # fmt: skip


FACTS = RunFacts(
    theme="sample-chain", theme_title="Sample chain", as_of=AS_OF, source="files", source_label="files of a test",
    is_simulated=False, source_note="", run_id="r-0001", version="0.1.0", method_version="1", seed=7,
    scenario=None, scenario_name=None, funding_cut=0.5, loop_window="2026-2028",
    finn_index=(("ledger", 0.041), ("with_assumptions", 0.066)), curated_at=date(2026, 5, 20), top=3,
    coverage_line="7 companies: 6 with prices, 5 with estimates, 5 with statements.",
)  # fmt: skip


def report_data() -> ReportData:
    """Return the complete sample on real (not simulated) data."""
    frames = {
        **_multiples(),
        **ledger_frames(),
        **stress_frames(),
        **payer_frames(),
        **power_frames(),
        **_theme(),
    }
    return ReportData(
        facts=FACTS, screens=SCREENS, rows=_rows(), contributions=_contributions(), panel=_panel(),
        memberships=_memberships(), evidence=_evidence(), **frames,
        scenarios=(sample_scenarios.FUNDING_CUT, sample_scenarios.QUIET),
        scenario_moves=sample_scenarios.MOVES, scenario_drivers=sample_scenarios.DRIVERS,
    )  # fmt: skip


def simulated_data() -> ReportData:
    """Return the sample as a simulated run with a scenario and a note on its source."""
    facts = replace(
        FACTS, is_simulated=True, source="sample", source_label="bundled sample", scenario="funding-cut",
        source_note="Yahoo did not answer; the sample stands in.", scenario_name="Lab funding cut",
    )  # fmt: skip
    return replace(report_data(), facts=facts, scenarios=(sample_scenarios.FUNDING_CUT,))


def empty_data() -> ReportData:
    """Return a run in which nothing is known: every frame is empty."""
    frames = {field: table.empty() for field, table in REPORT_FRAMES.items()}
    return ReportData(facts=replace(FACTS, finn_index=()), screens=SCREENS, **frames)


def unranked_data() -> ReportData:
    """Return the sample with every name unranked."""
    data = report_data()
    rows = data.rows.with_columns(
        *(pl.lit(None, dtype=data.rows.schema[c]).alias(c) for c in (
            "rank", "rank_low", "rank_high", "p_top5", "score", "rank_taiwan", "score_error", "rank_set_low",
            "rank_set_high", "joint_set_low", "joint_set_high", "in_top5_set")),
        is_tied=pl.lit(False), reason=pl.lit("no prices"),
    )  # fmt: skip
    return replace(data, rows=ROWS.check(rows.select(ROWS.schema.names())))
