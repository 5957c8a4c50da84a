"""Settings: the order of layers, origins, and messages that name the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from exposures.errors import UsageError
from screen.settings import Settings, live_names, load_settings, user_file


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


def test_a_file_of_settings_that_is_no_text_or_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "screen.toml").write_bytes(b'contact = "Ren\xe9"\n')
    with pytest.raises(UsageError, match=r"screen\.toml: not UTF-8: byte 0xe9 at 14"):
        load_settings(folder=tmp_path)
    (tmp_path / "below" / "screen.toml").mkdir(parents=True)
    with pytest.raises(UsageError, match="is a folder"):
        load_settings(folder=tmp_path / "below")


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_store_is_below_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert load_settings(folder=tmp_path).settings.store == str(tmp_path / "data" / "supply-screen" / "store")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(folder=tmp_path).settings.store == str(
        tmp_path / ".local" / "share" / "supply-screen" / "store"
    )


@pytest.mark.parametrize(
    "given, kept", [("s3://bucket/screens", "s3://bucket/screens"), ("~/s", "HOME/s"), ("here/s", "here/s")]
)
def test_a_store_is_a_folder_or_an_address(
    given: str, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SCREEN_STORE", given)
    assert load_settings(folder=tmp_path).settings.store == kept.replace("HOME", str(tmp_path))


@pytest.mark.parametrize(
    "text, is_offline", [("1", True), ("true", True), ("yes", True), ("0", False), ("no", False)]
)
def test_offline_from_the_environment(
    text: str, is_offline: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREEN_OFFLINE", text)
    loaded = load_settings(folder=tmp_path)
    assert loaded.settings.offline is is_offline
    assert loaded.origins["offline"] == "SCREEN_OFFLINE"


def test_a_word_that_is_no_boolean_names_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREEN_OFFLINE", "maybe")
    with pytest.raises(UsageError, match="SCREEN_OFFLINE: offline = 'maybe'") as caught:
        load_settings(folder=tmp_path)
    assert "true or false" in caught.value.fix


def test_flags_beat_toml_for_the_new_settings(tmp_path: Path) -> None:
    (tmp_path / "screen.toml").write_text(
        "offline = true\ncontact = ' Ann Lee ann@example.org '\nyahoo_workers = 2\n"
        "yahoo_requests_per_second = 0.5\nsource = 'yahoo, edgar'\n"
    )
    s = load_settings({"offline": False, "store": "elsewhere"}, folder=tmp_path).settings
    assert (s.offline, s.store, s.contact) == (False, "elsewhere", "Ann Lee ann@example.org")
    assert (s.yahoo_workers, s.yahoo_requests_per_second, s.source) == (2, 0.5, "yahoo,edgar")


@pytest.mark.parametrize(
    "source, words, fix",
    [
        ("yahooo", 'market source "yahooo" is not known; allowed: auto, live', 'mean "yahoo"'),
        ("yahoo,edger", 'market source "edger" is not known', 'mean "edgar"'),
        ("yahoo,sample", '"sample" cannot be part of a list', "Give sample alone"),
        ("yahoo,", 'market source "" is not known', ""),
    ],
)
def test_a_source_is_a_name_or_a_list_of_live_ones(source: str, words: str, fix: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--source: ") as caught:
        load_settings({"source": source}, folder=tmp_path)
    assert words in caught.value.message
    assert fix in caught.value.fix


def test_live_names_of_each_source() -> None:
    assert live_names("auto") == live_names("live") == ("yahoo", "edgar", "twse")
    assert live_names("twse,yahoo") == ("yahoo", "twse")
    assert all(live_names(name) == () for name in ("store", "files", "sample"))


@pytest.mark.parametrize(
    "key, value", [("store", "  "), ("contact", "Ann\nX-Header: 1"), ("yahoo_workers", 0)]
)
def test_values_that_cannot_work_are_refused(key: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"--{key.replace('_', '-')}: {key} = "):
        load_settings({key: value}, folder=tmp_path)
