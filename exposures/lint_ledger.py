"""Faults of the ledger: parties without a node, supersession to nowhere, gaps without an assumption."""

from __future__ import annotations

from collections.abc import Iterator

from exposures.csv_files import source_keys
from exposures.dates import period_day
from exposures.errors import suggest
from exposures.faults import Fault, error, warning
from exposures.lint_cells import Row
from exposures.lint_links import ThemeText
from exposures.lint_schedules import lint_schedules
from exposures.tickers import is_ticker

__all__ = ["lint_ledger"]

_PREFIX = {"private": "PRIV:", "market": "MKT:", "aggregate": "AGG:"}


def lint_ledger(text: ThemeText) -> list[Fault]:
    """Return every fault of nodes, deals, figures, groups and assumptions that takes two rows to see."""
    rules = (_nodes, _aliases, _parties, _superseded, _assumptions, _splits, _gaps)
    return [*(fault for rule in rules for fault in rule(text)), *lint_schedules(text)]


def _nodes(text: ThemeText) -> Iterator[Fault]:
    for row in text.rows("nodes"):
        node, prefix = row.get("node"), _PREFIX.get(row.get("kind"), "")
        fits = node.startswith(prefix) if prefix else is_ticker(node)
        if not fits:
            message = f"node {node} is of kind {row.get('kind')}, which is written {prefix or 'as a ticker'}."
            yield error("nodes.csv", row.line, "ticker-form", message, "Mend the kind or the node.")


def _aliases(text: ThemeText) -> Iterator[Fault]:
    seen: dict[str, Row] = {}
    for row in text.rows("nodes"):
        for alias in source_keys(row.get("aliases")):
            other = seen.setdefault(alias, row)
            if other is not row:
                owner = f"{other.get('node')} (line {other.line})"
                message = f'alias "{alias}" of {row.get("node")} already means {owner}.'
                yield error("nodes.csv", row.line, "duplicate-alias", message, "One name, one node.")


def _parties(text: ThemeText) -> Iterator[Fault]:
    nodes = text.values("nodes", "node")
    aliases = {a: r.get("node") for r in text.rows("nodes") for a in source_keys(r.get("aliases"))}
    for row in text.rows("deals"):
        for side in ("payer", "payee"):
            party, name = row.get(side), row.get(f"{side}_name")
            if party not in nodes:
                message = f'{row.get("deal_id")}: {side} "{party}" is not in nodes.csv.'
                yield error(
                    "deals.csv", row.line, "orphan-deal", message, suggest(party, nodes) or "Add the node."
                )
            elif aliases.get(name) != party:
                message = f'{row.get("deal_id")}: {side} "{name}" is not an alias of {party}.'
                yield error(
                    "deals.csv", row.line, "orphan-deal", message, f"Add it to the aliases of {party}."
                )
    for name in ("figures", "watch", "events", "assumptions", "groups"):
        for row in text.rows(name):
            for column in ("node", "payer", "payee", "holder", "held"):
                party = row.get(column)
                is_gone = party not in nodes and (column != "node" or ":" in party)
                if party and is_gone:
                    message = f'"{column}" {party} is not in nodes.csv.'
                    yield error(
                        f"{name}.csv",
                        row.line,
                        "unknown-node",
                        message,
                        suggest(party, nodes) or "Add the node.",
                    )


def _superseded(text: ThemeText) -> Iterator[Fault]:
    for name, key, dated in (("deals", "deal_id", "announced"), ("figures", "figure_id", "known_at")):
        rows = {row.get(key): row for row in text.rows(name)}
        for row in rows.values():
            newer = row.get("superseded_by")
            if not newer:
                continue
            if newer not in rows or newer == row.get(key):
                message = f"{row.get(key)} is superseded by {newer}, which is not another row of {name}.csv."
                yield error(f"{name}.csv", row.line, "dangling-supersedes", message, suggest(newer, rows))
                continue
            old_day, new_day = period_day(row.get(dated)), period_day(rows[newer].get(dated))
            if old_day and new_day and new_day < old_day:
                message = f"{row.get(key)} is superseded by {newer}, which was known earlier ({new_day})."
                yield warning(
                    f"{name}.csv", row.line, "supersedes-order", message, "Mend the dates or swap the two."
                )


def _assumptions(text: ThemeText) -> Iterator[Fault]:
    deals = text.values("deals", "deal_id")
    for row in text.rows("assumptions"):
        deal, name, line = row.get("deal_id"), row.get("assumption_id"), row.line
        if deal and deal not in deals:
            message = f"{name} completes {deal}, which is not in deals.csv."
            yield error("assumptions.csv", line, "orphan-assumption", message, suggest(deal, deals))
        if not deal and not (row.get("payer") and row.get("payee") and row.get("kind")):
            message = f"{name} has no deal, so it needs payer, payee and kind."
            yield error("assumptions.csv", line, "orphan-assumption", message, "Fill them in.")
        if row.get("field") == "term" and not (row.get("term_start") or row.get("term_end")):
            message = f"{name} assumes a term without a date."
            yield error(
                "assumptions.csv", line, "idle-assumption", message, "Fill in term_start or term_end."
            )
        if row.get("field") != "term" and not row.get("base"):
            message = f"{name} assumes an {row.get('field')} without a base."
            yield error("assumptions.csv", line, "idle-assumption", message, "Fill in base.")


def _splits(text: ThemeText) -> Iterator[Fault]:
    known = text.values("assumptions", "assumption_id")
    for total, rows in text.theme.loop.split.items():
        for row in rows:
            if row not in known:
                toml = text.theme_toml
                message = f'[loop.split] {total} names "{row}", which is not in assumptions.csv.'
                line = toml.line("loop", "split", total)
                yield error(toml.file, line, "orphan-assumption", message, suggest(row, known))


def _gaps(text: ThemeText) -> Iterator[Fault]:
    """Warn of deals that should enter a sum and cannot, because nobody says how much or when."""
    covered = text.values("assumptions", "deal_id")
    aggregates = {row.get("node") for row in text.rows("nodes") if row.get("kind") == "aggregate"}
    for row in text.rows("deals"):
        is_commercial = row.get("flow_class") == "commercial"
        counts = row.get("is_additive") == "yes" and (is_commercial or row.get("flow_class") == "financing")
        has_term = bool(row.get("term_start") and row.get("term_end")) or not is_commercial
        is_whole = bool(row.get("amount_base")) and has_term
        is_single = not {row.get("payer"), row.get("payee")} & aggregates
        if counts and is_single and not is_whole and row.get("deal_id") not in covered:
            lacks = "term" if row.get("amount_base") else "amount"
            message = f"{row.get('deal_id')} is additive but has no {lacks}."
            yield warning(
                "deals.csv", row.line, "deal-without-amount", message, "Add a row to assumptions.csv."
            )
