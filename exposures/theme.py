"""The theme itself: what ``theme.toml`` and ``scenarios.toml`` may hold, and the loaded `ExposureMap`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from exposures.tables import GRADES

__all__ = [
    "SCENARIO_KEY",
    "ExposureMap",
    "LoopSettings",
    "Scenario",
    "ScreenSettings",
    "SegmentEntry",
    "Theme",
    "Tier",
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SegmentEntry(_Frozen):
    """One ``[[segment]]`` of ``theme.toml``."""

    key: str
    name: str
    layer: Literal["compute", "cloud", "data", "application"]
    role: Literal["supplier", "payer", "user"]
    tier: Literal["bottleneck", "contested", "pressured"] | None = None
    reason: str
    source: str


class ScreenSettings(_Frozen):
    """One ``[screen.NAME]`` of ``theme.toml``: who is ranked, on what, and what rank 1 means."""

    title: str
    question: str
    rank_one_means: str
    """What rank 1 says, e.g. "strongest pricing power"."""
    roles: tuple[Literal["supplier", "payer", "user"], ...]
    min_coverage: float = Field(0.6, gt=0, le=1)
    """Share of the total weight a name needs inputs for; below it the name is listed unranked (fraction)."""
    weights: dict[str, float]
    """Component key -> weight. The weights of a screen sum to 1. The sign is the component's own."""


class LoopSettings(_Frozen):
    """``[loop]`` of ``theme.toml``: judgements of the capex loop, each with its reason in the file."""

    funding_cut: float = Field(0.5, ge=0, le=1)
    """x: share of the labs' outside funding that stops in the base shock (fraction)."""
    spending_elasticity: float = Field(1.0, ge=0, le=1)
    """eta: share of a fall of inflow that is passed on as lower spending (fraction)."""
    window_years: int = Field(3, ge=1, le=10)
    """Calendar years, from that of as_of on, over which yearly flows are averaged. A round raised in one
    year pays for purchases of the next ones; a single year would cut loops in two."""
    loop_length_bound: int = Field(6, ge=2, le=10)
    """Longest cycle that is listed (edges)."""
    funding_cut_grid: tuple[Annotated[float, Field(ge=0, le=1)], ...] = (0.25, 0.5, 0.75, 1.0)
    """Cuts at which clearing and equity at risk are shown beside `funding_cut`: where defaults start."""
    asset_recovery: float = Field(0.8, ge=0, le=1)
    """alpha: share of its own money that a node in default still brings to its creditors (fraction)."""
    claim_recovery: float = Field(0.8, ge=0, le=1)
    """beta: the same of what others pay it (fraction)."""
    draws: int = Field(400, ge=0, le=100_000)
    """Monte Carlo draws behind the intervals of the loop; 0 leaves them out."""
    amount_cv: dict[str, Annotated[float, Field(ge=0, le=3)]] = Field(
        default_factory=lambda: {"A": 0.05, "B": 0.15, "C": 0.35, "S": 0.35, "D": 0.35}
    )
    """Grade of a source -> coefficient of variation of the amounts it states (fraction)."""
    status_probability: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=lambda: {
            "closed": 1.0,
            "definitive": 0.95,
            "announced": 0.8,
            "media_reported": 0.65,
            "assumed": 0.8,
        }
    )
    """Status of a deal -> probability that its money moves. A status that is not listed takes the lowest
    of them; unsigned ones (letters of intent, term sheets) never enter a flow at all."""
    status_correlation: float = Field(0.3, ge=0, lt=1)
    """rho: correlation of the deals of one counterparty in the Gaussian copula."""
    split_concentration: float = Field(20.0, gt=0)
    """Dirichlet concentration of shares that nobody discloses: a share of 0.25 has a standard deviation of
    sqrt(0.25 * 0.75 / 21) = 0.09."""
    split: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Key of a total -> assumption rows that share it out; who gets how much of it is not disclosed."""

    @field_validator("amount_cv")
    @classmethod
    def _every_grade(cls, by_grade: dict[str, float]) -> dict[str, float]:
        if set(by_grade) != set(GRADES):
            raise ValueError(f"has the grades {sorted(by_grade)}; needed are {sorted(GRADES)}")
        return by_grade

    @field_validator("status_probability")
    @classmethod
    def _any_status(cls, by_status: dict[str, float]) -> dict[str, float]:
        if not by_status:
            raise ValueError("is empty; give at least the probability of the least certain status")
        return by_status


Tier = Literal["bottleneck", "contested", "pressured"]

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Text that may not be empty."""

Change = Annotated[float, Field(ge=-3, le=3)]
"""A change of a log multiple, growth or margin. Beyond 3 (a multiple twenty times higher or lower) it is a
slip: a percent written for a fraction."""

SCENARIO_KEY = r"^[a-z0-9][a-z0-9-]*$"
"""A key is also the name of a folder; ``+`` joins the keys of scenarios that are applied together."""


