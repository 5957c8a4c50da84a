"""The bundled sample: reproducible, complete, flawed where it says so, anchored, and with a truth to find."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposures.load import load_theme
from exposures.theme import ExposureMap
from screen.market.protocol import Company, MarketData, MarketRequest, companies_of
from screen.market.sample import SAMPLE_END, SampleSource, read_truth
from screen.market.sample.draws import significant
from screen.market.sample.flaws import NEGATIVE_EPS, NO_COVERAGE, SPLIT, STALE_DAYS, STALE_TAIL
from screen.market.sample.generator import FILES, simulate, write_sample
from screen.market.sample.paths import BETA_SLOPE, GROWTH_SLOPE, MARGIN_SLOPE
from screen.market.sample.rates import rate_paths
from screen.market.sample.source import DATA
from screen.market.sample.timeline import DAYS, QUARTER_ENDS, SNAPSHOTS
from screen.market.sample.universe import companies_of_theme

MAX_BYTES = 3_000_000
YEAR_AGO = SAMPLE_END - timedelta(weeks=52)


@pytest.fixture(scope="module")
def theme() -> ExposureMap:
    return load_theme("multicloud-gpu", as_of=SAMPLE_END)


@pytest.fixture(scope="module")
def data(theme: ExposureMap) -> MarketData:
    return SampleSource().fetch(MarketRequest(tuple(companies_of(theme.companies)), SAMPLE_END))


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return read_truth()


def forward_multiples(data: MarketData, day: date) -> dict[str, float]:
    """ln(price / NTM EPS) on a snapshot day, from the delivered tables alone."""
    eps = data.estimates.filter((pl.col("metric") == "eps") & (pl.col("known_at") == day))
    years = eps.filter(period="0y").join(eps.filter(period="+1y"), on="ticker", suffix="_next")
    omega = (pl.col("period_end") - pl.col("known_at")).dt.total_days() / 365.25
    ntm = years.select("ticker", "currency", ntm=omega * pl.col("mean") + (1 - omega) * pl.col("mean_next"))
    rates = dict(data.fx.filter(pl.col("date") == day).select("quote", "rate").iter_rows()) | {"USD": 1.0}
    later = dict(data.splits.filter(pl.col("ex_date") > day).select("ticker", "ratio").iter_rows())
    rows = data.prices.filter(pl.col("date") == day).join(ntm.drop_nulls(), on="ticker", suffix="_eps")
    result = {}
    for row in rows.iter_rows(named=True):
        per_share = row["ntm"] / later.get(row["ticker"], 1.0)
        value = per_share * rates[row["currency"]] / rates[row["currency_eps"]]
        if value > 0:
            result[row["ticker"]] = float(np.log(row["close"] / value))
    return result


@pytest.mark.slow
def test_the_generator_gives_the_bundled_bytes(theme: ExposureMap, tmp_path: Path) -> None:
    write_sample(theme, tmp_path)
    changed = [
        n for n in FILES if (tmp_path / f"{n}.parquet").read_bytes() != (DATA / f"{n}.parquet").read_bytes()
    ]
    assert not changed, f"the theme or the generator changed: run `make sample` ({changed})"


def test_it_is_small_and_complete() -> None:
    files = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert set(files) == {f"{name}.parquet" for name in FILES}
    assert sum(files.values()) <= MAX_BYTES


def test_every_listed_company_has_every_table(theme: ExposureMap, data: MarketData) -> None:
    listed = set(theme.companies["ticker"])
    assert len(listed) >= 95
    assert set(data.prices["ticker"]) == set(data.estimates["ticker"]) == listed
    days = dict(data.prices.group_by("ticker").len().iter_rows())
    assert {t for t, n in days.items() if n != len(DAYS)} == set(STALE_TAIL)
    assert data.prices["date"].min() == date(2023, 8, 21) and data.prices["date"].max() == SAMPLE_END
    quarters = data.statements.filter(item="revenue").group_by("ticker").len()
    assert quarters.height == len(listed) and quarters["len"].unique().to_list() == [20]
    newest = data.statements.group_by("ticker").agg(pl.col("period_end").max())
    assert newest["period_end"].unique().to_list() == [date(2026, 6, 30)]
    assert data.statements["known_at"].max() <= SAMPLE_END
    lag = data.statements.select((pl.col("known_at") - pl.col("period_end")).dt.total_days())
    assert lag.to_series().min() >= 20 and lag.to_series().max() <= 55
    assert data.estimates["known_at"].n_unique() == 60
    assert data.outcomes.filter(dataset="fx")["status"].unique().to_list() == ["ok"]
    currencies = set(theme.companies["listing_currency"]) | set(theme.companies["reporting_currency"])
    assert currencies - {"USD"} <= set(data.fx["quote"])


def test_it_says_simulated(data: MarketData) -> None:
    assert data.is_simulated and data.source == "sample"
    assert "SIMULATED" in data.note and "SIMULATED" in data.label
    assert set(data.prices["source"]) == {"sample"}
    assert set(data.statements["known_at_basis"]) == {"simulated"}


def test_no_coverage_has_rows_without_a_mean(data: MarketData) -> None:
    bare = data.estimates.group_by("ticker").agg(pl.col("mean").count(), pl.col("analysts").max())
    assert set(bare.filter((pl.col("mean") == 0) & (pl.col("analysts") == 0))["ticker"]) == set(NO_COVERAGE)
    reasons = data.outcomes.filter(pl.col("ticker").is_in(NO_COVERAGE) & (pl.col("dataset") == "estimates"))
    assert reasons["reason"].unique().to_list() == ["no analyst coverage"]


def test_negative_eps_is_reported_and_expected(data: MarketData) -> None:
    for ticker in NEGATIVE_EPS:
        reported = data.statements.filter(ticker=ticker, item="eps_diluted")["value"]
        expected = data.estimates.filter(ticker=ticker, metric="eps", period="+1y")["mean"]
        assert reported.max() < 0 and expected.max() < 0


def test_the_split_leaves_prices_whole_and_old_figures_on_the_old_basis(data: MarketData) -> None:
    assert data.splits.select("ticker", "ex_date", "ratio").rows() == [
        (SPLIT.ticker, SPLIT.ex_date, SPLIT.ratio)
    ]
    price = data.prices.filter(ticker=SPLIT.ticker).sort("date")["close"]
    assert price.log().diff().abs().max() < 0.15
    eps = data.estimates.filter(ticker=SPLIT.ticker, metric="eps", period="+1y").sort("known_at")
    before = eps.filter(pl.col("known_at") < SPLIT.ex_date)["mean"][-1]
    after = eps.filter(pl.col("known_at") >= SPLIT.ex_date)["mean"][0]
    assert before / after == pytest.approx(SPLIT.ratio, rel=0.05)
    shares = data.statements.filter(ticker=SPLIT.ticker, item="shares_diluted").sort("known_at")["value"]
    assert shares[-1] / shares[-2] == pytest.approx(SPLIT.ratio)
    counts = data.profiles.filter(ticker=SPLIT.ticker).sort("known_at")["shares_outstanding"]
    assert counts[-1] / counts[0] == pytest.approx(SPLIT.ratio)


def test_a_stale_tail_is_told(data: MarketData) -> None:
    last = data.prices.filter(pl.col("ticker").is_in(STALE_TAIL))["date"].max()
    assert last == DAYS[-1 - STALE_DAYS]
    row = data.outcomes.filter(ticker=STALE_TAIL[0], dataset="prices").row(0, named=True)
    assert row["status"] == "partial" and "stale" in row["reason"]


def test_a_price_and_its_accounts_may_be_in_two_currencies(data: MarketData) -> None:
    for ticker, price, accounts in (("ASML", "USD", "EUR"), ("ABBN.SW", "CHF", "USD")):
        assert data.prices.filter(ticker=ticker)["currency"].unique().to_list() == [price]
        assert data.statements.filter(ticker=ticker, item="revenue")["currency"].unique().to_list() == [
            accounts
        ]
        assert data.estimates.filter(ticker=ticker)["currency"].unique().to_list() == [accounts]


def test_the_pence_line_is_made_up_and_arrives_in_pounds(theme: ExposureMap) -> None:
    assert "SMPL.L" not in set(theme.companies["ticker"])
    raw = pl.read_parquet(DATA / "prices.parquet").filter(ticker="SMPL.L")
    assert raw["currency"].unique().to_list() == ["GBp"]
    asked = MarketRequest((Company("SMPL.L", "Sample Pence", "GBP", "GBP"),), SAMPLE_END)
    rows = SampleSource().fetch(asked).prices
    assert rows["currency"].unique().to_list() == ["GBP"]
    assert rows["close"][-1] == pytest.approx(raw["close"][-1] / 100)
    assert rows["adj_close"].null_count() == 0


def test_an_unknown_ticker_and_an_early_date_are_rows_with_a_reason() -> None:
    asked = MarketRequest(
        (Company("NVDA", "N", "USD", "USD"), Company("ZZZ", "Z", "USD", "USD")), date(2020, 1, 3)
    )
    outcomes = SampleSource().fetch(asked).outcomes
    assert outcomes["status"].unique().to_list() == ["not_covered"]
    assert outcomes.filter(ticker="ZZZ").height == 4


def test_published_figures_are_hit(data: MarketData, truth: pl.DataFrame) -> None:
    wide = data.statements.pivot(on="item", index=["ticker", "period_end"], values="value")
    anchors = truth.select("ticker", "anchors").explode("anchors").drop_nulls().unnest("anchors")
    assert anchors.height >= 80
    for row in anchors.iter_rows(named=True):
        last = QUARTER_ENDS.index(row["period_end"])
        span = QUARTER_ENDS[last - row["quarters"] + 1 : last + 1]
        mine = wide.filter((pl.col("ticker") == row["ticker"]) & pl.col("period_end").is_in(span)).sum()
        if row["item"] == "gross_margin":
            shown = mine["gross_profit"][0] / mine["revenue"][0]
        elif row["item"] == "operating_margin":
            shown = mine["operating_income"][0] / mine["revenue"][0]
        else:
            shown = mine[row["item"]][0]
        assert shown == pytest.approx(row["value"], rel=2e-5), row


@pytest.mark.parametrize(
    ("ticker", "item", "end", "value"),
    [
        ("MSFT", "revenue", date(2026, 3, 31), 82.89e9),
        ("MSFT", "capex", date(2025, 12, 31), 37.5e9),
        ("NVDA", "operating_income", date(2026, 3, 31), 53.5e9),
        ("000660.KS", "revenue", date(2026, 3, 31), 52.576e12),
        ("MU", "revenue", date(2026, 6, 30), 41.456e9),
        ("AMZN", "net_income", date(2026, 3, 31), 30.3e9),
    ],
)
def test_figures_as_printed(data: MarketData, ticker: str, item: str, end: date, value: float) -> None:
    row = data.statements.filter(ticker=ticker, item=item, period_end=end)
    assert row["value"].to_list() == [pytest.approx(value, rel=1e-5)]


def test_published_forward_multiples_are_hit_on_their_day(theme: ExposureMap) -> None:
    rates = rate_paths()
    pinned = [c for c in companies_of_theme(theme) if c.forward_pe]
    assert {c.ticker for c in pinned} >= {"MSFT", "NVDA", "AVGO", "2330.TW", "000660.KS", "MU"}
    for company in pinned:
        assert company.forward_pe is not None
        day, multiple = company.forward_pe
        index = max(k for k, d in enumerate(DAYS) if d <= day)
        assert np.exp(simulate(company, rates).path.log_multiple[index]) == pytest.approx(multiple)


def test_price_is_multiple_times_consensus(data: MarketData, truth: pl.DataFrame) -> None:
    found = forward_multiples(data, SAMPLE_END)
    known = dict(truth.filter(multiple_basis="forward_pe").select("ticker", "log_multiple").iter_rows())
    common = found.keys() & known.keys()
    assert len(common) >= 110
    assert max(abs(found[t] - known[t]) for t in common) < 5e-4


def test_who_truly_compresses_can_be_read_from_the_tables(data: MarketData, truth: pl.DataFrame) -> None:
    now, then = forward_multiples(data, SAMPLE_END), forward_multiples(data, YEAR_AGO)
    known = {r["ticker"]: r for r in truth.iter_rows(named=True) if r["multiple_basis"] == "forward_pe"}
    common = now.keys() & then.keys() & known.keys()
    errors = [abs(now[t] - then[t] - known[t]["dln_multiple_52w"]) for t in common]
    assert len(common) >= 110 and max(errors) < 1e-3
    clouds = [t for t in ("MSFT", "AMZN", "GOOGL", "META", "ORCL") if known[t]["is_compressing"]]
    assert len(clouds) >= 4 and "MSFT" in clouds
    assert 0.2 < truth["is_compressing"].mean() < 0.8


def test_memory_stands_at_a_cyclical_peak(data: MarketData) -> None:
    multiples = forward_multiples(data, SAMPLE_END)
    for ticker in ("MU", "000660.KS"):
        assert 3.5 < np.exp(multiples[ticker]) < 6.5
        eps = data.statements.filter(ticker=ticker, item="eps_diluted").sort("period_end")["value"]
        assert eps[-4:].sum() > 3 * 4 * eps.median()


def test_the_cross_section_gives_back_the_true_slopes(truth: pl.DataFrame) -> None:
    free = truth.filter(
        (pl.col("multiple_basis") == "forward_pe")
        & (pl.col("company_effect") == 0)
        & (pl.col("segment") != "hbm_memory")
    )
    x = free.select("growth", "operating_margin", pl.col("beta") - 1).to_numpy()
    design = np.column_stack([np.ones(len(x)), x])
    y = free["log_multiple"].to_numpy()
    fit, residual, _, _ = np.linalg.lstsq(design, y, rcond=None)
    scale = residual[0] / (len(y) - 4)
    errors = np.sqrt(scale * np.diag(np.linalg.inv(design.T @ design)))
    for estimate, error, true in zip(
        fit[1:], errors[1:], (GROWTH_SLOPE, MARGIN_SLOPE, BETA_SLOPE), strict=True
    ):
        assert abs(estimate - true) < 3 * error
    left = np.corrcoef(y - design @ fit, free["premium"].to_numpy())[0, 1]
    assert left > 0.9


def test_the_pooled_half_life_is_near_the_true_one(theme: ExposureMap, truth: pl.DataFrame) -> None:
    rates = rate_paths()
    weekly = []
    for company in companies_of_theme(theme)[::4]:
        path = simulate(company, rates).path
        if company.segment not in ("hbm_memory", "cloud_hyperscale", "application_layer"):
            weekly.append((path.log_multiple - path.warranted)[::5])
    panel = np.array(weekly)
    panel = panel - panel.mean(axis=0)  # the market's part is common
    before = panel[:, :-1] - panel[:, :-1].mean(axis=1, keepdims=True)
    after = panel[:, 1:] - panel[:, 1:].mean(axis=1, keepdims=True)
    periods = before.shape[1]
    phi = float((before * after).sum() / (before**2).sum())
    phi = (phi * (periods - 1) + 1) / (periods - 2)  # Nickell's bias, methods note 2.3
    half_life = np.log(0.5) / np.log(phi)
    assert 0.65 < half_life / truth["half_life_weeks"].median() < 1.6


def test_margins_move_with_the_tier(data: MarketData, truth: pl.DataFrame) -> None:
    wide = data.statements.pivot(on="item", index=["ticker", "period_end"], values="value").sort("period_end")
    change = (
        wide.with_columns(margin=pl.col("gross_profit") / pl.col("revenue"))
        .group_by("ticker", maintain_order=True)
        .agg(slope=(pl.col("margin").last() / pl.col("margin").first()).log() / 4.75)
    )
    free = truth.filter(pl.col("anchors").list.len() == 0).join(change, on="ticker")
    assert free.filter((pl.col("slope") - pl.col("gross_margin_slope")).abs() > 0.02).is_empty()
    by_tier = dict(free.group_by("tier").agg(pl.col("tier_margin_slope").median()).iter_rows())
    assert by_tier["bottleneck"] > by_tier["contested"] > by_tier["pressured"]
    pressed = truth.filter((pl.col("tier") == "pressured") & (pl.col("segment") == "server_assembly"))
    revenue = wide.filter(pl.col("ticker").is_in(pressed["ticker"].to_list()))
    growth = revenue.group_by("ticker", maintain_order=True).agg(
        pl.col("revenue").last() / pl.col("revenue").first()
    )
    assert growth["revenue"].min() > 1.5  # revenue up, margin down


def test_betas_order_as_the_true_ones(data: MarketData, truth: pl.DataFrame) -> None:
    fridays = data.prices.filter(pl.col("date").is_in(SNAPSHOTS)).pivot(
        on="ticker", index="date", values="close"
    )
    returns = fridays.sort("date").select(pl.exclude("date").log().diff()).drop_nulls()
    names = [t for t in returns.columns if t not in STALE_TAIL]
    matrix = returns.select(names).to_numpy()
    market = matrix.mean(axis=1)
    found = [float(np.cov(matrix[:, k], market)[0, 1] / market.var(ddof=1)) for k in range(len(names))]
    known = dict(truth.select("ticker", "beta").iter_rows())
    true = np.array([known[t] for t in names])
    assert np.corrcoef(np.argsort(np.argsort(found)), np.argsort(np.argsort(true)))[0, 1] > 0.35


@given(st.floats(1e-9, 1e15, allow_nan=False) | st.floats(-1e15, -1e-9, allow_nan=False), st.integers(2, 8))
def test_significant_digits_round_once_and_little(value: float, digits: int) -> None:
    once = significant(np.array([value]), digits)
    assert abs(once[0] - value) <= 0.5000001 * 10.0 ** (1 - digits) * abs(value)
    assert significant(once, digits)[0] == once[0]


def test_significant_by_hand() -> None:
    values = np.array([123456.0, 0.00123456, -98765.0, 0.0, 99999.0])
    assert significant(values, 3).tolist() == [123000.0, 0.00123, -98800.0, 0.0, 100000.0]
