"""Outputs on disk: a week's Parquet files, its manifest and its report, each replaced atomically.

::

    OUT/screens/theme=T/as_of=D/part-0.parquet
    OUT/forecasts/theme=T/as_of=D/part-0.parquet   the forecasts, to be graded when their horizon has passed
    OUT/findings/theme=T/as_of=D/part-0.parquet    what the quality gate found in the delivered data
    OUT/gaps/theme=T/as_of=D/part-0.parquet        what was missing or old
    OUT/manifests/theme=T/as_of=D/manifest.json
    OUT/reports/T/D.md
    OUT/scenarios/KEY/moves/theme=T/as_of=D/part-0.parquet      what a scenario moves, beside it drivers/...

The other files lie beside the screens, not among them, so that a folder of weeks reads as one dataset:
``pl.read_parquet("out/screens")``, or ``pandas.read_parquet("out/screens", partitioning=None)``, because
theme and as_of are real, typed columns that pyarrow would read from the path as text a second time.
Forecasts are kept of the base run alone: a scenario and custom weights are no track record. A forecast made
within six days of its date is never replaced by a later run, which could know what came after.
Outputs of the simulated sample go below ``OUT/sample``, outputs of a scenario below
``OUT/scenarios/KEY``, outputs of custom weights below ``weights/HASH`` of these: none can mix with history.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO

import polars as pl

from exposures.errors import DataError, NotFoundError
from exposures.table import Table
from exposures.theme import ExposureMap
from reports import render_markdown
from reports.data import ReportData, RunFacts
from screen.record.timely import kept_day
from screen.run import RunResult
from screen.week_tables import (
    RUN_COLUMNS,
    WEEK,
    WEEK_DRIVERS,
    WEEK_FINDINGS,
    WEEK_FORECASTS,
    WEEK_GAPS,
    WEEK_MOVES,
)

__all__ = [
    "SCHEMA_VERSION",
    "Written",
    "output_root",
    "read_report",
    "replace_parquet",
    "replace_text",
    "week_frame",
    "write_moves",
    "write_run",
]

SCHEMA_VERSION = 1

BASE_SCORE = 50.0


@dataclass(frozen=True)
class Written:
    """Where a run was written; no forecasts of a scenario or of custom weights.

    `kept_from` is the day on which the stored forecasts were made when this run left them as they are.
    """

    parquet: Path
    forecasts: Path | None
    findings: Path
    gaps: Path
    manifest: Path
    report: Path
    kept_from: date | None = None

    def paths(self) -> list[Path]:
        """Return what was written, in the order of the fields."""
        kept = self.forecasts if self.kept_from else None
        return [path for path in vars(self).values() if isinstance(path, Path) and path != kept]


def output_root(
    out: Path, *, is_simulated: bool, scenario: str | None, custom_weights: tuple[str, ...] = ()
) -> Path:
    """Return the folder below which a run's outputs go; equal custom weights give the same folder."""
    root = out / "sample" if is_simulated else out
    root = root / "scenarios" / scenario if scenario else root
    if not custom_weights:
        return root
    return root / "weights" / hashlib.sha256("\n".join(custom_weights).encode()).hexdigest()[:8]


def week_frame(data: ReportData) -> pl.DataFrame:
    """Return the weekly rows with a value and a points column per component, sorted by screen and rank."""
    facts = data.facts
    rows = data.rows.join(
        _known_at(data), on=["screen", "ticker"], how="left", maintain_order="left"
    ).with_columns(
        theme=pl.lit(facts.theme),
        as_of=pl.lit(facts.as_of),
        source=pl.lit(facts.source),
        is_simulated=pl.lit(facts.is_simulated),
        scenario=pl.lit(facts.scenario, dtype=pl.String),
        run_id=pl.lit(facts.run_id),
        version=pl.lit(facts.version),
        method_version=pl.lit(facts.method_version),
    )
    rows = WEEK.conform(rows)
    keys = sorted({key for view in data.screens for key, _ in view.weights})
    per_component = data.contributions.group_by("screen", "ticker").agg(
        expression
        for key in keys
        for expression in (
            pl.col("value").filter(pl.col("component") == key).first().alias(f"value_{key}"),
            pl.col("contribution").filter(pl.col("component") == key).first().alias(f"points_{key}"),
        )
    )
    return rows.join(per_component, on=["screen", "ticker"], how="left", maintain_order="left")


