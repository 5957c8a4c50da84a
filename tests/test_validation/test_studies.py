"""Every study holds; the page is theirs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from validation.study import REPO, Check, MissingInputError, Study, all_studies, page

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


def test_the_page_begins_with_what_holds_and_what_the_record_says() -> None:
    good = Check("a", "1", "1", holds=True, source="known truth")
    bad = Check("b", "1", "2", holds=False, source="known truth")
    after = "| change | same direction | note |\n|---|---|---|\n| x | yes | - |"
    plain = Study("Published: one", "How it was made.", (good, bad), after)
    record = Study("Track record: two", "Dates. **Against no change it is not better.** More.", (good,))
    head = page({"m.one": plain.markdown(), "m.two": record.markdown()}).partition("<!-- study")[0]
    assert "3 checks in 2 studies: 2 hold, 1 does not ([Published: one](#published-one))." in head
    assert "- [Track record: two](#track-record-two): Against no change it is not better." in head
    assert "| [Published: one](#published-one) | 2 | 1 |" in head


def test_the_stored_page_begins_with_its_own_summary() -> None:
    text = (REPO / "docs" / "validation.md").read_text(encoding="utf-8")
    parts = re.findall(r"<!-- study (\S+) -->\n(.*?)<!-- end \1 -->", text, re.DOTALL)
    assert page(dict(parts)) == text, "run `make validate`"
