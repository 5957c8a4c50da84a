"""One behaviour on disk and on an object host: what is written is read, by another process too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_store_places import NewStore, new_store, object_environment, object_host
from market_store_rows import MONDAY, bars, estimate, estimates, pulled, rate, revenue
from polars.testing import assert_frame_equal

from exposures.errors import DataError, NetworkError, NotFoundError, TableError, UsageError
from screen.market.feed import Held
from screen.market.store import STORE_STATUS, MarketStore, StoreBusyError
from screen.market.store.layout import file_name, new_id, part_path, price_path, ticker_of
from screen.market.tables import ESTIMATES, PULLS, STORED_PRICES

__all__ = ["new_store", "object_environment", "object_host"]

FY27 = date(2027, 1, 31)
ODD = ["BRK.B", "2330.TW", "TWD=X", "^TWII", "a/b", "..", "A_B", "é", "CON", "aapl", "AAPL"]


def fill(store: MarketStore) -> None:
    with store.writer():
        store.replace_many("yahoo", {"NVDA": bars([1, 2, 3]), "AMD": bars([4, 5], ticker="AMD")})
        store.append("estimates", "yahoo", estimates(estimate(MONDAY, "0y", FY27, 5.0)))
        store.append("fx", "yahoo", rate(MONDAY, 0.031))
        for ticker in ("NVDA", "AMD"):
            store.record("yahoo", pulled(ticker, "prices"))
        store.record("yahoo", pulled("NVDA", "estimates"))


def test_nothing_is_there_before_the_first_pull(new_store: NewStore) -> None:
    store = new_store()
    assert not store.exists()
    assert store.pulls().is_empty()
    assert store.held("yahoo", ["NVDA"]).tails.is_empty()
    for read in (store.prices, store.status, store.check, store.prune, lambda: store.facts("estimates")):
        with pytest.raises(NotFoundError, match=r"no market store at .*market store"):
            read()


def test_another_process_reads_what_was_written(new_store: NewStore) -> None:
    fill(new_store())
    store = new_store()
    assert store.exists()
    both = pl.concat([bars([4, 5], ticker="AMD"), bars([1, 2, 3])])
    assert_frame_equal(store.prices(), both)
    assert_frame_equal(store.prices(["NVDA", "GONE"]), bars([1, 2, 3]))
    assert_frame_equal(
        store.price_tails(["NVDA", "AMD"], source="yahoo", bars=1), pl.concat([both[1:2], both[4:5]])
    )
    assert store.facts("estimates", ["NVDA"]).get_column("mean").to_list() == [5.0]
    assert store.facts("estimates", ["AMD"]).is_empty()
    assert store.facts("fx", ["NVDA"]).height == 1
    assert store.facts("estimates", as_of=date(2026, 11, 1)).is_empty()
    assert store.pulls(sources=["yahoo"]).height == 3
    assert store.pulls(sources=["edgar"]).is_empty()
    assert store.faults() == []
    assert store.check().is_empty()


def test_a_history_is_replaced_whole_and_never_by_nothing(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    store.replace_prices("yahoo", "NVDA", bars([0.5, 1.0], splits={1: 4.0}).reverse())
    assert_frame_equal(store.prices(["NVDA"]), bars([0.5, 1.0], splits={1: 4.0}))
    for wrong in (STORED_PRICES.empty(), bars([1], ticker="AMD")):
        with pytest.raises(TableError, match="history of NVDA"):
            store.replace_prices("yahoo", "NVDA", wrong)
    with pytest.raises(TableError, match="repeated keys"):
        store.replace_prices("yahoo", "NVDA", pl.concat([bars([1]), bars([2])]))
    assert store.prices(["NVDA"]).height == 2


def test_a_tail_replaces_the_end_of_a_history_only_where_there_is_one(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    tail = bars([2.5, 3, 4], first=date(2026, 11, 3), adj=[1.25, 1.5, 4])
    left_out = store.extend_many("yahoo", {"NVDA": tail, "NEW": bars([1], ticker="NEW")})
    assert left_out == ["NEW"]
    read = store.prices()
    assert read.filter(pl.col("ticker") == "NVDA").select("close", "adj_close").rows() == [
        (1.0, 0.625), (2.5, 1.25), (3.0, 1.5), (4.0, 4.0),
    ]  # fmt: skip
    assert set(read.get_column("ticker")) == {"NVDA", "AMD"}


def test_a_ticker_has_its_whole_history_from_the_first_source_that_has_it(new_store: NewStore) -> None:
    store = new_store()
    store.replace_prices("files", "NVDA", bars([9.0, 9.0]))
    store.replace_many("yahoo", {"NVDA": bars([1, 2, 3]), "AMD": bars([4], ticker="AMD")})
    assert store.prices(sources=["yahoo", "files"]).get_column("close").to_list() == [4.0, 1.0, 2.0, 3.0]
    assert store.prices(["NVDA"]).get_column("close").to_list() == [9.0, 9.0]


def test_rows_already_known_are_left_out_across_processes(new_store: NewStore) -> None:
    fill(new_store())
    store = new_store()
    again = estimates(estimate(MONDAY, "0y", FY27, 5.0), estimate(MONDAY, "+1y", date(2028, 1, 30), 6.0))
    with store.writer():
        assert store.append("estimates", "yahoo", again) == 1
        assert store.append("estimates", "yahoo", again) == 0
        assert store.append("statements", "yahoo", revenue(1.0, seen=MONDAY)) == 1
        assert store.append("statements", "yahoo", revenue(2.0, seen=date(2026, 11, 9))) == 1
        assert store.append("statements", "yahoo", revenue(2.0, seen=date(2026, 11, 10))) == 0
    assert not ESTIMATES.faults(store.facts("estimates"))
    assert store.facts("estimates").height == 2
    assert store.facts("statements", as_of=date(2026, 11, 8)).get_column("value").to_list() == [1.0]


def test_odd_tickers_and_wrong_names(new_store: NewStore) -> None:
    store = new_store()
    store.replace_many("yahoo", {ticker: bars([1.0], ticker=ticker) for ticker in ODD})
    assert store.prices().get_column("ticker").to_list() == sorted(ODD)
    assert store.price_tails(ODD, source="yahoo", bars=1).height == len(ODD)
    assert store.check().is_empty()
    with pytest.raises(UsageError, match="cannot name a folder"):
        store.replace_prices("../yahoo", "NVDA", bars([1]))
    with pytest.raises(UsageError, match="not a dataset of the store"):
        store.append("profile", "yahoo", bars([1]))
    with pytest.raises(TableError, match="ESTIMATES"):
        store.append("estimates", "yahoo", bars([1]))


def test_held_tells_the_newest_and_the_newest_answered_row(new_store: NewStore) -> None:
    store = new_store()
    with store.writer():
        store.replace_prices("yahoo", "NVDA", bars(range(1, 41)))
        for day, status in ((1, "ok"), (2, "partial"), (3, "rate_limited"), (4, "network")):
            store.record("yahoo", pulled("NVDA", "prices", status, day=date(2026, 11, day)))
        store.record("yahoo", pulled("TWDUSD", "fx", day=date(2026, 11, 4)))
        store.record("yahoo", pulled("NVDA", "prices", "timeout", day=date(2026, 11, 4)))
    held = store.held("yahoo", ["NVDA", "AMD"], bars=7)
    assert isinstance(held, Held)
    assert held.pulls.select("ticker", "dataset", "status").rows() == [
        ("NVDA", "prices", "partial"), ("TWDUSD", "fx", "ok"), ("NVDA", "prices", "timeout"),
    ]  # fmt: skip
    assert held.tails.get_column("close").to_list() == list(range(34, 41))
    assert store.held("edgar", ["NVDA"]).pulls.is_empty()


def test_prices_that_are_gone_are_not_held_whatever_the_log_says(new_store: NewStore) -> None:
    store = new_store()
    with store.writer():
        for status, day in (("network", 1), ("ok", 2)):
            store.record("yahoo", pulled("NVDA", "prices", status, day=date(2026, 11, day)))
        store.record("yahoo", pulled("DEAD", "prices", "not_found"))
        store.record("yahoo", pulled("NEW", "prices", "empty"))
    held = store.held("yahoo", ["NVDA"])
    assert sorted(held.pulls.select("ticker", "status").rows()) == [
        ("DEAD", "not_found"), ("NEW", "empty"), ("NVDA", "network"),
    ]  # fmt: skip
    (fault,) = store.check().to_dicts()
    assert (fault["path"], fault["dataset"]) == ("prices/source=yahoo/NVDA.parquet", "pulls")
    assert "delivered" in fault["fault"]


def test_a_damaged_fact_is_restored_and_a_price_asked_for_again(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    for folder in ("prices", "facts/estimates"):
        store._place.write({store._place.files(folder)[0].path: b"damaged"})
    fixes = dict(store.check().select("dataset", "fix").rows())
    assert "asks for what is missing" in fixes["prices"]
    assert "backup" in fixes["estimates"]


def test_status_counts_each_source_and_dataset(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    status = store.status()
    assert not STORE_STATUS.faults(status)
    assert status.select("source", "dataset", "tickers", "rows", "newest", "pulled_at").rows() == [
        ("yahoo", "estimates", 1, 1, MONDAY, MONDAY),
        ("yahoo", "fx", 1, 1, MONDAY, None),
        ("yahoo", "prices", 2, 5, date(2026, 11, 4), MONDAY),
        ("yahoo", "pulls", 2, 3, MONDAY, MONDAY),
    ]
    assert (status.get_column("bytes") > 100).all()
    assert status.get_column("files").to_list() == [1, 1, 2, 3]


def test_prune_counts_first_and_changes_nothing_then_does_the_same(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    with store.writer():
        for week in range(1, 4):
            day = date(2026, 11, 2 + 7 * week)
            store.append("estimates", "yahoo", estimates(estimate(day, "0y", FY27, 5.0 + week)))
            store.record("yahoo", pulled("NVDA", "prices", day=day))
            store.record("yahoo", pulled("NVDA", "prices", "network", day=day))
    facts, prices = store.facts("estimates"), store.prices(["NVDA"])
    held = store.held("yahoo", ["NVDA"])
    wish = {"keep_tickers": ["NVDA"], "before": date(2026, 11, 20)}
    plan = store.prune(**wish, dry_run=True)  # type: ignore[arg-type]
    assert store.prices().get_column("ticker").n_unique() == 2
    done = store.prune(**wish)  # type: ignore[arg-type]
    assert done == plan
    # NVDA's prices: of seven rows the newest and the newest answered stay (both of 23 November), AMD's claim goes
    assert (done.prices_removed, done.log_rows_removed, done.rows_dropped) == (1, 6, 0)
    assert (done.parts_before, done.parts_after) == (4 + 1 + 9, 3)
    assert done.bytes_after < done.bytes_before
    assert_frame_equal(store.facts("estimates"), facts)
    assert_frame_equal(store.prices(), prices)
    after = store.held("yahoo", ["NVDA"])
    expected = held.pulls.filter(pl.col("ticker") != "AMD")
    assert_frame_equal(after.pulls, expected, check_row_order=False)
    assert store.check().is_empty()
    again = store.prune(**wish)  # type: ignore[arg-type]
    assert (again.parts_before, again.log_rows_removed, again.prices_removed) == (3, 0, 0)


def test_a_crash_between_merging_and_removing_changes_nothing_that_is_read(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store()
    fill(store)
    with store.writer():
        for value in (0.031, 0.032, 0.031):  # a rate that goes back: the order must survive
            store.append("fx", "yahoo", rate(MONDAY, value))
        store.append("statements", "yahoo", revenue(1.0, seen=MONDAY))
        store.append("statements", "yahoo", revenue(2.0, seen=date(2026, 11, 9)))
    before = {name: store.facts(name) for name in ("fx", "statements", "estimates")}
    log = store.held("yahoo", ["NVDA", "AMD"]).pulls
    with monkeypatch.context() as crash:
        crash.setattr(store._place, "remove", lambda paths: None)
        store.prune()
    other = new_store()
    assert other.status().filter(pl.col("dataset") == "statements").item(0, "rows") == 4
    for name, rows in before.items():
        assert_frame_equal(other.facts(name), rows)
    assert_frame_equal(other.held("yahoo", ["NVDA", "AMD"]).pulls, log, check_row_order=False)
    assert other.append("statements", "yahoo", revenue(2.0, seen=date(2026, 11, 9))) == 0
    dropped = other.prune().rows_dropped
    assert dropped >= 4
    for name, rows in before.items():
        assert_frame_equal(other.facts(name), rows)


def test_a_reader_follows_parts_that_are_merged_while_it_reads(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = new_store(), new_store()
    fill(writer)
    writer.append("estimates", "yahoo", estimates(estimate(date(2026, 11, 9), "0y", FY27, 6.0)))
    read, merged = reader._place.read, []

    def merge_first(paths: list[str]) -> list[bytes | None]:
        if any("estimates" in path for path in paths) and not merged:
            merged.append(writer.prune().parts_after)
        return read(paths)

    monkeypatch.setattr(reader._place, "read", merge_first)
    assert reader.facts("estimates").get_column("mean").to_list() == [5.0, 6.0]
    assert merged


def test_many_small_parts_become_one_when_the_writer_leaves(
    new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screen.market.store.compaction.MANY_PARTS", 3)
    store = new_store()
    with store.writer():
        for day in range(1, 7):
            store.record("yahoo", pulled("NVDA", "prices", day=date(2026, 11, day)))
    assert [row["files"] for row in store.status().to_dicts()] == [1]
    assert store.pulls().get_column("pulled_at").to_list() == [date(2026, 11, day) for day in range(1, 7)]
    assert not PULLS.faults(store.pulls())


def test_a_second_writer_is_told_who_is_writing_and_readers_are_not_held_up(new_store: NewStore) -> None:
    store = new_store()
    with store.writer():
        store.replace_prices("yahoo", "NVDA", bars([1, 2]))
        with pytest.raises(StoreBusyError, match=r"process \d+ on .+ since 20\d\d-.*is writing it"):
            new_store().replace_prices("yahoo", "AMD", bars([1], ticker="AMD"))
        assert new_store().prices().height == 2
    new_store().replace_prices("yahoo", "AMD", bars([1], ticker="AMD"))
    assert issubclass(StoreBusyError, DataError)


def test_the_lock_is_given_back_after_an_error(new_store: NewStore) -> None:
    with pytest.raises(TableError), new_store().writer():
        new_store()._place.read(["x"])
        raise TableError("a bug")
    new_store().replace_prices("yahoo", "AMD", bars([1], ticker="AMD"))


def test_a_store_of_a_newer_program_is_left_alone(new_store: NewStore) -> None:
    store = new_store()
    fill(store)
    store._place.write({"store.json": b'{"format": 2}'})
    for use in (store.exists, store.prices, lambda: store.record("yahoo", pulled("NVDA", "prices"))):
        with pytest.raises(
            DataError, match=r"has format 2, this program reads up to 1.*Upgrade supply-screen"
        ):
            use()
    store._place.write({"store.json": b"not json"})
    with pytest.raises(DataError, match=r"store.json is damaged.*Remove store.json"):
        store.exists()


# ---- addresses ---------------------------------------------------------------------------------------


def test_options_name_the_object_host_where_the_environment_does_not(
    object_host: str, tmp_path: Path
) -> None:
    options = {"endpoint_url": object_host, "key": "k", "secret": "s", "region": "us-east-1"}
    store = MarketStore(f"s3://weekly/{tmp_path.name}", options=options)
    fill(store)
    other = MarketStore(f"s3://weekly/{tmp_path.name}/", options=options)
    assert_frame_equal(other.prices(["NVDA"]), bars([1, 2, 3]))
    assert other.append("fx", "yahoo", rate(MONDAY, 0.031)) == 0
    assert other.held("yahoo", ["AMD"], bars=1).tails.get_column("close").to_list() == [5.0]
    with other.writer(), pytest.raises(StoreBusyError), store.writer():
        pass
    assert other.prune().parts_after == 3
    assert other.check().is_empty()


def test_polars_and_pandas_read_the_files_as_plain_parquet(object_environment: str, tmp_path: Path) -> None:
    fill(MarketStore(tmp_path))
    assert pl.read_parquet(tmp_path / "prices" / "**" / "*.parquet", hive_partitioning=False).height == 5
    address = f"s3://weekly/{tmp_path.name}"
    fill(MarketStore(address))
    options = {
        "aws_endpoint_url": object_environment,
        "aws_access_key_id": "k",
        "aws_secret_access_key": "s",
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    frame = pl.read_parquet(
        f"{address}/prices/source=yahoo/NVDA.parquet", storage_options=options, hive_partitioning=False
    )
    assert_frame_equal(frame, bars([1, 2, 3]))


def test_addresses_and_options_that_are_wrong_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(
        UsageError, match=r"gs://weekly: not an address of a store; allowed: a folder, or s3://"
    ):
        MarketStore("gs://weekly")
    for wrong in ("s3:///store", "s3://week ly/x", "s3://weekly/*"):
        with pytest.raises(UsageError, match="not an address of a store"):
            MarketStore(wrong)
    with pytest.raises(UsageError, match=r'endpoint "host:9000" is not an address.*Mend AWS_ENDPOINT_URL'):
        MarketStore("s3://weekly/x", options={"endpoint_url": "host:9000"})
    with pytest.raises(UsageError, match=r"unknown options \['colour'\]; allowed: \['endpoint_url'"):
        MarketStore("s3://weekly/x", options={"colour": "red"})
    with pytest.raises(UsageError, match="a folder takes no options"):
        MarketStore(tmp_path, options={"key": "x"})
    monkeypatch.setattr("screen.market.store.objects.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "supply-screen\[s3\]"'):
        MarketStore("s3://weekly/x")


def test_missing_keys_are_named(
    object_environment: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"no keys for the object host.*AWS_ACCESS_KEY_ID"):
        MarketStore("s3://weekly/x").exists()


def test_a_bucket_that_is_missing_and_a_host_that_is_down_are_named(
    object_environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MarketStore("s3://nowhere/store")
    assert not store.exists()
    with pytest.raises(DataError, match=r"s3://nowhere/store: cannot be written.*Create the bucket"):
        store.record("yahoo", pulled("NVDA", "prices"))
    monkeypatch.setattr("screen.market.store.objects._ATTEMPTS", 1)
    down = MarketStore("s3://weekly/x", options={"endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(NetworkError, match=r"does not answer.*AWS_ENDPOINT_URL"):
        down.exists()


# ---- names -------------------------------------------------------------------------------------------


@given(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
    st.text(st.characters(codec="utf-8"), min_size=1),
)
def test_file_names_are_safe_reversible_and_differ_also_without_case(one: str, other: str) -> None:
    name = file_name(one)
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
    assert not name.startswith(".")
    assert ticker_of(price_path("yahoo", one)) == one
    assert (file_name(other).casefold() == name.casefold()) == (one == other)


def test_ids_rise_within_a_nanosecond_and_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1)
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(set(ids))
    future = "part-7fffffffffffffff00000000.parquet"
    assert part_path("pulls/source=yahoo", f"pulls/source=yahoo/{future}").rsplit("/", 1)[-1] > future