def write_run(result: RunResult, out: Path, *, made_on: date) -> Written:
    """Write the week, its findings, gaps, manifest and report; a rerun replaces them with identical files.

    Each file is written beside its place, flushed to disk and renamed, so a reader or a crash never sees
    half a file. The week itself comes last: one that is there has all of its other files.

    Parameters
    ----------
    made_on
        Day of the clock; only the stored forecasts know it. A late run does not replace timely ones.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    data = result.report
    written = _places(data, out, made_on)
    manifest = json.dumps(
        _manifest(result) | {"files": _named(written, data, out)},
        indent=2, sort_keys=True, ensure_ascii=False, default=str,
    )  # fmt: skip
    frames = {
        written.findings: _of_run(data.findings, WEEK_FINDINGS, data),
        written.gaps: _of_run(data.gaps, WEEK_GAPS, data),
    }
    if written.forecasts is not None and written.kept_from is None:
        dated = result.forecasts.with_columns(made_on=pl.lit(made_on))
        frames[written.forecasts] = _of_run(dated, WEEK_FORECASTS, data)
    frames[written.parquet] = week_frame(data)
    replace_text(written.report, render_markdown(data))
    replace_text(written.manifest, manifest + "\n")
    for path, frame in frames.items():
        _replace(path, partial(_write_parquet, frame, _metadata(data.facts)))
    return written


def _root(data: ReportData, out: Path) -> Path:
    facts = data.facts
    return output_root(
        out,
        is_simulated=facts.is_simulated,
        scenario=facts.scenario,
        custom_weights=facts.custom_weights,
    )


def _places(data: ReportData, out: Path, made_on: date) -> Written:
    """Return where the run goes, and whether the stored forecasts stay."""
    facts, root = data.facts, _root(data, out)
    week = f"theme={facts.theme}/as_of={facts.as_of}"
    is_base = facts.scenario is None and not facts.custom_weights
    forecasts = root / "forecasts" / week / "part-0.parquet" if is_base else None
    return Written(
        parquet=root / "screens" / week / "part-0.parquet",
        forecasts=forecasts,
        findings=root / "findings" / week / "part-0.parquet",
        gaps=root / "gaps" / week / "part-0.parquet",
        manifest=root / "manifests" / week / "manifest.json",
        report=root / "reports" / facts.theme / f"{facts.as_of}.md",
        kept_from=None if forecasts is None else kept_day(forecasts, as_of=facts.as_of, made_on=made_on),
    )


def _named(written: Written, data: ReportData, out: Path) -> dict[str, str]:
    """Files of the manifest, relative to its root."""
    root = _root(data, out)
    return {
        name: str(path.relative_to(root))
        for name, path in asdict(written).items()
        if isinstance(path, Path) and name != "manifest"
    }


def write_moves(result: RunResult, out: Path) -> list[Path]:
    """Write the moves and drivers of every scenario that was compared; return the paths.

    Raises
    ------
    DataError
        The folder cannot be written.
    """
    data, facts = result.report, result.report.facts
    metadata = _metadata(facts)
    written = []
    for scenario in data.scenarios:
        root = output_root(out, is_simulated=facts.is_simulated, scenario=scenario.key)
        for name, frame, table in (
            ("drivers", data.scenario_drivers, WEEK_DRIVERS),
            ("moves", data.scenario_moves, WEEK_MOVES),
        ):
            path = root / name / f"theme={facts.theme}" / f"as_of={facts.as_of}" / "part-0.parquet"
            own = _of_run(frame.filter(pl.col("scenario") == scenario.key), table, data)
            _replace(path, partial(_write_parquet, own, metadata))
            written.append(path)
    return written


def _metadata(facts: RunFacts) -> dict[str, str]:
    return {
        "supply_screen_schema": str(SCHEMA_VERSION),
        "run_id": facts.run_id,
        "simulated": "SIMULATED" if facts.is_simulated else "no",
    }


def _of_run(frame: pl.DataFrame, table: Table, data: ReportData) -> pl.DataFrame:
    """Return `frame` with the columns that say which run it belongs to; a source of its own it keeps."""
    facts = data.facts
    absent = [name for name in RUN_COLUMNS if name in table.schema and name not in frame.columns]
    run = {name: getattr(facts, name) for name in absent}
    return table.conform(frame.with_columns(pl.lit(value).alias(name) for name, value in run.items()))


def _write_parquet(frame: pl.DataFrame, metadata: Mapping[str, str], file: BinaryIO) -> None:
    frame.write_parquet(file, compression="zstd", statistics=True, metadata=dict(metadata))


def read_report(out: Path, theme: str, as_of: str | None, *, scenario: str | None = None) -> tuple[Path, str]:
    """Return the path and text of a stored report; the newest week when `as_of` is None.

    Looks in history first, then in the sample's folder. Raises `NotFoundError` with what there is.
    """
    roots = [output_root(out, is_simulated=simulated, scenario=scenario) for simulated in (False, True)]
    stored: set[str] = set()
    for folder in (root / "reports" / theme for root in roots):
        weeks = sorted(path.stem for path in folder.glob("*.md"))
        if weeks and (as_of is None or as_of in weeks):
            path = folder / f"{as_of or weeks[-1]}.md"
            return path, path.read_text(encoding="utf-8")
        stored.update(weeks)
    have = (
        f"stored: {', '.join(sorted(stored))}."
        if stored
        else f"none of the standard weights is stored below {out}."
    )
    if own := sorted(
        {str(path.parent) for root in roots for path in root.glob(f"weights/*/reports/{theme}/*.md")}
    ):
        have += f" Reports of custom weights are files below {', '.join(own)}."
    under = f' under scenario "{scenario}"' if scenario else ""
    command = f"screen run --theme {theme}" + (f" --scenario {scenario}" if scenario else "")
    choose = "Give a stored date with --as-of, or run" if stored else "Run"
    raise NotFoundError(
        f'no report of theme "{theme}"{under} for {as_of or "any week"}; {have}',
        fix=f'{choose} "{command}" first.' if not stored else f'{choose} "{command} --as-of {as_of}".',
    )


def _known_at(data: ReportData) -> pl.DataFrame:
    return data.contributions.group_by("screen", "ticker").agg(pl.col("known_at").max())


def _manifest(result: RunResult) -> dict[str, object]:
    facts, marks = result.report.facts, result.fingerprint
    ranked = (
        result.report.rows.filter(pl.col("rank").is_not_null()).group_by("screen", maintain_order=True).len()
    )
    body: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "run_id": facts.run_id,
        "theme": facts.theme,
        "as_of": facts.as_of.isoformat(),
        "source": facts.source,
        "source_label": facts.source_label,
        "source_note": facts.source_note,
        "is_simulated": facts.is_simulated,
        "scenario": facts.scenario,
        "custom_weights": list(facts.custom_weights),
        "coverage": dict(result.coverage),
        "ranked": dict(ranked.iter_rows()),
        "gaps": result.report.gaps.height,
        "findings": _by_action(result.report.findings),
        "exit_code": result.exit_code,
        "tables": _sizes(result.exposure_map),
    }
    if facts.is_simulated:
        body["warning"] = "SIMULATED: made from the bundled sample, not from market data"
    return body | {k: v for k, v in asdict(marks).items() if k not in body}


def _by_action(findings: pl.DataFrame) -> dict[str, int]:
    return dict(findings.group_by("action").len().sort("action").iter_rows())


def _sizes(exposure_map: ExposureMap) -> dict[str, int]:
    return {
        name: frame.height for name, frame in vars(exposure_map).items() if isinstance(frame, pl.DataFrame)
    }


def replace_parquet(path: Path, frame: pl.DataFrame, *, metadata: Mapping[str, str]) -> None:
    """Write a frame as Parquet in the place of `path`, whole or not at all; `DataError` when it cannot be."""
    _replace(path, partial(_write_parquet, frame, {"supply_screen_schema": str(SCHEMA_VERSION), **metadata}))


def replace_text(path: Path, text: str) -> None:
    """Write a text in the place of `path`, whole or not at all; `DataError` when it cannot be."""
    _replace(path, lambda file: _write_all(file, text.encode()))


def _write_all(file: BinaryIO, content: bytes) -> None:
    file.write(content)


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write beside `path`, flush to disk, rename over it, flush the folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                write(file)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
                temporary.chmod(0o644)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)  # gone after a replace, litter after a failure
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written: {error.strerror}.", fix="Free space, or choose another --out folder."
        ) from error
