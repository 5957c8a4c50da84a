"""Several scenarios applied together as one.

| field | rule |
|---|---|
| capex_cut, funding_cut, commitment_cut, dependent_revenue_discount | in turn: ``1 - (1 - a)(1 - b)`` |
| cloud_margin_change and the four changes by ticker or segment | add, company by company |
| tier_change, server_life_years | one value holds; two different ones are an error naming both scenarios |

The order in which scenarios are named does not matter, and neither does how they are bracketed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, prod

from pydantic import Field

from exposures.errors import UsageError
from exposures.theme import Scenario, Tier

__all__ = ["CombinedScenario", "combined"]

JOIN = "+"


class CombinedScenario(Scenario):
    """Scenarios applied together; `parts` holds them in the order of their keys.

    The dictionaries hold the sum for each key as written. A company that one part changes by its ticker
    and another by its segment gets both: `models.scenario_shift` resolves part by part.
    """

    key: str
    members: tuple[Scenario, ...]
    # Sums may leave the bounds that catch slips in a file.
    cloud_margin_change: float = 0.0
    payer_margin_change: dict[str, float] = Field(default_factory=dict)
    multiple_change: dict[str, float] = Field(default_factory=dict)
    growth_change: dict[str, float] = Field(default_factory=dict)
    margin_change: dict[str, float] = Field(default_factory=dict)

    @property
    def parts(self) -> tuple[Scenario, ...]:
        """The scenarios that were joined, in the order of their keys."""
        return self.members

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that a part changes, in the order of the schema."""
        changed = {name for part in self.members for name in part.changed_fields}
        return tuple(name for name in Scenario.model_fields if name in changed)


def combined(scenarios: Sequence[Scenario]) -> Scenario:
    """Return one scenario that applies all of `scenarios`.

    Parameters
    ----------
    scenarios
        One or more; a combination among them stands for its parts.

    Returns
    -------
    Scenario
        The scenario itself when there is one; else a `CombinedScenario` with the keys, names, descriptions
        and sources of its parts. The result depends on the set of parts alone: combining is associative
        and commutative, exactly.

    Raises
    ------
    UsageError
        None is given, one is named twice, or two say different things of one tier or of the server life.
    """
    parts = tuple(sorted((p for entry in scenarios for p in entry.parts), key=lambda p: p.key))
    if not parts:
        raise UsageError("no scenario is named.", fix='"screen scenario list" lists them.')
    keys = [part.key for part in parts]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise UsageError(f'scenario "{twice[0]}" is named twice.', fix="Name each scenario once.")
    if len(parts) == 1:
        return parts[0]
    funding = [part.funding_cut for part in parts if part.funding_cut is not None]
    return CombinedScenario(
        key=JOIN.join(keys),
        name=" + ".join(part.name for part in parts),
        description=" ".join(f"{part.name}: {part.description}" for part in parts),
        source="; ".join(dict.fromkeys(k for part in parts for k in _source_keys(part.source))),
        members=parts,
        capex_cut=_cuts([part.capex_cut for part in parts]),
        funding_cut=_cuts(funding) if funding else None,
        commitment_cut=_cuts([part.commitment_cut for part in parts]),
        cloud_margin_change=fsum(part.cloud_margin_change for part in parts),
        payer_margin_change=_sums([part.payer_margin_change for part in parts]),
        dependent_revenue_discount=_cuts([part.dependent_revenue_discount for part in parts]),
        multiple_change=_sums([part.multiple_change for part in parts]),
        growth_change=_sums([part.growth_change for part in parts]),
        margin_change=_sums([part.margin_change for part in parts]),
        tier_change=_tiers(parts),
        server_life_years=_life(parts),
    )


def _source_keys(cell: str) -> list[str]:
    return [key.strip() for key in cell.split(";") if key.strip()]


def _cuts(cuts: Sequence[float]) -> float:
    return 1 - prod(1 - cut for cut in cuts)


def _sums(changes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    keys = sorted({key for change in changes for key in change})
    return {key: fsum(change.get(key, 0.0) for change in changes) for key in keys}


def _tiers(parts: Sequence[Scenario]) -> dict[str, Tier]:
    found: dict[str, tuple[str, Tier]] = {}
    for part in parts:
        for key, tier in part.tier_change.items():
            other, held = found.setdefault(key, (part.key, tier))
            if held != tier:
                raise UsageError(
                    f'scenarios "{other}" and "{part.key}" contradict each other: tier of {key} is {held} in '
                    f"the one and {tier} in the other.",
                    fix="Leave one of them out.",
                )
    return {key: tier for key, (_, tier) in sorted(found.items())}


def _life(parts: Sequence[Scenario]) -> float | None:
    lives = [(part.key, part.server_life_years) for part in parts if part.server_life_years is not None]
    for key, years in lives[1:]:
        if years != lives[0][1]:
            raise UsageError(
                f'scenarios "{lives[0][0]}" and "{key}" contradict each other: servers last '
                f"{lives[0][1]:g} years in the one and {years:g} in the other.",
                fix="Leave one of them out.",
            )
    return lives[0][1] if lives else None
