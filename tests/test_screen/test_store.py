"""The weekly store: atomic replacement, what a failed write leaves, the newest report."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from exposures.errors import DataError, NotFoundError
from screen import store


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "week" / "part-0.parquet"
    store._replace(path, lambda file: store._write_all(file, b"old"))

    def broken(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store._replace(path, broken)
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["part-0.parquet"]
    store._replace(path, lambda file: store._write_all(file, b"new"))
    assert path.read_bytes() == b"new"


def test_a_folder_that_cannot_be_written_names_the_fix(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot be written") as caught:
        store._replace(tmp_path / "file" / "below" / "x", lambda file: store._write_all(file, b""))
    assert "--out" in caught.value.fix


def test_simulated_and_scenario_outputs_never_share_a_folder_with_history(tmp_path: Path) -> None:
    roots = {
        store.output_root(tmp_path, is_simulated=simulated, scenario=scenario, custom_weights=custom)
        for simulated in (False, True)
        for scenario in (None, "a", "b")
        for custom in ((), ("payers.leverage=0.5",), ("payers.leverage=0.6",))
    }
    assert len(roots) == 18
    screens = [root / "screens" for root in roots]
    assert not any(a in b.parents for a in screens for b in screens)


def test_newest_report_is_read_and_a_missing_week_lists_what_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "t"
    folder.mkdir(parents=True)
    for day in ("2026-05-29", "2026-06-05"):
        (folder / f"{day}.md").write_text(day)
    assert store.read_report(tmp_path, "t", None)[1] == "2026-06-05"
    assert store.read_report(tmp_path, "t", "2026-05-29")[1] == "2026-05-29"
    with pytest.raises(NotFoundError, match="stored: 2026-05-29, 2026-06-05"):
        store.read_report(tmp_path, "t", "2026-01-02")


def test_a_scenario_has_its_own_reports(tmp_path: Path) -> None:
    folder = tmp_path / "sample" / "scenarios" / "cut" / "reports" / "t"
    folder.mkdir(parents=True)
    (folder / "2026-05-29.md").write_text("cut")
    assert store.read_report(tmp_path, "t", None, scenario="cut")[1] == "cut"
    with pytest.raises(NotFoundError, match="none of the standard weights is stored"):
        store.read_report(tmp_path, "t", None)


def test_a_missing_report_names_those_of_custom_weights(tmp_path: Path) -> None:
    folder = tmp_path / "sample" / "weights" / "76a7abef" / "reports" / "multicloud-gpu"
    folder.mkdir(parents=True)
    (folder / "2026-06-05.md").write_text("x")
    with pytest.raises(NotFoundError) as caught:
        store.read_report(tmp_path, "multicloud-gpu", None)
    assert f"Reports of custom weights are files below {folder}." in caught.value.message
