"""Reading source keys out of cells and naming footnotes."""

from __future__ import annotations

import pytest

from reports.citations import Citations, slug, source_keys

KNOWN = {"seed 000", "seed 001", "The Daily Scout, option detail", "Trainium+Graviton note"}


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        (None, ()),
        ("  ", ()),
        ("seed 000", ("seed 000",)),
        ("seed 000; seed 001", ("seed 000", "seed 001")),
        ("seed 000+seed 001", ("seed 000", "seed 001")),
        ("seed 000; seed 000 + A003", ("seed 000", "A003")),
        ("The Daily Scout, option detail", ("The Daily Scout, option detail",)),
        ("seed 000+Trainium+Graviton note", ("seed 000", "Trainium+Graviton note")),
        ("https://a.example/Foundry+2.0", ("https://a.example/Foundry+2.0",)),
        ("https://a.example/x+y+seed 001", ("https://a.example/x+y", "seed 001")),
        ("https://a.example/x+https://b.example", ("https://a.example/x", "https://b.example")),
    ],
)
def test_source_keys(cell: str | None, keys: tuple[str, ...]) -> None:
    assert source_keys(cell, KNOWN) == keys


def test_slugs_are_plain() -> None:
    assert slug("sec NVDA 10-Q R15") == "sec-nvda-10-q-r15"
    assert slug("https://www.sec.gov/Archives/R15.htm") == "sec-gov-archives-r15-htm"
    assert slug("工商時報") == "source"


def test_names_are_unique_and_in_order_of_first_use() -> None:
    citations = Citations(KNOWN)
    assert citations.cite("udn (a); udn a") == ("udn-a", "udn-a-2")
    assert citations.cite("udn a; 聯合報; 經濟日報") == ("udn-a-2", "source", "source-2")
    assert [name for _, name in citations.cited()] == ["udn-a", "udn-a-2", "source", "source-2"]
