"""Name an intruder: a stray models.py or reports/ in the working folder that hides a package of ours."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from exposures.errors import UsageError

__all__ = ["check_siblings"]


def check_siblings() -> None:
    """Raise `UsageError` when exposures, models or reports come from somewhere else than screen does."""
    home = Path(__file__).resolve().parent.parent
    for name in ("exposures", "models", "reports"):
        spec = find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin != home / name / "__init__.py":
            raise UsageError(
                f'package "{name}" is taken from {origin or "nowhere"}, not from {home / name}.',
                fix=f'Rename that "{name}", or run screen from another folder.',
            )
