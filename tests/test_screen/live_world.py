"""All three live sources on loopback behind one proxy, with two SEC filers and three companies of Taiwan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from edgar_payloads import Point, answer, point
from live_process import Screen
from loopback_edgar import LoopbackEdgar, facts_path
from loopback_edgar import certificate as edgar_certificate
from loopback_proxy import LoopbackProxy
from loopback_twse import HISTORY, LISTED, OTC, LoopbackTaiwan, line, page
from loopback_twse import answer as taiwan_answer
from loopback_twse import certificate as taiwan_certificate
from loopback_yahoo import LoopbackYahoo, live_chart
from loopback_yahoo import certificate as yahoo_certificate
from sample_answers import sample_answers

from screen.calendar import last_friday
from screen.market.twse.cache import PageCache
from screen.market.twse.due import last_public, window

__all__ = ["ALL", "FILERS", "MONTHS", "QUARTERS", "LiveWorld", "live_world"]

ALL = "yahoo,edgar,twse"
FILERS = {"NVDA": 1045810, "MU": 723125}
NAMES = {"NVDA": "NVIDIA CORP", "MU": "MICRON TECHNOLOGY INC"}
TAIWAN = {"2330": "sii", "2368": "sii", "3324": "otc"}
QUARTERS = 40
YEARS = 10
MONTHS = 14
ABOVE = 1.1
"""Filed figures lie a tenth above what the loopback Yahoo tells, so that each shows whose it is."""


@dataclass
class LiveWorld:
    """The servers, and what the filings say."""

    yahoo: LoopbackYahoo
    edgar: LoopbackEdgar
    taiwan: LoopbackTaiwan
    proxy: LoopbackProxy
    pem: Path
    today: date
    filed_eps: dict[str, dict[date, float]] = field(default_factory=dict)

    @property
    def newest_filed(self) -> date:
        """Day of the newest filing: the Thursday before the screen."""
        return last_friday(self.today) - timedelta(days=1)

    def requests(self) -> tuple[int, int, int]:
        """Requests so far to Yahoo, the SEC and Taiwan."""
        return len(self.yahoo.log), self.edgar.count(), self.taiwan.count()

    def reset(self) -> None:
        """Forget faults and requests."""
        self.yahoo.reset()
        for server in (self.edgar, self.taiwan):
            server.faults.clear()
            server.log.clear()
        self.proxy.hosts.clear()

    def screen(self, home: Path) -> Screen:
        """Return how to start the program here; pages of Taiwan's past months are in its cache already.

        The feed asks for them once a second, 28 in all: too slow for each test.
        """
        cache = PageCache(home / "cache" / "twse")
        for name, content in self.pages().items():
            cache.put(name, content)
        more = {
            "SCREEN_SOURCE": ALL,
            "SCREEN_CONTACT": "Ann Lee ann@example.org",
            "SCREEN_CACHE_DIR": str(home / "cache"),
        }
        return Screen(home, self.proxy.url, self.pem, str(home / "store"), more)

    def pages(self) -> dict[str, bytes]:
        """Taiwan's past months, under the names of the cache."""
        pages: dict[str, bytes] = {}
        for age, end in enumerate(window(last_public(self.today), MONTHS)):
            for board, title in (("sii", "上市"), ("otc", "上櫃")):
                rows = [
                    (code, f"{revenue(age):,}", f"{revenue(age + 1):,}", f"{revenue(age + 12):,}")
                    for code, folder in TAIWAN.items()
                    if folder == board
                ]
                content = page(title, end.year - 1911, end.month, rows)
                pages[f"{board}_{end:%Y-%m}_0"] = content
        return pages


def revenue(months_ago: int) -> int:
    """Revenue of every company of Taiwan: 2% more each month."""
    return round(1_000_000 * 1.02**-months_ago)


@contextmanager
def live_world(folder: Path) -> Iterator[LiveWorld]:
    """Run the three servers and the proxy."""
    today = datetime.now(tz=UTC).date()
    pems = [make(folder) for make in (yahoo_certificate, edgar_certificate, taiwan_certificate)]
    bundle = folder / "bundle.pem"
    bundle.write_bytes(b"".join(pem.read_bytes() for pem in pems))
    with ExitStack() as running:
        yahoo = running.enter_context(LoopbackYahoo(pems[0], sample_answers(today)))
        edgar = running.enter_context(LoopbackEdgar(pems[1]))
        taiwan = running.enter_context(LoopbackTaiwan(pems[2]))
        routes = {
            "yahoo.com": yahoo.url,
            "sec.gov": edgar.url,
            "twse.com.tw": taiwan.url,
            "tpex.org.tw": taiwan.url,
        }
        proxy = running.enter_context(LoopbackProxy(routes))
        world = LiveWorld(yahoo, edgar, taiwan, proxy, bundle, today)
        _file(world)
        _publish(world)
        _for_the_doctor(world)
        yield world


