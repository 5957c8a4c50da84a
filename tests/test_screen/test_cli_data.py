"""``screen data``: pull, status, check and prune on a real store, with a feed that sends nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from fake_feed import PULL_DAY, FakeFeed, company
from in_process import run_here

from exposures.errors import DataError, NetworkError, RateLimitedError
from screen.commands.coverage import MOST_LINES
from screen.commands.data_check import check_command
from screen.commands.data_prune import prune_command
from screen.commands.data_pull import pull_and_tell, pull_code, pull_table
from screen.commands.data_status import size_words, status_command
from screen.market.outcomes import outcome
from screen.market.store import MarketStore
from screen.market.tables import OUTCOMES
from screen.options import GapRows

NAMES = ("NVDA", "2330.TW", "MU")


def pull(
    store: MarketStore,
    *feeds: FakeFeed,
    names: Sequence[str] = NAMES,
    is_full: bool = False,
    gaps: GapRows = GapRows.SHORT,
    as_json: bool = False,
) -> int:
    companies = [company(name) for name in names]
    return pull_and_tell(store, feeds, companies, day=PULL_DAY, is_full=is_full, gaps=gaps, as_json=as_json)


@pytest.fixture
def store(tmp_path: Path) -> MarketStore:
    return MarketStore(tmp_path / "store")


@pytest.fixture
def filled(store: MarketStore, capsys: pytest.CaptureFixture[str]) -> MarketStore:
    assert pull(store, FakeFeed()) == 0
    capsys.readouterr()
    return store


def at(store: MarketStore) -> Mapping[str, Any]:
    return {"store": store.address}


# pull


def test_a_complete_pull_counts_and_exits_0(store: MarketStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull(store, FakeFeed()) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[2:5] == [
        "source\tdataset\tasked\tok\tpartial\tempty\tnot found\tnot covered\tfailed\trows",
        "yahoo\tprices\t3\t3\t0\t0\t0\t0\t0\t2355",
        "yahoo\tstatements\t3\t3\t0\t0\t0\t0\t0\t900",
    ]
    assert "data: 3/3 tickers usable | prices 3/3 (to 2026-08-21)" in said.err
    assert "6 requests" in said.err
    assert "->" not in said.err


def test_the_same_day_asks_nothing_again_but_full_does(filled: MarketStore) -> None:
    feed = FakeFeed()
    assert pull(filled, feed) == 0
    assert feed.asked == []
    assert pull(filled, feed, is_full=True) == 0
    assert feed.asked == list(NAMES)


def test_a_partial_pull_is_3_names_the_gap_and_keeps_the_rest(
    store: MarketStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull(store, FakeFeed(failing={"MU": "rate_limited"})) == 3
    said = capsys.readouterr()
    assert "data: 2/3 tickers usable" in said.err
    assert any(
        "MU" in line and "rate_limited" in line and "-> blank" in line for line in said.err.splitlines()
    )
    assert store.prices(list(NAMES)).get_column("ticker").n_unique() == 2
    capsys.readouterr()
    assert pull(store, FakeFeed(), gaps=GapRows.NONE, as_json=True) == 0
    body = json.loads(capsys.readouterr().out)
    assert [row["asked"] for row in body["data"]] == [1, 1]
    assert body["meta"]["usable"] == 3
    assert body["meta"]["newest_price"] == "2026-08-21"


def test_a_failed_refresh_says_how_old_the_stored_rows_are(
    filled: MarketStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull(filled, FakeFeed(failing={"MU": "timeout"}), is_full=True) == 3
    line = next(line for line in capsys.readouterr().err.splitlines() if "prices" in line and "MU" in line)
    assert line.endswith("1 d -> older rows stay in use")


@pytest.mark.parametrize(
    "status, error, code",
    [("rate_limited", RateLimitedError, 5), ("network", NetworkError, 6), ("timeout", NetworkError, 6),
     ("bad_payload", DataError, 2)],
)  # fmt: skip
def test_nothing_came_is_an_error_named_by_its_cause(
    status: str, error: type[Exception], code: int, store: MarketStore, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        error, match=f"nothing came of all 6 items that were due .yahoo: yahoo said {status}"
    ) as caught:
        pull(store, FakeFeed(failing={"*": status}))
    assert caught.value.exit_code == code  # type: ignore[attr-defined]
    said = capsys.readouterr()
    assert "data: 0/3 tickers usable" in said.err
    assert said.out == ""


def test_one_feed_that_answers_makes_it_partial(store: MarketStore) -> None:
    assert pull(store, FakeFeed(), FakeFeed("edgar", failing={"*": "network"})) == 3


def test_skipped_rows_do_not_hide_why_a_host_was_given_up() -> None:
    rows = [outcome(f"T{n}", "prices", "skipped", source="yahoo", reason="not asked") for n in range(9)]
    rows.append(outcome("X", "prices", "rate_limited", source="yahoo", reason="429"))
    from screen.commands.data_pull import _nothing_came

    error = _nothing_came(OUTCOMES.frame(rows))
    assert isinstance(error, RateLimitedError)
    assert "yahoo: 429" in error.message


def test_the_table_counts_by_source_and_dataset() -> None:
    rows = [
        outcome("A", "prices", "ok", source="yahoo"),
        outcome("B", "prices", "not_found", source="yahoo"),
        outcome("C", "prices", "skipped", source="yahoo"),
        outcome("A", "statements", "not_covered", source="edgar"),
    ]
    assert pull_table(OUTCOMES.frame(rows), {("yahoo", "prices"): 780}).rows() == [
        ("edgar", "statements", 1, 0, 0, 0, 0, 1, 0, 0),
        ("yahoo", "prices", 3, 1, 0, 0, 1, 0, 1, 780),
    ]


@pytest.mark.parametrize(
    "dataset, status, code",
    [
        ("prices", "ok", 0),
        ("estimates", "empty", 0),
        ("statements", "not_covered", 0),
        ("estimates", "not_found", 0),
        ("prices", "not_found", 3),
        ("quotes", "skipped", 3),
    ],
)
def test_pull_codes(dataset: str, status: str, code: int) -> None:
    assert pull_code(OUTCOMES.frame([outcome("A", dataset, status, source="yahoo")])) == code


# status, check, prune


def test_status_tells_what_is_stored(filled: MarketStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_command(at(filled), as_json=True) == 0
    body = json.loads(capsys.readouterr().out)
    rows = {row["dataset"]: row for row in body["data"]}
    assert rows["prices"]["tickers"] == 3
    assert rows["prices"]["newest"] == "2026-08-21"
    assert rows["prices"]["pulled_at"] == str(PULL_DAY)
    assert body["meta"]["bytes"] == sum(row["bytes"] for row in body["data"]) > 0
    assert status_command(at(filled), as_json=False) == 0
    assert capsys.readouterr().out.startswith("# Store\n")


def test_check_is_0_when_sound_and_3_with_the_damaged_file(
    filled: MarketStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_command(at(filled), as_json=False) == 0
    assert "no faults" in capsys.readouterr().err
    damaged = next(Path(filled.address).glob("prices/source=yahoo/MU*"))
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert check_command(at(filled), as_json=False) == 3
    said = capsys.readouterr()
    assert "prices/source=yahoo/MU.parquet" in said.out
    assert "1 fault" in said.err
    assert check_command(at(filled), as_json=True) == 3
    body = json.loads(capsys.readouterr().out)
    assert body["meta"]["faults"] == 1
    assert body["data"][0]["fix"]


def test_prune_removes_prices_outside_the_theme_only_when_told(
    store: MarketStore, capsys: pytest.CaptureFixture[str]
) -> None:
    data = FakeFeed()
    pull(store, data)
    other = store.prices(["MU"]).with_columns(ticker=pl.lit("ODD"))
    store.replace_prices("yahoo", "ODD", other)

    def pruned(theme: str | None, *, is_dry_run: bool = False) -> int:
        capsys.readouterr()
        assert prune_command(at(store), theme=theme, before=None, is_dry_run=is_dry_run, as_json=True) == 0
        body = json.loads(capsys.readouterr().out)
        assert body["meta"]["dry_run"] is is_dry_run
        return int(body["data"]["prices_removed"])

    assert pruned(None) == 0
    assert pruned("multicloud-gpu", is_dry_run=True) == 1
    assert not store.prices(["ODD"]).is_empty()
    assert pruned("multicloud-gpu") == 1
    assert store.prices(["ODD"]).is_empty()
    assert store.prices(["MU"]).equals(other.with_columns(ticker=pl.lit("MU")))


def test_prune_keeps_what_is_held(filled: MarketStore, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: filled.facts(name) for name in ("estimates", "statements")}
    assert prune_command(at(filled), theme=None, before="2030-01-01", is_dry_run=False, as_json=False) == 0
    assert "files of facts and log" in capsys.readouterr().out
    for name, rows in before.items():
        assert filled.facts(name).equals(rows)
    feed = FakeFeed()
    assert pull(filled, feed) == 0
    assert feed.asked == []


def test_sizes_for_people() -> None:
    assert [size_words(n) for n in (0, 999, 999_999, 12_345_678)] == [
        "0.0 kB",
        "1.0 kB",
        "1,000.0 kB",
        "12.3 MB",
    ]


# the program itself


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["data", "status"], 4, "screen data pull"),
        (["data", "check"], 4, "screen data pull"),
        (["data", "prune"], 4, "screen data pull"),
        (["data", "pull", "--offline"], 2, "--online"),
        (["data", "pull", "--source", "sample"], 2, "no live source"),
        (["data", "pull", "--source", "edgar"], 2, "contact"),
        (["data", "pull", "--ticker", "NVDIA"], 4, "NVDA"),
        (["data", "pull", "--theme", "multicloud-gpus"], 4, "multicloud-gpu"),
        (["data", "pull", "--source", "yahoo", "--ticker", "MU", "--ticker", "NVDA"], 6, "screen doctor"),
        (["run", "--offline", "--source", "yahoo"], 4, "screen data pull"),
        (["run", "--source", "store"], 4, "screen data pull"),
        (["explain", "NVDA", "--offline", "--source", "live"], 4, "screen data pull"),
        (["loops", "--offline", "--source", "yahoo,twse"], 4, "screen data pull"),
        (["data", "prune", "--before", "tomorrow"], 2, '--before "tomorrow" is not a date'),
        (["data", "prune", "--before", ""], 2, '--before "" is not a date'),
        (["run", "--gaps", "many"], 2, "'--gaps': 'many' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_every_error_has_its_code_and_names_its_fix(
    arguments: list[str], code: int, words: str, tmp_path: Path
) -> None:
    done = run_here(*arguments, cwd=tmp_path, SCREEN_YAHOO_REQUESTS_PER_SECOND="1000")
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_offline_uses_the_store_and_no_network(filled: MarketStore, tmp_path: Path) -> None:
    done = run_here(
        "run", "--offline", "--as-of", "2026-08-21", "--min-coverage", "0", "--store", filled.address,
        "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    meta = json.loads(done.stdout)["meta"]
    assert meta["is_simulated"] is False
    assert "prices 3/121 (to 2026-08-21)" in done.stderr
    assert "requests" not in done.stderr.split("data: ")[1].splitlines()[0]


def test_too_little_data_says_what_came_before_it_gives_up(tmp_path: Path) -> None:
    done = run_here("run", "--source", "sample", "--as-of", "2026-10-30", cwd=tmp_path)
    assert done.returncode == 4
    assert "data: 0/121 tickers usable | prices 0/121 (to 2026-08-21)" in done.stderr
    assert "nothing is ranked" in done.stderr.split("data: ")[1]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("gaps", ["short", "all", "none"])
def test_a_run_lists_its_gaps_as_told(gaps: str, tmp_path: Path) -> None:
    done = run_here("run", "--source", "sample", "--gaps", gaps, "--out", "o", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if " -> " in line]
    stored = pl.read_parquet(tmp_path / "o" / "sample" / "gaps").height
    assert stored > MOST_LINES
    assert {"short": 0 < len(lines) <= MOST_LINES, "all": len(lines) >= stored, "none": not lines}[gaps]
    assert "data: 120/121 tickers usable" in done.stderr


def test_help_of_data_is_light() -> None:
    code = (
        "import sys\nsys.argv = ['screen', 'data', 'pull', '--help']\nfrom screen.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'yfinance', 'polars', 'pyarrow', 'numpy', 'curl_cffi', 'fsspec'}\n"
        "sys.stderr.write(','.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "--full" in done.stdout
