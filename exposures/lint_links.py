"""Faults between the files of a theme: references that lead nowhere, evidence that has run out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from exposures.csv_files import source_keys
from exposures.dates import is_day, period_day
from exposures.errors import suggest
from exposures.faults import Fault, error, warning
from exposures.lint_cells import CsvText, Row
from exposures.lint_toml import TomlText
from exposures.theme import Scenario, Theme
from exposures.tickers import is_ticker

__all__ = ["ThemeText", "lint_links", "scenario_targets"]


@dataclass(frozen=True)
class ThemeText:
    """Everything the cross-file rules look at."""

    theme: Theme
    theme_toml: TomlText
    scenarios: tuple[Scenario, ...]
    scenario_toml: TomlText | None
    files: Mapping[str, CsvText]
    as_of: date

    def rows(self, name: str) -> tuple[Row, ...]:
        """Return the rows of a file; none when it is absent."""
        return self.files[name].rows if name in self.files else ()

    def values(self, name: str, column: str) -> set[str]:
        """Return the distinct texts of a column."""
        return {row.get(column) for row in self.rows(name)} - {""}


def lint_links(text: ThemeText) -> list[Fault]:
    """Return every fault that takes two files, or the date, to see."""
    rules = (_companies, _segments, _overrides, _sources, _toml_sources, _reviewed, _scenario_targets)
    return [fault for rule in rules for fault in rule(text)]


def _companies(text: ThemeText) -> Iterator[Fault]:
    tickers = text.values("companies", "ticker")
    for name in ("exposures", "overrides", "margins", "statements"):
        for row in text.rows(name):
            yield from _stranger(f"{name}.csv", row, "ticker", tickers)
    members = text.values("exposures", "ticker")
    for row in text.rows("companies"):
        yield from _stranger("companies.csv", row, "group", tickers)
        if is_ticker(row.get("ticker")) and row.get("ticker") not in members:
            message = f"{row.get('ticker')} has no row in exposures.csv, so it belongs to no segment."
            fix = "Add a row with its segment; leave the shares blank when unknown."
            yield error("companies.csv", row.line, "no-membership", message, fix)


def _stranger(file: str, row: Row, column: str, tickers: set[str]) -> Iterator[Fault]:
    value = row.get(column)
    if is_ticker(value) and value not in tickers:
        message = f'"{column}" {value} is not in companies.csv.'
        yield error(file, row.line, "unknown-company", message, suggest(value, tickers) or "Add it there.")


def _segments(text: ThemeText) -> Iterator[Fault]:
    known = {entry.key for entry in text.theme.segment}
    listed = ", ".join(sorted(known))
    for name in ("exposures", "overrides"):
        for row in text.rows(name):
            segment = row.get("segment")
            if segment and segment not in known:
                message = f'segment "{segment}" is not in theme.toml; listed: {listed}.'
                yield error(f"{name}.csv", row.line, "unlisted-segment", message, suggest(segment, known))
    for row in text.rows("exposures"):
        has_share = row.get("revenue_share_low") or row.get("revenue_share_high")
        if has_share and not row.get("source"):
            message = f"{row.get('ticker')} has a share without a source."
            yield error(
                "exposures.csv",
                row.line,
                "missing-source",
                message,
                "Name the source, or leave the share blank.",
            )


def _overrides(text: ThemeText) -> Iterator[Fault]:
    members = {(r.get("ticker"), r.get("segment")) for r in text.rows("exposures")}
    segments = {entry.key: entry for entry in text.theme.segment}
    for row in text.rows("overrides"):
        ticker, segment, entry = row.get("ticker"), row.get("segment"), segments.get(row.get("segment"))
        if (ticker, segment) not in members:
            message = f"{ticker} has no row for {segment} in exposures.csv."
            yield error(
                "overrides.csv", row.line, "no-membership", message, "Add the row or mend the segment."
            )
        if entry is not None and entry.role != "supplier":
            message = f'segment "{segment}" is a {entry.role} and outside the tiers.'
            yield error("overrides.csv", row.line, "unlisted-tier", message, "Remove the override.")
        if entry is not None and entry.tier == row.get("tier"):
            message = f"{ticker}: the override says {entry.tier}, which is the default of {segment}."
            yield warning("overrides.csv", row.line, "idle-override", message, "Remove it.")
        expires = period_day(row.get("expires"))
        if expires is not None and expires < text.as_of:
            message = f"evidence for {ticker} in {segment} expired on {expires}; "
            message += "the weaker of override and default holds."
            yield warning(
                "overrides.csv",
                row.line,
                "expired-evidence",
                message,
                "Renew the evidence or remove the row.",
            )


def _sources(text: ThemeText) -> Iterator[Fault]:
    known = text.values("sources", "source")
    for name, file in text.files.items():
        if name == "sources" or "source" not in file.header:
            continue
        for row in file.rows:
            for key in source_keys(row.get("source")):
                if key not in known:
                    yield _no_source(file.file, row.line, key, known)


def _no_source(file: str, line: int, key: str, known: set[str]) -> Fault:
    message = f'source "{key}" is not in sources.csv.'
    return error(
        file, line, "missing-source", message, suggest(key, known) or "Add it there with its address."
    )


def _toml_sources(text: ThemeText) -> Iterator[Fault]:
    known = text.values("sources", "source")
    places = [(text.theme_toml, "segment", i, e.source) for i, e in enumerate(text.theme.segment)]
    if text.scenario_toml is not None:
        places += [(text.scenario_toml, "scenario", i, e.source) for i, e in enumerate(text.scenarios)]
    for toml, kind, index, cell in places:
        for key in source_keys(cell):
            if key not in known:
                yield _no_source(toml.file, toml.line(kind, index, "source"), key, known)


def _reviewed(text: ThemeText) -> Iterator[Fault]:
    """Warn of rows dated after the day the facts were last reviewed."""
    for file in text.files.values():
        column = "announced" if file.spec.name == "deals" else "known_at"
        for row in file.rows:
            cell = row.get(column)
            day = period_day(cell) if is_day(cell) else None
            if day is not None and day > text.theme.curated_at:
                message = f'"{column}" {cell} is after curated_at {text.theme.curated_at} of theme.toml.'
                yield warning(file.file, row.line, "known-after-review", message, "Move curated_at forward.")


def _scenario_targets(text: ThemeText) -> Iterator[Fault]:
    known = text.values("companies", "ticker") | {entry.key for entry in text.theme.segment}
    if text.scenario_toml is not None:
        yield from scenario_targets(text.scenario_toml, text.scenarios, known)


def scenario_targets(toml: TomlText, scenarios: Sequence[Scenario], known: set[str]) -> Iterator[Fault]:
    """Yield a fault for each change of something that is neither a ticker nor a segment of `known`."""
    for index, entry in enumerate(scenarios):
        changes = {name: getattr(entry, name) for name in entry.changed_fields}
        for name in (name for name, change in changes.items() if isinstance(change, dict)):
            for target in changes[name]:
                if target not in known:
                    line = toml.line("scenario", index, name, target)
                    message = (
                        f'scenario "{entry.key}" changes "{target}", which is neither a ticker nor a segment.'
                    )
                    hint = suggest(target, known)
                    form = "" if is_ticker(target) or hint else "Segments are the keys of theme.toml."
                    yield error(toml.file, line, "scenario-target", message, hint or form)