def _file(world: LiveWorld) -> None:
    """Ten years of prices and quarters for the filers; the newest quarter filed on a Thursday."""
    world.edgar.list_tickers(**FILERS)
    for ticker, cik in FILERS.items():
        told = _newest_told(world.yahoo.answers["series", ticker])
        ends = _quarter_ends(told["end"])
        tags: dict[str, list[Point]] = {}
        for tag, name in TAGS.items():
            values = {end: told[name] * ABOVE * 0.98**age for age, end in enumerate(ends)}
            tags[tag] = list(_flow(values, world)) if tag in FLOWS else list(_stock(values, world))
            if name == "DilutedEPS":
                world.filed_eps[ticker] = values
        shares = dict.fromkeys(ends, told["DilutedAverageShares"])
        tags["WeightedAverageNumberOfDilutedSharesOutstanding"] = list(_flow(shares, world, is_mean=True))
        world.edgar.answers[facts_path(cik)] = json.dumps(
            answer(tags, entity=NAMES[ticker], cik=cik)
        ).encode()
        last = world.yahoo.answers["quotes", ticker]["regularMarketPrice"]
        days = (world.today - timedelta(days=k) for k in range(int(YEARS * 365.25), 0, -1))
        closes = {day: last * 0.98 ** ((world.today - day).days / 91) for day in days if day.weekday() < 5}
        world.yahoo.answers["chart", ticker] = live_chart(closes)


TAGS = {
    "Revenues": "TotalRevenue", "GrossProfit": "GrossProfit", "OperatingIncomeLoss": "OperatingIncome",
    "NetIncomeLoss": "NetIncome", "EarningsPerShareDiluted": "DilutedEPS",
    "NetCashProvidedByUsedInOperatingActivities": "OperatingCashFlow",
    "DepreciationDepletionAndAmortization": "DepreciationAndAmortization",
    "CashAndCashEquivalentsAtCarryingValue": "CashAndCashEquivalents", "StockholdersEquity": "StockholdersEquity",
    "InventoryNet": "Inventory",
}  # fmt: skip
FLOWS = list(TAGS)[:7]


def _newest_told(series: Any) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for entry in series["timeseries"]["result"]:
        name = next(key for key in entry if key != "meta")
        told[name.removeprefix("quarterly")] = entry[name][-1]["reportedValue"]["raw"]
        told["end"] = date.fromisoformat(entry[name][-1]["asOfDate"])
    return told


def _quarter_ends(newest: date) -> list[date]:
    ends = [newest]
    while len(ends) < QUARTERS:
        ends.append(ends[-1].replace(month=ends[-1].month - 2, day=1) - timedelta(days=1))
    return ends


def _filed(end: date, world: LiveWorld, newest: date) -> str:
    day = world.newest_filed if end == newest else end + timedelta(days=35)
    return day.isoformat()


def _flow(values: dict[date, float], world: LiveWorld, *, is_mean: bool = False) -> Iterator[Point]:
    """As filed: three months but for the fourth quarter, and the year to date; is_mean: of a constant."""
    newest = max(values)
    for end, value in values.items():
        filed = _filed(end, world, newest)
        if end.month != 12:
            first = date(end.year, end.month - 2, 1)
            yield point(end.isoformat(), value, filed, start=first.isoformat())
        sofar = [amount for day, amount in values.items() if day.year == end.year and day <= end]
        if end.month > 3 and len(sofar) == end.month // 3:
            total = value if is_mean else sum(sofar)
            yield point(end.isoformat(), total, filed, start=date(end.year, 1, 1).isoformat())


def _stock(values: dict[date, float], world: LiveWorld) -> Iterator[Point]:
    newest = max(values)
    for end, value in values.items():
        yield point(end.isoformat(), value, _filed(end, world, newest))


def _publish(world: LiveWorld) -> None:
    """The newest month of the three companies of Taiwan."""
    end = last_public(world.today)
    month = f"{end.year - 1911}{end.month:02d}"
    for address, board in ((LISTED, "sii"), (OTC, "otc")):
        lines = [
            line(code, month, str(revenue(0)), str(revenue(1)), str(revenue(12)))
            for code, folder in TAIWAN.items()
            if folder == board
        ]
        world.taiwan.answers[address] = taiwan_answer(*lines)
    for name, content in world.pages().items():
        board, past, kind = name.split("_")
        year, number = int(past[:4]) - 1911, int(past[5:])
        world.taiwan.answers[f"{HISTORY}/nas/t21/{board}/t21sc03_{year}_{number}_{kind}.html"] = content


def _for_the_doctor(world: LiveWorld) -> None:
    """What ``screen doctor`` asks of each host."""
    world.yahoo.answers["chart", "AAPL"] = {"chart": {"result": [], "error": None}}
    world.edgar.answers["data.sec.gov/api/xbrl/companyconcept/CIK0001045810/us-gaap/Assets.json"] = b"{}"
    for address in ("openapi.twse.com.tw/", "www.tpex.org.tw/openapi/", "mopsov.twse.com.tw/"):
        world.taiwan.answers[address] = b"<html></html>"
