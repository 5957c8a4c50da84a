"""Every text comes from one place, and every text there is used."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from pathlib import Path

from exposures.table import Table
from exposures.tables import ROLES, TIERS, WATCH
from models.components import COMPONENT_KEYS
from models.tables import CLAIM_VERDICTS, KINDS, MULTIPLES, NODE_ACCOUNTS, PANEL, REVENUE_AT_RISK, WARRANTED
from reports.texts import ENGLISH, Texts
from reports.values import component_value

PACKAGE = Path(__file__).parents[2] / "reports"
CODE = {
    p: p.read_text()
    for p in PACKAGE.rglob("*.py")
    if not p.name.endswith("texts.py") and p.name != "words.py"
}


def test_every_text_is_used() -> None:
    code = "\n".join(CODE.values())
    assert [f.name for f in fields(Texts) if not re.search(rf"texts\.{f.name}\b", code)] == []


def test_no_text_is_declared_twice() -> None:
    """`Texts` inherits from many classes: of two fields of one name, one would hide the other unseen."""
    declared = [name for base in Texts.__mro__ for name in inspect.get_annotations(base)]
    assert len(declared) > 300
    assert sorted({name for name in declared if declared.count(name) > 1}) == []


def _strings(code: str) -> list[str]:
    """Every string of a module that is no docstring."""
    tree = ast.parse(code)
    documented = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
    ]


def test_sections_hold_no_words_of_their_own() -> None:
    # Keys are single words or values of a closed list; anything else with a space is text for people.
    keys = {"expired override", "evidence is stronger", "evidence is weaker"}
    makers = {"build.py", "headline.py", "loops.py", "dossier.py", "values.py", "names.py"}
    found = {
        (path.name, text)
        for path, code in CODE.items()
        if path.parent.name == "sections" or path.name in makers
        for text in _strings(code)
        if re.search(r"[A-Za-z]+ [A-Za-z]+", text) and text not in keys
    }
    assert found == set()


def test_closed_lists_have_a_word_for_each_key() -> None:
    def allowed(table: Table, name: str) -> set[str]:
        return {value for c in table.columns if c.name == name for value in c.allowed}

    assert set(ENGLISH.labels) == set(KINDS)
    assert set(ENGLISH.tiers) == set(TIERS)
    assert set(ENGLISH.roles) == set(ROLES)
    assert set(ENGLISH.multiples) == allowed(WARRANTED, "multiple_used")
    assert set(ENGLISH.watch_states) == allowed(WATCH, "status")
    assert set(ENGLISH.cases) == allowed(NODE_ACCOUNTS, "case")
    assert set(ENGLISH.channels) == allowed(REVENUE_AT_RISK, "channel")
    assert set(ENGLISH.eps_bases) == allowed(PANEL, "eps_forward_basis")
    assert set(ENGLISH.claims_verdicts) == allowed(CLAIM_VERDICTS, "verdict")
    assert set(ENGLISH.in_case) == set(ENGLISH.cases)
    assert set(ENGLISH.denominators) == allowed(MULTIPLES, "basis")
    assert set(ENGLISH.bases) == allowed(MULTIPLES, "basis")


def test_every_component_prints_in_its_unit() -> None:
    shown = {key: component_value(key, 1.0, ENGLISH) for key in COMPONENT_KEYS}
    assert shown["tier_power"] == "contested"
    assert shown["valuation_gap"] == "+171.8%"  # exp(1) - 1
    assert shown["gross_margin_change"] == "+100.0 pp"
    assert shown["operating_income_per_capex"] == "1.00x"
    assert all(component_value(key, None, ENGLISH) == "–" for key in COMPONENT_KEYS)
