"""One company's line in an answer or on a page: null-tolerant, so that one bad line costs one company."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from screen.market.twse.roc import parse_day, parse_month

__all__ = ["THOUSAND", "RevenueLine", "plain", "plain_names"]

THOUSAND = 1000.0
"""Every amount is in thousands of new Taiwan dollars."""

NULLS = frozenset({"", "-", "--", "n/a", "na", "null", "none", "不適用"})
"""What stands for no value."""

_SEPARATORS = re.compile(r"[\s\ufeff_()%-]+")


def plain(text: str) -> str:
    """Return `text` with full-width forms narrowed, without byte-order mark and outer space."""
    return unicodedata.normalize("NFKC", text.replace("\ufeff", "")).strip()


def plain_names(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return `row` under names without dashes, brackets, spaces and full-width forms.

    ``營業收入-去年同月增減(%)`` and ``營業收入_去年同月增減（％）`` become one name.
    """
    return {_SEPARATORS.sub("", plain(name)): value for name, value in row.items()}


def _null(value: Any) -> str | None:
    text = "" if value is None else plain(str(value))
    return None if text.lower() in NULLS else text


def _amount(value: Any) -> float | None:
    """Thousands, ``1,234``, ``(12)`` for minus 12; anything else that is not a null is refused."""
    text = _null(value)
    if text is None:
        return None
    bare = text.replace(",", "").replace("−", "-")
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    amount = float(bare)
    if not math.isfinite(amount):
        raise ValueError(f"{text!r} is no amount")
    return amount


def _month(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    text = _null(value)
    if text is None:
        return None
    if (end := parse_month(text)) is None:
        raise ValueError(f"{text!r} is no month of the Republic")
    return end


def _day(value: Any) -> date | None:
    """The day of the table only bounds when it was public: one that cannot be read is no loss."""
    text = _null(value)
    return None if text is None else parse_day(text)


Amount = Annotated[float | None, BeforeValidator(_amount)]
Month = Annotated[date | None, BeforeValidator(_month)]
Day = Annotated[date | None, BeforeValidator(_day)]


class RevenueLine(BaseModel):
    """A company's month as stated, amounts in thousands of new Taiwan dollars."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    month: Month = Field(None, alias="資料年月")
    table_day: Day = Field(None, alias="出表日期")
    revenue: Amount = Field(None, alias="營業收入當月營收")
    previous: Amount = Field(None, alias="營業收入上月營收")
    year_ago: Amount = Field(None, alias="營業收入去年當月營收")
