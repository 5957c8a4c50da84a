"""The main path: load, fetch, check, panel, score, rank. Who reads only `run_screen` knows the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from exposures.errors import CoverageError, ThemeFileError
from exposures.lint import lint_theme
from exposures.load import load_theme, theme_folder
from exposures.own_scenarios import with_own_scenarios
from exposures.theme import ExposureMap, Scenario
from models.components import COMPONENT_KEYS
from models.composite import composite
from models.forecast_record import forecast_record
from reports.data import ReportData
from screen.assemble import assemble_report
from screen.calendar import last_friday
from screen.claims import claim_verdicts
from screen.compare import compare_scenarios
from screen.fingerprint import Fingerprint, fingerprint
from screen.market.protocol import MarketData, MarketRequest, MarketSource, Notice, Progress, companies_of
from screen.market.stored_outcomes import FAILED
from screen.panel import build_panel
from screen.panel.gaps import coverage_counts
from screen.quality import check_market
from screen.score import score_models
from screen.weights import custom_weights, override_weights

__all__ = ["RunRequest", "RunResult", "require_coverage", "run_screen"]

PARTIAL = 3
"""Exit code of a run that ranked, but below full coverage."""


@dataclass(frozen=True)
class RunRequest:
    """What is asked of a run.

    Parameters
    ----------
    theme
        Name or folder.
    as_of
        Date of the screen; None: the sample's or the folder's newest day, else the last Friday.
    scenario
        Key of a scenario of the theme or of `scenario_file`, several joined by ``+``, or None.
    scenario_file
        The user's own scenarios, beside those of the theme.
    compared
        Scenarios under which the ranking is compared with the one without; None: all there are. A run
        under a scenario compares that one only.
    weights
        (screen, component, weight) triples that replace those of the theme file.
    top, seed, draws
        Rows shown, seed and number of draws behind the rank intervals.
    min_coverage
        Share of the companies that need a current price (fraction).
    """

    theme: str
    as_of: date | None = None
    scenario: str | None = None
    scenario_file: Path | None = None
    compared: tuple[str, ...] | None = ()
    weights: tuple[tuple[str, str, float], ...] = ()
    top: int = 15
    seed: int = 20260429
    draws: int = 5000
    min_coverage: float = 0.25
    progress: Progress | None = None
    notice: Notice | None = None


@dataclass(frozen=True)
class RunResult:
    """A finished run: what it found, what identifies it, and how it should exit."""

    report: ReportData
    exposure_map: ExposureMap
    fingerprint: Fingerprint
    coverage: Mapping[str, int]
    exit_code: int
    forecasts: pl.DataFrame
    """FORECAST_RECORD: what the track record keeps."""


def run_screen(request: RunRequest, *, source: MarketSource, today: date) -> RunResult:
    """Rank a theme on one date.

    Parameters
    ----------
    request
        What is asked.
    source
        Where market data comes from.
    today
        The clock's date; only used when `request.as_of` is None.

    Returns
    -------
    RunResult
        Everything the outputs are made from. The same inputs give the same result, byte for byte.

    Raises
    ------
    ScreenError
        Bad configuration, an unknown theme or scenario, a source that cannot serve, an outage of
        estimates, or fewer current prices than ``min_coverage``. One bad ticker never raises: it is a row
        of GAPS.
    """
    exposure_map, data = _load_and_fetch(request, source, today)
    as_of = exposure_map.as_of
    sound, findings = check_market(data, exposure_map.companies, as_of=as_of)
    market = build_panel(sound, exposure_map.companies, exposure_map.figures, as_of=as_of)
    coverage = coverage_counts(market.panel)
    require_coverage(coverage, request.min_coverage, data)

    screens = override_weights(exposure_map.theme.screen, request.weights)
    scenario = exposure_map.scenario(request.scenario) if request.scenario else None
    score = partial(score_models, exposure_map, market, is_simulated=data.is_simulated, seed=request.seed)
    base = score(scenario=None)
    scores = score(scenario=scenario, base=base)
    ranking = composite(
        scores.components, scores.memberships, screens=screens, seed=request.seed, draws=request.draws
    )
    compared = _compared(request, exposure_map)
    moves = compare_scenarios(
        exposure_map,
        market,
        base=base,
        ranking=None if scenario else ranking,
        screens=screens,
        scenarios=compared,
        is_simulated=data.is_simulated,
    )
    marks = fingerprint(
        exposure_map, data.known_by(as_of), screens, request=_settings(request, scenario), scenario=scenario
    )
    report = assemble_report(
        exposure_map,
        data,
        market=market,
        findings=findings,
        claims=claim_verdicts(exposure_map, market, scores),
        scores=scores,
        ranking=ranking,
        screens=screens,
        scenario=scenario,
        coverage=coverage,
        run_id=marks.run_id,
        seed=request.seed,
        top=request.top,
    )
    custom = custom_weights(exposure_map.theme.screen, screens, request.weights)
    report = replace(
        report,
        facts=replace(report.facts, custom_weights=custom),
        scenarios=compared,
        scenario_moves=moves.moves,
        scenario_drivers=moves.drivers,
    )
    kept = forecast_record(forecast=scores.compression.forecast, multiples=market.multiples, as_of=as_of)
    code = 0 if _is_complete(data, coverage) else PARTIAL
    return RunResult(report, exposure_map, marks, coverage, code, kept)


def _compared(request: RunRequest, exposure_map: ExposureMap) -> tuple[Scenario, ...]:
    """Return the scenarios to compare: the one of the run, else those asked for, else all there are."""
    if request.scenario:
        return (exposure_map.scenario(request.scenario),)
    if request.compared is None:
        return exposure_map.scenarios
    named = (exposure_map.scenario(key) for key in request.compared)
    return tuple({entry.key: entry for entry in named}.values())  # a+b and b+a are one


def _is_complete(data: MarketData, coverage: Mapping[str, int]) -> bool:
    """True when every company has a current price and no request failed; always for the sample.

    Prices alone are not a screen: without any estimate and any statement the run is partial.
    """
    if data.is_simulated:
        return True
    if not coverage["estimates"] and not coverage["statements"]:
        return False
    failed = data.outcomes.filter(pl.col("status").is_in(FAILED))
    return coverage["prices"] == coverage["companies"] and failed.is_empty()


def _load_and_fetch(request: RunRequest, source: MarketSource, today: date) -> tuple[ExposureMap, MarketData]:
    """Load the theme and fetch its companies; without a date, the data's own newest day decides."""
    as_of = request.as_of or last_friday(today)
    refuse_faults(request.theme, as_of=as_of)
    exposure_map = _load(request, as_of)
    _compared(request, exposure_map)  # an unknown scenario is refused before anything is fetched
    wanted = MarketRequest(
        tuple(companies_of(exposure_map.companies)), as_of, request.progress, request.notice
    )
    if request.as_of is None and (newest := source.newest_day()) is not None:
        as_of = newest
        exposure_map = _load(request, as_of)
        wanted = replace(wanted, as_of=as_of)
    return exposure_map, source.fetch(wanted)


