"""The research notes' claims: the sign test, each test by hand, and what is said when figures are missing."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from exposures import tables as theme
from models import tables as models
from models.claims import TESTS, VERDICTS, ClaimEvidence, judge_claims
from models.claims.outcome import LEVEL, MIN_NAMES, binomial_tail, by_count, sign_test_power

AS_OF = date(2026, 6, 1)
EMPTY = ClaimEvidence(
    as_of=AS_OF,
    memberships=theme.MEMBERSHIPS.empty(),
    nodes=theme.NODES.empty(),
    quarters=models.QUARTERS.empty(),
    multiples=models.MULTIPLES.empty(),
    decomposition=models.DECOMPOSITION.empty(),
    evidence=models.EVIDENCE.empty(),
    divergence=models.DIVERGENCE.empty(),
    efficiency=models.EFFICIENCY.empty(),
    depreciation=models.DEPRECIATION.empty(),
    flows=models.FLOWS.empty(),
    accounts=models.NODE_ACCOUNTS.empty(),
    loops=models.LOOPS.empty(),
    backlog_customers=models.BACKLOG_CUSTOMERS.empty(),
    vendor_finance=models.VENDOR_FINANCE.empty(),
)


def claim(test: str, *subjects: str, **more: object) -> pl.DataFrame:
    row = {
        "claim_id": "C01", "seed": "seed 000", "claim": "It is so.", "metric": "share (fraction)", "test": test,
        "subjects": list(subjects), "reasoning": "nothing measures it", "known_at": date(2026, 4, 29),
        "source": "seed 000", **more,
    }  # fmt: skip
    return theme.CLAIMS.frame([row])


def verdict(claims: pl.DataFrame, evidence: ClaimEvidence) -> dict[str, object]:
    return judge_claims(claims, evidence).row(0, named=True)


# ---- the sign test


@given(trials=st.integers(0, 60), data=st.data())
def test_the_tail_is_scipys(trials: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, trials))
    if trials:
        assert binomial_tail(k, trials) == pytest.approx(
            binomtest(k, trials, 0.5, alternative="greater").pvalue, rel=1e-9
        )


def test_power_by_hand() -> None:
    # n = 5: only 5 of 5 (p = 1/32) and not 4 of 5 (6/32 = .1875) reaches .10, so power is .8 ** 5
    assert sign_test_power(5) == pytest.approx(0.8**5)
    assert sign_test_power(3) == 0  # even 3 of 3 is 1/8
    # n = 8: 7 of 8 is 9/256 = .035, 6 of 8 is 37/256 = .145
    assert sign_test_power(8) == pytest.approx(8 * 0.8**7 * 0.2 + 0.8**8)


def test_unanimity_of_the_smallest_group_reaches_the_level() -> None:
    assert binomial_tail(MIN_NAMES, MIN_NAMES) <= LEVEL < binomial_tail(MIN_NAMES - 1, MIN_NAMES - 1)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.booleans(), max_size=30))
def test_a_group_is_judged_by_its_count_alone(holds: dict[str, bool]) -> None:
    found = by_count(holds, "x", what="names", tested_on=None)
    assert found.verdict in VERDICTS
    assert (found.verdict == "not testable yet") == (len(holds) < MIN_NAMES)
    if found.p_value is not None and found.power is not None:
        assert 0 <= found.p_value <= 1 and 0 <= found.power <= 1
        assert (found.verdict == "supported") == (found.p_value <= LEVEL)


# ---- missing figures


@pytest.mark.parametrize("test", sorted(TESTS))
def test_without_any_figure_nothing_is_supported(test: str) -> None:
    subjects = ("AMZN", "AWS over Amazon") if "margin" in test or "per_capex" in test else ("MSFT",)
    row = verdict(claim(test, *subjects, threshold=1.0, event=date(2026, 4, 27)), EMPTY)
    assert row["verdict"] != "supported" and row["figures"]
    if test != "loop_exists":  # a loop that is not there is not there
        assert row["verdict"] == "not testable yet" and row["p_value"] is None


def test_every_declared_test_exists() -> None:
    assert set(TESTS) == set(theme.CLAIM_TESTS)
    allowed = {c.name: c.allowed for c in models.CLAIM_VERDICTS.columns}
    assert allowed["verdict"] == VERDICTS


# ---- each test by hand


def split(
    ticker: str, multiple: float, eps: float, *, basis: str = "trailing", weeks: int = 52
) -> dict[str, object]:
    return {"ticker": ticker, "basis": basis, "horizon_weeks": weeks, "dln_price": multiple + eps,
            "dln_multiple": multiple, "dln_denominator": eps, "label": "compression"}  # fmt: skip


def test_multiples_before_earnings_counts_names_whose_earnings_held() -> None:
    rows = [split(t, -0.2, 0.1) for t in "ABCD"]
    evidence = replace(EMPTY, decomposition=models.DECOMPOSITION.frame(rows))
    row = verdict(claim("multiple_before_earnings", *"ABCD"), evidence)
    assert (row["verdict"], row["value"], row["n"]) == ("supported", 1.0, 4)
    assert row["p_value"] == pytest.approx(1 / 16)
    cut = [*rows[:3], split("D", -0.2, -0.05)]  # D's earnings were cut: a de-rating, no early compression
    row = verdict(
        claim("multiple_before_earnings", *"ABCD"),
        replace(EMPTY, decomposition=models.DECOMPOSITION.frame(cut)),
    )
    assert (row["verdict"], row["value"]) == ("not supported", 0.75)
    assert "D -18.1% (EPS -4.9%, 52 weeks)" in str(row["figures"])


def test_the_longest_horizon_counts_and_sales_do_not() -> None:
    rows = [
        split("A", -0.1, 0.0, weeks=13, basis="forward"),
        split("A", +0.1, 0.0, weeks=26),
        split("B", -0.3, 0.2, basis="sales"),
    ]
    evidence = replace(EMPTY, decomposition=models.DECOMPOSITION.frame(rows))
    row = verdict(claim("multiple_before_earnings", "A", "B"), evidence)
    assert row["n"] == 1 and "A +10.5%" in str(row["figures"]) and "B" not in str(row["figures"])


def weekly(ticker: str, before: float, now: float, *, source: str = "files") -> list[dict[str, object]]:
    days = ((date(2026, 4, 20), before), (AS_OF, now))
    return [{"ticker": ticker, "date": day, "basis": "trailing", "price": 10.0, "denominator": 1.0,
             "log_multiple": math.log(m), "estimate_source": source} for day, m in days]  # fmt: skip


def test_a_multiple_falls_behind_its_peers() -> None:
    rows = [*weekly("MSFT", 30.0, 27.0), *weekly("AMZN", 30.0, 33.0), *weekly("GOOGL", 20.0, 20.0)]
    evidence = replace(EMPTY, multiples=models.MULTIPLES.frame(rows))
    claims = claim("multiple_behind_peers", "MSFT", "AMZN", "GOOGL", event=date(2026, 4, 27), threshold=0.0)
    row = verdict(claims, evidence)
    assert row["verdict"] == "supported"
    assert row["value"] == pytest.approx(math.log(0.9) - (math.log(1.1) + 0.0) / 2)
    soon = verdict(claims, replace(evidence, as_of=date(2026, 5, 4)))
    assert soon["verdict"] == "not testable yet"


def test_two_sources_never_make_one_move() -> None:
    rows = [*weekly("MSFT", 30.0, 27.0), *weekly("AMZN", 30.0, 33.0)]
    rows[1]["estimate_source"] = "other"
    evidence = replace(EMPTY, multiples=models.MULTIPLES.frame(rows))
    row = verdict(claim("multiple_behind_peers", "MSFT", "AMZN", event=date(2026, 4, 27)), evidence)
    assert row["verdict"] == "not testable yet"


def margin(ticker: str, segment: str, change: float | None) -> dict[str, object]:
    return {"ticker": ticker, "segment": segment, "gross_margin_change": change, "agreement": "no evidence",
            "verdict": "x", "source": "files", "revenue_growth": 0.3}  # fmt: skip


def test_margins_of_segments() -> None:
    rows = [margin(t, "hbm", 0.01) for t in "ABCD"] + [margin("E", "hbm", None), margin("F", "box", -0.02)]
    evidence = replace(EMPTY, evidence=models.EVIDENCE.frame(rows))
    kept = verdict(claim("segments_keep_margin", "hbm"), evidence)
    assert (kept["verdict"], kept["n"]) == ("supported", 4) and "grown at 4" in str(kept["figures"])
    lost = verdict(claim("segments_lose_margin", "hbm"), evidence)
    assert (lost["verdict"], lost["value"], lost["p_value"]) == ("not supported", 0.0, 1.0)
    assert verdict(claim("segments_lose_margin", "box"), evidence)["verdict"] == "not testable yet"


def test_the_divergence_of_the_segments_tiers_is_taken_over() -> None:
    tested = {
        "variant": "defaults", "verdict": "supported", "reason": "they part", "spread_change": 0.04, "low": 0.01,
        "high": 0.07, "p": 0.02, "power_one_sd": 0.6, "names_bottleneck": 5, "names_pressured": 6,
        "growth_names_bottleneck": 5, "growth_names_pressured": 6, "known_at": AS_OF, "source": "files",
    }  # fmt: skip
    frame = models.DIVERGENCE.frame([{**tested, "variant": "assigned", "spread_change": 0.09}, tested])
    row = verdict(claim("margins_diverge"), replace(EMPTY, divergence=frame))
    assert (row["verdict"], row["value"], row["n"], row["p_value"]) == ("supported", 0.04, 11, 0.02)
    assert "+4.0 pp" in str(row["figures"]) and "+1.0 to +7.0" in str(row["figures"])


def quarter(ticker: str, index: int, capex: float, cash: float | None) -> dict[str, object]:
    end = date(2024, 6, 30) + timedelta(days=91 * index)
    return {"ticker": ticker, "period_end": end, "currency": "USD", "known_at": end + timedelta(days=30),
            "capex": capex, "operating_cash_flow": cash, "source": "files"}  # fmt: skip


def test_capex_against_cash_of_two_years() -> None:
    rows = [quarter("A", k, 1.0 if k < 4 else 3.0, 4.0) for k in range(8)]
    rows += [quarter("B", k, 1.0, None if k == 2 else 4.0) for k in range(8)]
    evidence = replace(EMPTY, quarters=models.QUARTERS.frame(rows))
    row = verdict(claim("capex_outgrows_cash", "A", "B"), evidence)
    assert row["verdict"] == "not testable yet"
    assert "A 75% (a year before 25%)" in str(row["figures"]) and "B" not in str(row["figures"])
    four = [quarter(t, k, 1.0 if k < 4 else 3.0, 4.0) for t in "ABCD" for k in range(8)]
    row = verdict(claim("capex_outgrows_cash", *"ABCD"), replace(EMPTY, quarters=models.QUARTERS.frame(four)))
    assert row["verdict"] == "supported" and row["tested_on"] == four[-1]["known_at"]


def efficiency(ticker: str, period: str, *, perimeter: str = "group", **values: float) -> dict[str, object]:
    return {"ticker": ticker, "perimeter": perimeter, "period": period, "source": "files", **values}


AWS = "AWS over Amazon"


def aws(period: str, end: date, months: int, ratio: float, sold: float, income: float) -> dict[str, object]:
    row = efficiency("AMZN", period, perimeter=AWS, operating_income_per_capex=ratio, revenue_bn_usd=sold,
                     operating_income_bn_usd=income)  # fmt: skip
    return {**row, "period_end": end, "period_months": months}


YEAR_2025 = aws("2025", date(2025, 12, 31), 12, 0.36, 128.7, 45.6)
QUARTER = aws("Q1-2026", date(2026, 3, 31), 3, 0.32, 37.6, 14.2)


def test_the_proxy_and_the_segment_margin_compare_the_same_period_of_two_years() -> None:
    before = aws("Q1-2025", date(2025, 3, 31), 3, 0.46, 29.3, 11.5)
    evidence = replace(EMPTY, efficiency=models.EFFICIENCY.frame([YEAR_2025, before, QUARTER]))
    proxy = verdict(claim("income_per_capex_falls", "AMZN", AWS), evidence)
    assert proxy["verdict"] == "supported" and proxy["value"] == pytest.approx(-0.14)
    growth = verdict(claim("growth_without_margin", "AMZN", AWS), evidence)
    assert growth["verdict"] == "supported"
    assert growth["value"] == pytest.approx(14.2 / 37.6 - 11.5 / 29.3)
    assert "37.8% (Q1-2026, revenue 37.6 bn USD) against 39.2% (Q1-2025, revenue 29.3)" in str(
        growth["figures"]
    )


@pytest.mark.parametrize("test", ["income_per_capex_falls", "growth_without_margin"])
def test_a_quarter_is_never_set_against_a_year(test: str) -> None:
    evidence = replace(EMPTY, efficiency=models.EFFICIENCY.frame([YEAR_2025, QUARTER]))
    row = verdict(claim(test, "AMZN", AWS), evidence)
    assert row["verdict"] == "not testable yet"
    assert row["figures"] == "AWS over Amazon: the same period of two years is needed, known Q1-2026, 2025"


def test_a_margin_that_falls_with_revenue_is_not_growth_without_margin() -> None:
    shrunk = aws("Q1-2025", date(2025, 3, 31), 3, 0.46, 40.0, 16.0)
    evidence = replace(EMPTY, efficiency=models.EFFICIENCY.frame([shrunk, QUARTER]))
    assert verdict(claim("growth_without_margin", "AMZN", AWS), evidence)["verdict"] == "not supported"


@pytest.mark.parametrize("test", sorted(set(TESTS) - {"no_data", "margins_diverge"}))
@pytest.mark.parametrize("subjects", [(), ("MSFT",), ("MSFT", "AMZN", "GOOGL")])
def test_a_claim_with_any_number_of_subjects_gets_a_verdict(test: str, subjects: tuple[str, ...]) -> None:
    row = verdict(claim(test, *subjects, threshold=1.0, event=date(2026, 4, 27)), EMPTY)
    assert row["verdict"] in VERDICTS and row["figures"]


def test_shorter_lives_and_debt() -> None:
    lives = [
        {"ticker": t, "life_years": 3.0, "change_to_operating_income": v, "source": "files"}
        for t, v in (("A", 0.04), ("B", 0.06), ("C", 0.10))
    ]
    evidence = replace(EMPTY, depreciation=models.DEPRECIATION.frame(lives))
    row = verdict(claim("shorter_life_costs", "A", "B", "C", threshold=0.05), evidence)
    assert (row["verdict"], row["value"]) == ("supported", 0.06)
    rows = [
        efficiency("ORCL", "TTM", debt_to_equity=4.27, capex_to_ocf=2.05),
        efficiency("MSFT", "TTM", debt_to_equity=0.33, capex_to_ocf=0.57),
    ]
    evidence = replace(EMPTY, efficiency=models.EFFICIENCY.frame(rows))
    assert verdict(claim("debt_exceeds_peers", "ORCL", "MSFT"), evidence)["verdict"] == "supported"
    assert verdict(claim("debt_exceeds_peers", "MSFT", "ORCL"), evidence)["verdict"] == "not supported"


def test_a_loop_is_the_same_from_whichever_node_it_is_told() -> None:
    loop = {"loop_id": "L01", "case": "ledger", "terms": "all", "path": "A → B → C → A", "nodes": ["C", "A", "B"], "length": 3,
            "bottleneck_bn_usd": 6.7, "probability": 0.01, "edges": "…", "deals": ["D1"],
            "has_assumption": False, "source": "press"}  # fmt: skip
    evidence = replace(EMPTY, loops=models.LOOPS.frame([loop]))
    row = verdict(claim("loop_exists", "A", "B", "C"), evidence)
    assert (row["verdict"], row["value"], row["source"]) == ("supported", 6.7, "press")
    assert verdict(claim("loop_exists", "A", "C", "B"), evidence)["verdict"] == "not supported"
    assumed = replace(EMPTY, loops=models.LOOPS.frame([{**loop, "case": "with_assumptions"}]))
    assert verdict(claim("loop_exists", "A", "B", "C"), assumed)["verdict"] == "not supported"


def test_commitments_beyond_revenue() -> None:
    account = dict.fromkeys(
        ("third_party_revenue_bn_usd", "outside_debt_bn_usd", "outside_equity_bn_usd", "cash_draw_bn_usd",
         "throughflow_bn_usd", "cycling_index"), 0.0)  # fmt: skip
    row = {**account, "node": "PRIV:lab", "name": "Lab", "case": "ledger", "revenue_bn_usd": 25.0,
           "outflow_bn_usd": 50.0, "revenue_origin": "F1", "is_simulated": False}  # fmt: skip
    evidence = replace(EMPTY, accounts=models.NODE_ACCOUNTS.frame([row]))
    found = verdict(claim("commitments_exceed_revenue", "PRIV:lab"), evidence)
    assert (found["verdict"], found["value"]) == ("supported", 0.5)
    flow = {"flow_id": "D1", "payer": "PRIV:lab", "payee": "A", "kind": "cloud_contract", "flow_class": "commercial",
            "is_assumed": True, "is_summed": True, "status": "definitive", "source": "press; filing + A1"}  # fmt: skip
    guess = {**flow, "flow_id": "A2", "status": "assumed", "source": "A2"}
    paid = replace(evidence, flows=models.FLOWS.frame([flow, guess]))
    assert verdict(claim("commitments_exceed_revenue", "PRIV:lab"), paid)["source"] == "press; filing"
    unknown = replace(EMPTY, accounts=models.NODE_ACCOUNTS.frame([{**row, "revenue_origin": "network only"}]))
    found = verdict(claim("commitments_exceed_revenue", "PRIV:lab"), unknown)
    assert found["verdict"] == "not testable yet"


def test_labs_that_buy_from_several_clouds() -> None:
    clouds = [
        {"ticker": t, "segment": "cloud_hyperscale", "layer": "cloud", "role": "payer", "is_primary": True,
         "name": t, "country": "US", "group": t, "segment_name": "Clouds"} for t in ("A", "B", "C")
    ]  # fmt: skip
    names = {c.name for c in theme.MEMBERSHIPS.columns if c.required} - set(clouds[0])
    members = theme.MEMBERSHIPS.frame([{**c, **dict.fromkeys(names, "USD")} for c in clouds])
    flows = [
        {"flow_id": f"D{k}", "payer": "PRIV:lab", "payee": t, "kind": "cloud_contract", "flow_class": "commercial",
         "is_assumed": False, "is_summed": True, "status": status, "source": "press"}
        for k, (t, status) in enumerate((("A", "definitive"), ("B", "closed"), ("C", "loi")))
    ]  # fmt: skip
    evidence = replace(EMPTY, memberships=members, flows=models.FLOWS.frame(flows))
    assert verdict(claim("buys_from_several", "PRIV:lab", threshold=2.0), evidence)["verdict"] == "supported"
    assert (
        verdict(claim("buys_from_several", "PRIV:lab", threshold=3.0), evidence)["verdict"] == "not supported"
    )


def test_vendor_finance_is_compared_by_what_was_drawn() -> None:
    def vendor(
        name: str, committed: float, drawn: float, revenue: float, *, is_history: bool
    ) -> dict[str, object]:
        return {"vendor": name, "period": "2000" if is_history else "2026-06-01", "is_history": is_history,
                "committed_bn_usd": committed, "drawn_bn_usd": drawn, "revenue_bn_usd": revenue,
                "committed_to_revenue": committed / revenue, "drawn_to_revenue": drawn / revenue,
                "source": "10-K"}  # fmt: skip

    rows = [
        vendor("Lucent", 8.1, 2.0, 21.294, is_history=True),
        vendor("NVDA", 52.3, 13.6, 326.4, is_history=False),
    ]
    evidence = replace(EMPTY, vendor_finance=models.VENDOR_FINANCE.frame(rows))
    row = verdict(claim("vendor_finance_exceeds", "NVDA"), evidence)
    assert row["verdict"] == "not supported"
    assert row["value"] == pytest.approx(13.6 / 326.4 - 2.0 / 21.294)
    assert "38.0% of revenue" in str(row["figures"])
    half = [rows[1], {**rows[0], "committed_bn_usd": None, "committed_to_revenue": None}]
    partly = replace(EMPTY, vendor_finance=models.VENDOR_FINANCE.frame(half))
    assert verdict(claim("vendor_finance_exceeds", "NVDA"), partly)["verdict"] == "not testable yet"
    assert verdict(claim("vendor_finance_exceeds", "AMD"), evidence)["verdict"] == "not testable yet"


def test_commitments_spread_over_clouds() -> None:
    def owed(cloud: str, amount: float | None, lab: str = "PRIV:lab") -> dict[str, object]:
        return {"ticker": cloud, "customer": lab, "name": lab, "is_lab": True, "commitments_bn_usd": amount,
                "basis": "commitments over backlog", "kind": "inference", "source": "press"}  # fmt: skip

    even = models.BACKLOG_CUSTOMERS.frame([owed(c, 50.0) for c in "ABCD"] + [owed("E", None)])
    claims = claim("backlog_spread", "PRIV:lab", threshold=0.25)
    row = verdict(claims, replace(EMPTY, backlog_customers=even))
    assert (row["verdict"], row["value"]) == ("supported", pytest.approx(0.25))
    odd = models.BACKLOG_CUSTOMERS.frame([owed("A", 30.0), owed("B", 10.0)])
    row = verdict(claims, replace(EMPTY, backlog_customers=odd))
    assert (row["verdict"], row["value"]) == ("not supported", pytest.approx(0.75**2 + 0.25**2))
