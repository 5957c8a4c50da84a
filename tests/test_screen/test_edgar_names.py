"""Names and symbols: the same company under two spellings, another company under one word in common."""

from __future__ import annotations

import pytest

from screen.market.edgar.names import is_same_company
from screen.market.edgar.tickers import read_ticker_map, us_symbol


@pytest.mark.parametrize(
    ("usual", "registered"),
    [
        ("NVIDIA", "NVIDIA CORP"),
        ("Alphabet (Google)", "Alphabet Inc."),
        ("Alphabet", "Alphabet Inc."),
        ("Marvell", "MARVELL TECHNOLOGY, INC"),
        ("Apple", "Apple Inc."),
        ("Meta Platforms", "Meta Platforms, Inc."),
        ("Amphenol", "AMPHENOL CORP /DE/"),
        ("Corning", "CORNING INC /NY"),
        ("Arm Holdings", "ARM HOLDINGS PLC /UK"),
        ("Nebius", "Nebius Group N.V."),
        ("ASML (ADR line)", "ASML HOLDING NV"),
        ("Eaton", "Eaton Corp plc"),
        ("nVent", "nVent Electric plc"),
        ("TE Connectivity", "TE Connectivity plc"),
        ("Monolithic Power", "MONOLITHIC POWER SYSTEMS INC"),
        ("Hewlett Packard Enterprise", "Hewlett-Packard Enterprise Co"),
        ("Hut 8", "Hut 8 Corp."),
        ("GE Vernova", "GE Vernova Inc."),
        ("TSMC", "TAIWAN SEMICONDUCTOR MANUFACTURING CO LTD"),
        ("ASE Technology", "ASE Technology Holding Co., Ltd."),
        ("SK hynix", "SK hynix Inc."),
        ("SpaceX (merged xAI)", "SPACE EXPLORATION TECHNOLOGIES CORP"),
        ("KLA", "KLA CORP"),
        ("Nokia", "NOKIA CORP"),
        ("Société Générale", "SOCIETE GENERALE"),
        ("TeraWulf", "TERAWULF INC."),
        ("Salesforce", "Salesforce, Inc."),
        ("SanDisk", "San Disk Corp"),
    ],
)
def test_one_company_in_two_spellings(usual: str, registered: str) -> None:
    assert is_same_company(usual, registered)


@pytest.mark.parametrize(
    ("usual", "registered"),
    [
        ("Dell Technologies", "INTERCONTINENTAL EXCHANGE, INC."),  # the pack's wrong CIK
        ("Applied Digital", "APPLIED MATERIALS INC /DE"),
        ("Quanta Services", "QUANTA COMPUTER INC"),
        ("Western Digital", "WESTERN UNION CO"),
        ("Arista Networks", "ARISTA POWER, INC."),
        ("Oracle", "ORACULAR HOLDINGS"),
        ("Dell Technologies", ""),
        ("", "Dell Technologies Inc."),
        ("TSMC", "Texas Semiconductor Inc"),
    ],
)
def test_two_companies(usual: str, registered: str) -> None:
    assert not is_same_company(usual, registered)


@pytest.mark.parametrize(
    ("ticker", "symbol"),
    [
        ("NVDA", "NVDA"),
        ("BRK-B", "BRK-B"),
        ("2330.TW", "TSM"),
        ("2382.TW", None),
        ("SU.PA", None),
        ("6146.T", None),
    ],
)
def test_symbols_at_the_sec(ticker: str, symbol: str | None) -> None:
    assert us_symbol(ticker) == symbol


def test_the_list_of_tickers_point_by_point() -> None:
    content = (
        b'{"0":{"cik_str":1045810,"ticker":"NVDA","title":"NVIDIA CORP"},"1":{"cik_str":"7","ticker":"brk-b"},'
        b'"2":{"cik_str":9,"ticker":"NVDA"},"3":{"ticker":"NONE"},"4":null,"5":{"cik_str":1,"ticker":null}}'
    )
    assert read_ticker_map(content) == {"NVDA": 1045810, "BRK-B": 7}
    for nothing in (b"{}", b"[]", b"<html>"):
        with pytest.raises(ValueError):
            read_ticker_map(nothing)
