"""The first filing on a new share basis, found in the facts; trailing EPS on the right basis before and after it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from edgar_payloads import point, rows
from market_fixture import companies, market, prices

from exposures.tables import FIGURES
from screen.market.edgar import first_new_basis
from screen.market.tables import SPLITS
from screen.panel import build_panel

EPS, DILUTED = "EarningsPerShareDiluted", "WeightedAverageNumberOfDilutedSharesOutstanding"
EX_DATE = date(2024, 6, 10)


def splits(*ratios: float, ex_date: date | None = EX_DATE, filing: date | None = None) -> pl.DataFrame:
    return SPLITS.frame(
        [
            {
                "ticker": "X",
                "ex_date": ex_date,
                "ratio": r,
                "first_new_basis_filing": filing,
                "source": "test",
            }
            for r in ratios
        ]
    )


def restated(before: float, after: float, filed: str = "2024-08-28", *, tag: str = DILUTED) -> pl.DataFrame:
    """One quarter of 2023, told in 2023 and again by `filed`."""
    quarter = {"start": "2023-05-01"}
    told = [
        point("2023-07-30", before, "2023-08-28", **quarter),
        point("2023-07-30", after, filed, **quarter),
    ]
    return rows({tag: told})


def found(statements: pl.DataFrame, table: pl.DataFrame) -> list[date | None]:
    return first_new_basis(statements, table)["first_new_basis_filing"].to_list()


@pytest.mark.parametrize(
    ("ratio", "before", "after", "is_shown"),
    [
        (10.0, 2499.0, 24990.0, True),
        (10.0, 2499.0, 24994.0, True),  # rounding
        (10.0, 2499.0, 2510.0, False),  # a small correction
        (10.0, 2499.0, 9996.0, False),  # another ratio
        (0.1, 1000.0, 100.0, True),  # a reverse split
        (1.289, 100.0, 128.9, True),  # a spin-off's factor
    ],
)
def test_restated_share_counts_show_the_split(
    ratio: float, before: float, after: float, is_shown: bool
) -> None:
    day = date(2024, 8, 28) if is_shown else None
    assert found(restated(before, after), splits(ratio)) == [day]


def test_eps_shows_it_in_two_periods_of_one_filing() -> None:
    quarter, half = {"start": "2023-05-01"}, {"start": "2023-01-30"}
    one = [
        point("2023-07-30", 2.48, "2023-08-28", **quarter),
        point("2023-07-30", 0.25, "2024-08-28", **quarter),
    ]
    two = [point("2023-07-30", 3.30, "2023-08-28", **half), point("2023-07-30", 0.33, "2024-08-28", **half)]
    assert found(rows({EPS: one}), splits(10.0)) == [None]
    assert found(rows({EPS: [*one, *two]}), splits(10.0)) == [date(2024, 8, 28)]


def test_changes_before_the_split_or_long_after_do_not_show_it() -> None:
    for filed in ("2024-05-29", "2026-02-20"):
        assert found(restated(1.0, 10.0, filed), splits(10.0)) == [None]
    assert found(restated(1.0, 10.0, "2024-06-10"), splits(10.0)) == [EX_DATE]


def test_what_is_known_stays_and_what_cannot_be_placed_stays_null() -> None:
    known = date(2024, 9, 1)
    assert found(restated(1.0, 10.0), splits(10.0, filing=known)) == [known]
    assert found(restated(1.0, 10.0), splits(10.0, ex_date=None)) == [None]
    assert found(restated(1.0, 10.0).clear(), splits(10.0)) == [None]
    other = restated(1.0, 10.0).with_columns(ticker=pl.lit("Y"))
    assert found(other, splits(10.0)) == [None]


def test_a_vendors_rows_are_not_read() -> None:
    vendor = restated(1.0, 10.0).with_columns(known_at_basis=pl.lit("assumed_lag"))
    assert found(vendor, splits(10.0)) == [None]


def test_two_splits_find_their_own_filings() -> None:
    quarter = {"start": "2023-05-01"}
    told = [
        point("2023-07-30", value, filed, **quarter)
        for value, filed in ((1.0, "2023-08-28"), (4.0, "2023-11-20"), (40.0, "2024-08-28"))
    ]
    table = pl.concat([splits(4.0, ex_date=date(2023, 10, 1)), splits(10.0)])
    assert found(rows({DILUTED: told}), table) == [date(2023, 11, 20), date(2024, 8, 28)]
    assert first_new_basis(rows({DILUTED: told}), table).columns == table.columns


def nvidia_like() -> pl.DataFrame:
    """Quarters of a company that splits 10:1 on 2024-06-10; the report of 2024-08-28 is the first on the new basis."""
    quarters = [
        ("2023-01-30", "2023-04-30", 0.82, "2023-05-26", "2024-05-29", None),
        ("2023-05-01", "2023-07-30", 2.48, "2023-08-28", "2024-08-28", 0.25),
        ("2023-07-31", "2023-10-29", 3.71, "2023-11-21", "2024-11-20", 0.37),
        ("2024-01-29", "2024-04-28", 5.98, "2024-05-29", "2025-05-28", 0.60),
        ("2024-04-29", "2024-07-28", 0.67, "2024-08-28", "", None),
        ("2024-07-29", "2024-10-27", 0.78, "2024-11-20", "", None),
    ]
    eps, shares = [], []
    for start, end, value, first, again, later in quarters:
        old = 2490.0 if first < "2024-08-01" else 24900.0
        eps.append(point(end, value, first, start=start))
        shares.append(point(end, old, first, start=start))
        if later is not None:
            eps.append(point(end, later, again, start=start))
            shares.append(point(end, 24900.0, again, start=start))
    year = {"start": "2023-01-30"}
    eps += [point("2023-10-29", 7.01, "2023-11-21", **year), point("2023-10-29", 0.70, "2024-11-20", **year)]
    eps += [point("2024-01-28", 11.93, "2024-02-21", **year), point("2024-01-28", 1.19, "2025-02-26", **year)]
    shares += [
        point("2023-10-29", 2490.0, "2023-11-21", **year),
        point("2023-10-29", 24900.0, "2024-11-20", **year),
    ]
    shares += [
        point("2024-01-28", 2490.0, "2024-02-21", **year),
        point("2024-01-28", 24900.0, "2025-02-26", **year),
    ]
    year = {"start": "2024-01-29"}
    eps += [point("2024-10-27", 2.04, "2024-11-20", **year), point("2025-01-26", 2.94, "2025-02-26", **year)]
    shares += [
        point("2024-10-27", 24800.0, "2024-11-20", **year),
        point("2025-01-26", 24800.0, "2025-02-26", **year),
    ]
    return rows({EPS: eps, DILUTED: shares})


@pytest.mark.parametrize(
    ("as_of", "eps"),
    [
        (date(2024, 3, 1), 11.93),  # before the split: the old basis, as the price
        (date(2024, 6, 7), 2.48 + 3.71 + 4.92 + 5.98),
        (
            date(2024, 6, 14),
            (2.48 + 3.71 + 4.92 + 5.98) / 10,
        ),  # split, no filing since: all restated by the ratio
        (date(2024, 9, 1), 0.371 + 0.492 + 0.598 + 0.67),  # old filings over 10, the new one as it is
        (date(2025, 3, 1), 0.598 + 0.67 + 0.78 + 0.90),
    ],
)
def test_trailing_eps_is_on_the_basis_of_every_day(as_of: date, eps: float) -> None:
    statements = nvidia_like()
    known = first_new_basis(statements, splits(10.0))
    assert known["first_new_basis_filing"].to_list() == [date(2024, 8, 28)]
    data = market(
        prices=prices("X", {as_of: 100.0}), statements=statements.to_dicts(), splits=known.to_dicts()
    )
    panel = build_panel(data, companies(("X", "USD", "USD")), FIGURES.empty(), as_of=as_of).panel
    assert panel["eps_ttm"].to_list() == pytest.approx([eps])
