"""The first look: the first five of every ranking side by side, who is in several, and the contents."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from reports import numbers
from reports.data import ReportData, ScreenView
from reports.document import Block, Heading, Phrase, paragraph, table
from reports.names import listing
from reports.texts import Texts
from reports.values import rank_interval, rank_text

__all__ = ["build", "contents"]

FIRST = 5
"""Names of each ranking; the rest is one link away."""

NAMED = 6
"""Names in several rankings that the sentence holds; more would be a table."""


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the first five of each ranking and who is in several; nothing when nobody is ranked."""
    ranked = data.rows.filter(pl.col("rank").is_not_null()).sort("rank", "name", "ticker")
    if ranked.is_empty() or not data.screens:
        return ()
    listed = dict(data.rows.group_by("screen").len().iter_rows())
    rows = [
        _row(view, ranked.filter(screen=view.key), listed.get(view.key, 0), texts) for view in data.screens
    ]
    return (
        paragraph(texts.look_intro),
        table(texts.look_headers, rows, label="inference"),
        paragraph(Phrase(_order(data.screens, ranked, texts), label="inference")),
    )


def contents(blocks: Sequence[Block], texts: Texts) -> tuple[Block, ...]:
    """Return one line that leads to every section of `blocks`; nothing without sections."""
    found = [block.text for block in blocks if isinstance(block, Heading) and block.level == 2]
    phrases = [Phrase(texts.contents_lead, is_strong=True)]
    for text in found:
        between = [] if len(phrases) == 1 else [Phrase(texts.contents_between)]
        phrases += [*between, Phrase(text, heading=text)]
    return (paragraph(*phrases),) if found else ()


def _row(view: ScreenView, ranked: pl.DataFrame, listed: int, texts: Texts) -> tuple[str | Phrase, ...]:
    cells = []
    for row in ranked.head(FIRST).iter_rows(named=True):
        words = texts.look_cell_tied if row["is_tied"] else texts.look_cell
        cells.append(
            words.format(
                name=row["name"],
                rank=rank_text(row["rank"], is_tied=row["is_tied"], texts=texts),
                interval=rank_interval(row["rank_low"], row["rank_high"]),
            )
        )
    cells += [numbers.DASH] * (FIRST - len(cells))
    counted = texts.look_ranked.format(ranked=ranked.height, count=listed)
    return (Phrase(view.title, heading=view.title), view.rank_one_means, counted, *cells)


def _order(screens: Sequence[ScreenView], ranked: pl.DataFrame, texts: Texts) -> str:
    """Return who is near the top of more than one ranking, most rankings and best ranks first."""
    titles = {view.key: view.title for view in screens}
    near = (
        ranked.with_columns(count=pl.len().over("screen"))
        .filter((pl.col("rank") <= FIRST) & (2 * pl.col("rank") <= pl.col("count")))
        .filter(pl.col("screen").is_in(list(titles)))
    )
    several = (
        near.group_by("ticker", "name")
        .agg(screens=pl.len(), ranks=pl.col("rank").sum())
        .filter(pl.col("screens") > 1)
        .sort("screens", "ranks", "name", descending=[True, False, False])
    )
    if several.is_empty():
        return texts.look_order_none
    made = []
    for ticker, name in several.select("ticker", "name").iter_rows():
        own = {row["screen"]: row for row in near.filter(ticker=ticker).iter_rows(named=True)}
        ranks = [
            texts.look_rank.format(
                screen=title,
                rank=rank_text(own[key]["rank"], is_tied=own[key]["is_tied"], texts=texts),
                count=own[key]["count"],
            )
            for key, title in titles.items()
            if key in own
        ]
        made.append(texts.look_name.format(name=name, ranks=", ".join(ranks)))
    verb = texts.look_order_verb[0 if len(made) == 1 else 1]
    return texts.look_order.format(verb=verb, names=listing(made, texts, most=NAMED))
