"""Fingerprints: what a run was made from, so that equal inputs are seen to be equal."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import polars as pl

from exposures.theme import ExposureMap, Scenario, ScreenSettings
from screen import METHOD_VERSION, __version__
from screen.market.protocol import MarketData

__all__ = ["Fingerprint", "fingerprint", "frame_hash"]

_FRAMES = ("prices", "splits", "estimates", "statements", "profiles", "fx", "monthly_revenue", "outcomes")
_PACKAGES = ("polars", "numpy", "scipy", "pyarrow", "pydantic")


@dataclass(frozen=True)
class Fingerprint:
    """The run id and the hashes behind it."""

    run_id: str
    theme: str
    inputs: Mapping[str, str]
    weights: Mapping[str, Mapping[str, float]]
    settings: Mapping[str, object]
    versions: Mapping[str, str]


def frame_hash(frame: pl.DataFrame) -> str:
    """Return the SHA-256 of a frame's rows as CSV text: equal rows in equal order, equal hash."""
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    flat = frame.with_columns(pl.col(name).list.join("|") for name in nested) if nested else frame
    return hashlib.sha256(flat.write_csv().encode()).hexdigest()


def fingerprint(
    exposure_map: ExposureMap,
    known: MarketData,
    screens: Mapping[str, ScreenSettings],
    *,
    request: Mapping[str, object],
    scenario: Scenario | None,
) -> Fingerprint:
    """Return the fingerprint of a run from everything that was known on its date.

    Parameters
    ----------
    known
        Market data already cut to the date: rows known later cannot change the id.
    request
        Seed, draws and other settings that shape the result.

    Notes
    -----
    Splits after the date, and splits without a date (they cannot be placed), are not in the hash.
    """
    splits = known.splits.filter(pl.col("ex_date") <= exposure_map.as_of)
    inputs = {name: frame_hash(splits if name == "splits" else getattr(known, name)) for name in _FRAMES}
    inputs["theme"] = exposure_map.digest
    weights = {key: dict(settings.weights) for key, settings in screens.items()}
    settings = dict(request) | {
        "source": known.source,
        "as_of": exposure_map.as_of.isoformat(),
        "scenario": scenario.model_dump(mode="json") if scenario else None,
    }
    versions = {"supply-screen": __version__, "method": METHOD_VERSION, "python": platform.python_version()}
    versions |= {name: version(name) for name in _PACKAGES}
    body = json.dumps([inputs, weights, settings, versions], sort_keys=True, default=str)
    run_id = hashlib.sha256(body.encode()).hexdigest()[:16]
    return Fingerprint(run_id, exposure_map.theme.name, inputs, weights, settings, versions)
