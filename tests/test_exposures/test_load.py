from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from exposures import ExposureMap, NotFoundError, ThemeFileError, load_theme, theme_folder, theme_names
from exposures.csv_files import CSV_FILES
from exposures.known import FILTERED_BY, known_rows, superseded_on
from exposures.tables import THEME_TABLES

CURATED = date(2026, 8, 22)
FRAMES = [f.name for f in fields(ExposureMap) if f.type == "pl.DataFrame"]


def test_bundled_names() -> None:
    assert theme_names() == ["multicloud-gpu"]
    assert (theme_folder("multicloud-gpu") / "theme.toml").exists()


def test_an_unknown_name_is_not_found_with_a_suggestion() -> None:
    with pytest.raises(NotFoundError) as caught:
        load_theme("multicloud-gpus", as_of=CURATED)
    assert str(caught.value) == (
        'theme "multicloud-gpus" not found; known: multicloud-gpu. '
        'did you mean "multicloud-gpu"? Run "screen themes".'
    )
    assert caught.value.exit_code == 4


def test_a_missing_or_empty_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        theme_folder(tmp_path / "none")
    with pytest.raises(NotFoundError, match=r"holds no theme\.toml"):
        theme_folder(tmp_path)


def test_every_frame_is_a_declared_table(gpu: ExposureMap) -> None:
    declared = {table.name.lower(): table for table in THEME_TABLES}
    assert set(FRAMES) == set(declared)
    for name in FRAMES:
        assert declared[name].faults(getattr(gpu, name)) == []


def test_a_users_own_folder_loads(minimal: Path) -> None:
    theme_map = load_theme(minimal, as_of=date(2026, 8, 1))
    assert theme_map.theme.name == "mine"
    rows = theme_map.memberships.select("ticker", "role", "tier", "revenue_share_low", "is_primary").rows()
    assert rows == [("AMD", "supplier", "contested", 0.4, True), ("MSFT", "payer", None, None, True)]
    assert theme_map.deals.height == theme_map.figures.height == 0
    assert theme_map.scenarios == ()
    assert theme_folder(minimal / "theme.toml") == minimal


def test_a_month_is_known_on_its_last_day(minimal: Path) -> None:
    early = load_theme(minimal, as_of=date(2026, 5, 30)).memberships["revenue_share_low"].to_list()
    late = load_theme(minimal, as_of=date(2026, 5, 31)).memberships["revenue_share_low"].to_list()
    assert early == [None, None]
    assert late == [0.4, None]


def test_a_period_that_still_runs_is_known_on_the_day_of_review(minimal: Path) -> None:
    file = minimal / "exposures.csv"
    file.write_text(file.read_text().replace("2026-05", "2026"), encoding="utf-8")
    exposures = load_theme(minimal, as_of=CURATED).exposures
    assert exposures["known_at"].to_list() == [date(2026, 8, 1), None]


def test_an_undated_row_is_known_from_the_day_of_review(minimal: Path) -> None:
    file = minimal / "exposures.csv"
    file.write_text(file.read_text().replace("2026-05", ""), encoding="utf-8")
    assert load_theme(minimal, as_of=date(2026, 7, 31)).exposures.height == 0
    assert load_theme(minimal, as_of=date(2026, 8, 1)).exposures.height == 2


def test_term_ends_take_the_edges_of_their_period(gpu: ExposureMap) -> None:
    deal = gpu.deals.row(by_predicate=pl.col("deal_id") == "D005", named=True)
    assert (deal["term_start"], deal["term_end"]) == (date(2025, 11, 1), date(2032, 12, 31))
    assert deal["announced"] == date(2025, 11, 30)
    half = gpu.deals.row(by_predicate=pl.col("deal_id") == "D027", named=True)
    assert half["term_start"] == date(2026, 7, 1)


def test_digest_follows_every_file_of_the_theme(minimal: Path) -> None:
    first = load_theme(minimal, as_of=CURATED).digest
    assert load_theme(minimal, as_of=date(2026, 1, 1)).digest == first
    (minimal / "notes.txt").write_text("not part of the theme", encoding="utf-8")
    assert load_theme(minimal, as_of=CURATED).digest == first
    (minimal / "watch.csv").write_text(
        "watch_id,group,line,status,reading,is_manual,label,source\n", encoding="utf-8"
    )
    assert load_theme(minimal, as_of=CURATED).digest != first


