"""Method in short, the sources and the disclaimer."""

from __future__ import annotations

from models.components import component, sign
from reports import numbers
from reports.data import ReportData, ScreenView
from reports.document import Block, Bullets, Folded, Heading, References, paragraph, table
from reports.sections.head import scenario_text
from reports.texts import Texts

__all__ = ["build", "closing"]


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return how the ranking was made, with the weights of each screen."""
    facts = data.facts
    words = {
        "seed": str(facts.seed),
        "method_version": facts.method_version,
        "year": facts.loop_window,
        "cut": numbers.percent(facts.funding_cut),
        "scenario": scenario_text(facts, texts),
    }
    lines = Bullets(tuple(paragraph(line.format_map(words)) for line in texts.method_lines))
    weights = (_weights(view, texts) for view in data.screens)
    return (Heading(2, texts.method_heading), lines, *weights)


def _weights(view: ScreenView, texts: Texts) -> Folded:
    rows = [
        (
            component(key).label,
            numbers.percent(weight),
            texts.method_high if sign(view.key, key) > 0 else texts.method_low,
            component(key).meaning,
        )
        for key, weight in view.weights
    ]
    made = table(texts.method_headers, rows, label="inference", numeric=(1,))
    return Folded(texts.method_screen.format(title=view.title), (made,))


def closing(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the sources that the report cites and the disclaimer."""
    facts = data.facts
    simulated = (texts.disclaimer_simulated,) if facts.is_simulated else ()
    return (
        Heading(2, texts.sources_heading),
        References(texts.sources_intro.format(source_label=facts.source_label), texts.sources_none),
        Heading(2, texts.disclaimer_heading),
        paragraph(texts.disclaimer, *simulated),
    )
