"""Weights from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from exposures.errors import NotFoundError, UsageError
from exposures.theme import ScreenSettings
from screen.weights import custom_weights, override_weights, parse_weights


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


def test_zero_drops_a_component_and_one_that_the_screen_does_not_weigh_is_refused() -> None:
    changed = override_weights(screens(), [("payers", "leverage", 0.0)])
    assert changed["payers"].weights == {"fcf_margin": 1.0}
    with pytest.raises(UsageError, match=r'"payers" has no component "tier_power".*: fcf_margin, leverage'):
        override_weights(screens(), [("payers", "tier_power", 0.5)])


def test_custom_weights_name_the_last_of_each_and_only_what_changed() -> None:
    def custom(*overrides: tuple[str, str, float]) -> tuple[str, ...]:
        return custom_weights(screens(), override_weights(screens(), overrides), overrides)

    assert custom() == ()
    assert custom(("payers", "leverage", 0.5)) == ()  # what the theme says already
    assert custom(("other", "leverage", 7.0)) == ()  # scaled back to the same 1
    assert custom(("payers", "leverage", 9.0), ("payers", "leverage", 0.25), ("other", "leverage", 1.0)) == (
        "payers.leverage=0.25",
    )


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
