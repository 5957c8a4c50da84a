"""Every study holds; the page is theirs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from validation.study import REPO, MissingInputError, Study, all_studies

STUDIES = dict(all_studies())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(STUDIES))
def test_study_holds(name: str) -> None:
    function: Callable[[], Study] = STUDIES[name]
    try:
        study = function()
    except MissingInputError as missing:
        pytest.skip(str(missing))
    assert [check for check in study.checks if not check.holds] == []


def test_the_page_has_every_study() -> None:
    text = (REPO / "docs" / "validation.md").read_text(encoding="utf-8")
    assert [name for name in STUDIES if f"<!-- study {name} -->" not in text] == [], "run `make validate`"
