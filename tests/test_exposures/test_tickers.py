from __future__ import annotations

import pytest

from exposures import ExposureMap
from exposures.tickers import is_node, is_ticker


def test_every_company_of_the_theme_has_a_known_form(gpu: ExposureMap) -> None:
    assert [t for t in gpu.companies["ticker"] if not is_ticker(t)] == []


@pytest.mark.parametrize(
    "ticker",
    ["F", "GOOGL", "BRK-B", "2330.TW", "3324.TWO", "000660.KS", "6146.T", "285A.T", "SU.PA", "VOD.L"],
)
def test_forms_of_known_listings(ticker: str) -> None:
    assert is_ticker(ticker)


@pytest.mark.parametrize(
    "ticker",
    ["", "nvda", "TSMC.TW", "660.KS", "2330.tw", "NVDA US", "2330", "PRIV:openai", "NVDA.XX", "TOOLONG"],
)
def test_other_forms_are_refused(ticker: str) -> None:
    assert not is_ticker(ticker)


@pytest.mark.parametrize("node", ["PRIV:openai", "MKT:bond-market", "AGG:customers", "NVDA"])
def test_nodes_are_tickers_or_prefixed_names(node: str) -> None:
    assert is_node(node)


@pytest.mark.parametrize("node", ["PRIV:OpenAI", "PRIV:", "openai", "MKT:bond market", "XYZ:openai"])
def test_other_nodes_are_refused(node: str) -> None:
    assert not is_node(node)
