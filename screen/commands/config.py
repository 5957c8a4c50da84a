"""``screen config``: every setting, its value and where it came from."""

from __future__ import annotations

from screen.console import emit_json, emit_table
from screen.settings import Settings, load_settings, user_file

__all__ = ["config_command"]


def config_command(*, as_json: bool) -> int:
    """Print the settings in force outside any flag."""
    loaded = load_settings()
    rows = [
        (name, _text(getattr(loaded.settings, name)), loaded.origins[name], field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        values = {name: {"value": value, "origin": origin} for name, value, origin, _ in rows}
        emit_json(values, {"user_file": user_file()})
        return 0
    emit_table(
        "Settings",
        ("setting", "value", "from", "meaning"),
        rows,
        caption=f"order: flag, SCREEN_* environment, ./screen.toml, {user_file()}, default",
    )
    return 0


def _text(value: object) -> str:
    """A value as screen.toml would hold it; a dash for none."""
    if isinstance(value, bool):
        return str(value).lower()
    return "-" if value in (None, "") else str(value)