@pytest.mark.parametrize(
    ("file", "old", "new", "start"),
    [
        ("theme.toml", 'role = "payer"', 'rolle = "payer"', "theme.toml:16: "),
        ("theme.toml", "[[segment]]", "[[segment]", "theme.toml:7: "),
        ("companies.csv", "MSFT,Microsoft", "msft,Microsoft", "companies.csv:3: unknown ticker form"),
        ("exposures.csv", "AMD,chips", "AMD,chip", 'exposures.csv:2: segment "chip" is not in theme.toml'),
        ("exposures.csv", "0.4", "40%", 'exposures.csv:2: "revenue_share_low" is "40%"'),
        ("exposures.csv", "2026-05", "May", 'exposures.csv:2: "known_at" is "May"'),
        ("exposures.csv", "basis", "basiss", 'exposures.csv:1: unknown column "basiss"'),
        ("exposures.csv", "MSFT,clouds,,,,,\n", "", "companies.csv:3: MSFT has no row in exposures.csv"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    minimal: Path, file: str, old: str, new: str, start: str
) -> None:
    path = minimal / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ThemeFileError) as caught:
        load_theme(minimal, as_of=CURATED)
    assert str(caught.value).startswith(start)
    assert caught.value.exit_code == 2


def test_a_deal_with_an_unknown_party_does_not_load(copy: Path) -> None:
    path = copy / "deals.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("D005,PRIV:openai,", "D005,PRIV:opneai,", 1), encoding="utf-8")
    with pytest.raises(ThemeFileError, match=r'deals\.csv:6: D005: payer "PRIV:opneai" is not in nodes\.csv'):
        load_theme(copy, as_of=CURATED)


@settings(max_examples=12, deadline=None)
@given(days=st.integers(min_value=0, max_value=900))
def test_no_row_is_known_before_its_day(on: Callable[[date], ExposureMap], days: int) -> None:
    as_of = CURATED - timedelta(days=days)
    theme_map = on(as_of)
    for name, column in FILTERED_BY.items():
        latest = getattr(theme_map, name)[column].drop_nulls()
        assert all(day <= as_of for day in latest), name


_LATER = {
    "deals": "D999,NVDA,PRIV:openai,NVIDIA,OpenAI,equity,financing,USD,closed,2026-06-02,yes,assumption,D",
    "figures": "F999,AWS,backlog,999,bn,2026-06-02,assumption,D",
    "overrides": "8210.TW,chassis_rails,contested,late,late 1,assumption,2026-06-02,2027-06-02",
    "margins": "NVDA,gross_margin,0.99,Q9,assumption,2026-06-02,D",
    "events": "2026-06-30,2026-06,NVDA,late,expected,2026-06-02,assumption",
}
_COLUMNS = {
    "deals": "deal_id payer payee payer_name payee_name kind flow_class currency status announced "
    "is_additive source grade",
    "figures": "figure_id subject metric value unit known_at source grade",
    "overrides": "ticker segment tier reason evidence source known_at expires",
    "margins": "ticker metric value period source known_at grade",
    "events": "date date_text node event certainty known_at source",
}


def test_a_later_row_never_changes_an_earlier_day(copy: Path, on: Callable[[date], ExposureMap]) -> None:
    """Add rows known on 2 June, and let them supersede old ones: 1 June must not change."""
    for name, line in _LATER.items():
        path = copy / f"{name}.csv"
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        cells = dict(zip(_COLUMNS[name].split(), line.split(","), strict=True))
        with path.open("a", encoding="utf-8") as handle:
            handle.write(",".join(cells.get(column, "") for column in header) + "\n")
    for name, old, new in (("deals", "D003", "D999"), ("figures", "F049", "F999")):
        path = copy / f"{name}.csv"
        frame = pl.read_csv(path, infer_schema=False)
        key = frame.columns[0]
        frame.with_columns(
            pl.when(pl.col(key) == old).then(pl.lit(new)).otherwise("superseded_by").alias("superseded_by")
        ).write_csv(path)
    before, after = date(2026, 6, 1), date(2026, 6, 2)
    changed, plain = load_theme(copy, as_of=before), on(before)
    for name in FRAMES:
        assert_frame_equal(getattr(changed, name), getattr(plain, name))
    later = load_theme(copy, as_of=after)
    assert later.deals.filter(pl.col("superseded_by") == "D999")["deal_id"].to_list() == ["D003"]
    rails = later.memberships.filter(pl.col("ticker") == "8210.TW")
    assert rails["tier"].to_list() == ["contested"]


def test_supersession_needs_both_rows() -> None:
    frame = pl.DataFrame(
        {
            "deal_id": ["A", "B", "C"],
            "superseded_by": ["B", "C", "Z"],
            "is_additive": [True, True, True],
            "announced": [date(2026, 1, 1), date(2026, 2, 1), None],
        }
    )
    whole = superseded_on(frame, "deal_id")
    assert whole["superseded_by"].to_list() == ["B", "C", None]
    assert whole["is_additive"].to_list() == [False, False, True]
    early = known_rows(frame, "announced", as_of=date(2026, 1, 31), curated_at=date(2026, 3, 1))
    assert superseded_on(early, "deal_id")["is_additive"].to_list() == [True]


def test_only_the_map_itself_is_never_filtered() -> None:
    assert {f.name for f in CSV_FILES} - set(FILTERED_BY) == {"companies", "nodes", "sources"}