class Scenario(_Frozen):
    """One ``[[scenario]]`` of ``scenarios.toml``. A field left out changes nothing."""

    key: str = Field(pattern=SCENARIO_KEY)
    name: Words
    description: Words
    source: Words
    capex_cut: float = Field(0.0, ge=0, le=1)
    """Fall of the payers' capital spending (fraction)."""
    funding_cut: float | None = Field(None, ge=0, le=1)
    """Fall of the labs' outside funding, in place of the theme's own (fraction)."""
    commitment_cut: float = Field(0.0, ge=0, le=1)
    """Share that falls away of the commercial deals announced or reported, but not signed (fraction)."""
    cloud_margin_change: float = Field(0.0, ge=-1, le=1)
    """Change of the clouds' operating margin (fraction of revenue, additive)."""
    payer_margin_change: dict[str, Change] = Field(default_factory=dict)
    """Ticker or segment -> further change of its cloud margin (fraction of revenue, additive)."""
    dependent_revenue_discount: float = Field(0.0, ge=0, le=1)
    """What the market no longer pays for revenue that rests on the company's own financing or on customers'
    outside money (fraction of its value)."""
    multiple_change: dict[str, Change] = Field(default_factory=dict)
    """Ticker or segment -> change of the log multiple (additive)."""
    growth_change: dict[str, Change] = Field(default_factory=dict)
    """Ticker or segment -> change of expected growth (fraction, additive)."""
    margin_change: dict[str, Change] = Field(default_factory=dict)
    """Ticker or segment -> change of gross margin (fraction, additive)."""
    tier_change: dict[str, Tier] = Field(default_factory=dict)
    """Ticker or segment -> tier in the scenario."""
    server_life_years: float | None = Field(None, gt=0, le=50)
    """Useful life of servers at which the payers' depreciation is restated (years)."""

    @property
    def parts(self) -> tuple[Scenario, ...]:
        """The scenarios that it applies: itself, or those that `exposures.combine.combined` joined."""
        return (self,)

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that differ from "no change", in the order of the schema."""
        return tuple(
            name
            for name, field in type(self).model_fields.items()
            if name not in LABELS and getattr(self, name) != field.get_default(call_default_factory=True)
        )


LABELS = ("key", "name", "description", "source")
"""Fields of a scenario that name it and change nothing."""


class Theme(_Frozen):
    """``theme.toml``."""

    schema_version: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    description: str
    curated_at: date
    """Day on which the facts were last reviewed."""
    segment: tuple[SegmentEntry, ...]
    screen: dict[str, ScreenSettings]
    loop: LoopSettings = LoopSettings()


@dataclass(frozen=True)
class ExposureMap:
    """A theme as it was known on `as_of`.

    Every frame is declared in `exposures.tables`; rows that became known after `as_of` are absent, and
    rows without a date count as known from ``theme.curated_at`` on. Superseded and non-additive deals
    and figures stay in the frames, marked.
    """

    theme: Theme
    as_of: date
    folder: Path
    companies: pl.DataFrame
    segments: pl.DataFrame
    exposures: pl.DataFrame
    overrides: pl.DataFrame
    memberships: pl.DataFrame
    relations: pl.DataFrame
    margins: pl.DataFrame
    statements: pl.DataFrame
    nodes: pl.DataFrame
    deals: pl.DataFrame
    figures: pl.DataFrame
    sources: pl.DataFrame
    watch: pl.DataFrame
    events: pl.DataFrame
    assumptions: pl.DataFrame
    yardstick: pl.DataFrame
    claims: pl.DataFrame
    groups: pl.DataFrame
    scenarios: tuple[Scenario, ...]
    digest: str
    """SHA-256 over the bytes of every file of the theme folder, in name order."""

    def scenario(self, key: str) -> Scenario:
        """Return the scenario `key`, or several joined by ``+`` as one (see `exposures.combine`).

        Raises
        ------
        NotFoundError
            No such scenario; with a suggestion.
        UsageError
            The joined scenarios contradict each other, one is named twice, or a name is empty.
        """
        from exposures.combine import combined

        return combined([self._one_scenario(part.strip()) for part in key.split("+")])

    def _one_scenario(self, key: str) -> Scenario:
        from exposures.errors import NotFoundError, UsageError, suggest

        if not key:
            raise UsageError(
                "a scenario without a name.",
                fix='Join names as NAME+NAME; "screen scenario list" lists them.',
            )
        for entry in self.scenarios:
            if entry.key == key:
                return entry
        known = [entry.key for entry in self.scenarios]
        raise NotFoundError(
            f'scenario "{key}" not found in theme "{self.theme.name}"; known: {", ".join(known) or "none"}.',
            fix=suggest(key, known) or '"screen scenario list" says what each changes.',
        )
