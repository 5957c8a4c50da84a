"""What a user types for a company."""

from __future__ import annotations

import polars as pl
import pytest

from exposures.errors import NotFoundError
from screen.commands.company import company_ticker

COMPANIES = pl.DataFrame(
    {
        "ticker": ["2330.TW", "SMCI", "NVDA", "005930.KS", "009150.KS", "MU"],
        "name": [
            "TSMC",
            "Supermicro",
            "NVIDIA",
            "Samsung Electronics",
            "Samsung Electro",
            "Micron Technology",
        ],
    }
)


@pytest.mark.parametrize(
    "text, ticker",
    [
        ("TSMC", "2330.TW"),
        ("tsmc", "2330.TW"),
        ("2330.tw", "2330.TW"),
        ("2330", "2330.TW"),
        ("micron", "MU"),
        ("Samsung Electronics", "005930.KS"),
    ],
)
def test_symbol_name_root_and_start_of_a_name(text: str, ticker: str) -> None:
    assert company_ticker(text, COMPANIES, theme="t") == ticker


def test_several_meant_are_listed_and_none_is_suggested() -> None:
    with pytest.raises(NotFoundError, match=r"005930\.KS, 009150\.KS"):
        company_ticker("samsung", COMPANIES, theme="t")
    with pytest.raises(NotFoundError, match='did you mean "NVDA"') as caught:
        company_ticker("NVDIA", COMPANIES, theme="t")
    assert caught.value.exit_code == 4
    with pytest.raises(NotFoundError, match="themes show t"):
        company_ticker("zzzzzz", COMPANIES, theme="t")
    with pytest.raises(NotFoundError):
        company_ticker(" ", COMPANIES, theme="t")
