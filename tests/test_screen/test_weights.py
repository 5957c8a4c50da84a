"""Weights from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from exposures.errors import NotFoundError, UsageError
from exposures.theme import ScreenSettings
from screen.weights import override_weights, parse_weights


def screens() -> dict[str, ScreenSettings]:
    base = {"title": "t", "question": "q", "rank_one_means": "r", "roles": ("payer",)}
    return {
        "payers": ScreenSettings(**base, weights={"leverage": 0.5, "fcf_margin": 0.5}),  # type: ignore[arg-type]
        "other": ScreenSettings(**base, weights={"leverage": 1.0}),  # type: ignore[arg-type]
    }


def test_parse_text_and_file_agree(tmp_path: Path) -> None:
    path = tmp_path / "w.toml"
    path.write_text("[payers]\nleverage = 0.25\n")
    assert (
        parse_weights(["payers.leverage=0.25"])
        == parse_weights([str(path)])
        == (("payers", "leverage", 0.25),)
    )


def test_override_scales_the_changed_screen_to_one_and_leaves_others() -> None:
    changed = override_weights(screens(), [("payers", "leverage", 1.5)])
    assert changed["payers"].weights == pytest.approx({"leverage": 0.75, "fcf_margin": 0.25})
    assert changed["other"].weights == {"leverage": 1.0}


def test_zero_drops_a_component_and_a_new_one_is_added() -> None:
    changed = override_weights(screens(), [("payers", "leverage", 0.0), ("payers", "capex_to_ocf", 0.5)])
    assert changed["payers"].weights == pytest.approx({"fcf_margin": 0.5, "capex_to_ocf": 0.5})


@pytest.mark.parametrize(
    "entry, message",
    [
        ("payers.leverage", "cannot be read"),
        ("leverage=1", "cannot be read"),
        ("payers.leverage=much", "not a number"),
        ("payers.leverage=-1", "0 or more"),
        ("payers.leverage=nan", "0 or more"),
    ],
)
def test_bad_text_names_the_form(entry: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_weights([entry])
    assert "beneficiaries.tier_power=0.3" in caught.value.fix or "SCREEN.COMPONENT" in caught.value.fix


def test_missing_file_unknown_screen_and_component_suggest(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        parse_weights([str(tmp_path / "none.toml")])
    with pytest.raises(UsageError, match='did you mean "payers"'):
        override_weights(screens(), [("payer", "leverage", 1.0)])
    with pytest.raises(UsageError, match='did you mean "leverage"'):
        override_weights(screens(), [("payers", "leverag", 1.0)])
    with pytest.raises(UsageError, match="sum to 0"):
        override_weights(screens(), [("other", "leverage", 0.0)])
