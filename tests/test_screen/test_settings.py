"""Settings: the order of layers, origins, and messages that name the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from exposures.errors import UsageError
from screen.settings import Settings, load_settings, user_file


def test_defaults_say_so(tmp_path: Path) -> None:
    loaded = load_settings(folder=tmp_path)
    assert loaded.settings.theme == "multicloud-gpu"
    assert set(loaded.origins.values()) == {"default"}


def test_each_layer_beats_the_one_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text("top = 1\nseed = 1\ndraws = 101\nsource = 'sample'\n")
    (tmp_path / "screen.toml").write_text("top = 2\nseed = 2\ndraws = 102\n")
    monkeypatch.setenv("SCREEN_TOP", "3")
    monkeypatch.setenv("SCREEN_SEED", "3")
    loaded = load_settings({"top": 4, "theme": None}, folder=tmp_path)
    s, origin = loaded.settings, loaded.origins
    assert (s.top, s.seed, s.draws, s.source) == (4, 3, 102, "sample")
    assert origin["top"] == "flag"
    assert origin["seed"] == "SCREEN_SEED"
    assert origin["draws"] == str(tmp_path / "screen.toml")
    assert origin["source"] == str(user_file())
    assert origin["theme"] == "default"


def test_unknown_key_names_file_and_suggestion(tmp_path: Path) -> None:
    (tmp_path / "screen.toml").write_text("themes = 'x'\n")
    with pytest.raises(UsageError, match=r'screen\.toml: unknown setting "themes".*did you mean "theme"'):
        load_settings(folder=tmp_path)


def test_bad_value_names_origin_key_and_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREEN_MIN_COVERAGE", "1.5")
    with pytest.raises(UsageError, match=r"SCREEN_MIN_COVERAGE: min_coverage = '1\.5'"):
        load_settings(folder=tmp_path)


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "screen.toml").write_text("top = = 3\n")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_settings(folder=tmp_path)


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Settings.model_fields.values())
