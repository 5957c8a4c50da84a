"""The published cases of the stress hold: the same checks as on the validation page, each a second or less."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from validation.studies.published_stress import STUDIES
from validation.study import Study


@pytest.mark.parametrize("study", STUDIES, ids=lambda f: f.__name__)
def test_every_check_holds(study: Callable[[], Study]) -> None:
    made = study()
    assert [f"{c.what}: {c.found}, expected {c.expected}" for c in made.checks if not c.holds] == []
    assert len(made.checks) >= 4