def _load(request: RunRequest, as_of: date) -> ExposureMap:
    loaded = load_theme(request.theme, as_of=as_of)
    return with_own_scenarios(loaded, request.scenario_file) if request.scenario_file else loaded


def refuse_faults(theme: str, *, as_of: date) -> None:
    """Raise `ThemeFileError` on the first fault of a theme: bad configuration always fails."""
    faults = lint_theme(theme_folder(theme), as_of=as_of, known_components=COMPONENT_KEYS)
    errors = [fault for fault in faults if fault.severity == "error"]
    if errors:
        first, more = errors[0], f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ThemeFileError(
            f"{first.file}:{first.line}: {first.message}{more}",
            fix=f'{first.fix} Run "screen themes lint {theme}" for all.',
        )


def require_coverage(coverage: Mapping[str, int], floor: float, data: MarketData) -> None:
    share = coverage["prices"] / max(coverage["companies"], 1)
    if share < floor:
        raise CoverageError(
            f"{coverage['prices']} of {coverage['companies']} companies have a current price ({share:.0%}), "
            f"below --min-coverage {floor:.0%}: nothing is ranked.",
            fix=f"Check the date and the source ({data.label}), or lower --min-coverage.",
        )


def _settings(request: RunRequest, scenario: Scenario | None) -> dict[str, object]:
    return {
        "seed": request.seed,
        "draws": request.draws,
        "top": request.top,
        "scenario": scenario.key if scenario else "",
    }
