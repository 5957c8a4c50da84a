"""Title, banner and what a reader must know of the run."""

from __future__ import annotations

from reports import numbers
from reports.data import ReportData, RunFacts
from reports.document import Block, Bullets, Callout, Heading, Paragraph, Phrase, paragraph
from reports.texts import Texts

__all__ = ["banner", "build", "scenario_text", "scenario_title"]


def build(data: ReportData, texts: Texts) -> tuple[Block, ...]:
    """Return the title, the banner where one is due, and the facts of the run."""
    facts = data.facts
    template = texts.title_simulated if facts.is_simulated else texts.title
    title = template.format(theme=facts.theme_title, as_of=numbers.day(facts.as_of))
    heading = Heading(1, scenario_title(title, facts, texts))
    note = [paragraph(Phrase(facts.source_note, is_strong=True))] if facts.source_note.strip() else []
    return (heading, *banner(facts, note, texts), _run(facts, texts), paragraph(texts.label_legend))


def scenario_title(title: str, facts: RunFacts, texts: Texts) -> str:
    """Return the title, with the scenario's name where the run has one."""
    if facts.scenario is None:
        return title
    return texts.title_scenario.format(title=title, name=facts.scenario_name or facts.scenario)


def scenario_text(facts: RunFacts, texts: Texts) -> str:
    """Return the scenario's name and key, or that none was applied."""
    if facts.scenario is None:
        return texts.scenario_none
    return texts.scenario_named.format(name=facts.scenario_name or facts.scenario, key=facts.scenario)


def banner(facts: RunFacts, note: list[Paragraph], texts: Texts) -> tuple[Block, ...]:
    """Return one box that says what the run is not: simulated data first, then a scenario,
    then custom weights, then `note`.
    """
    lines = []
    if facts.is_simulated:
        lines.append(paragraph(Phrase(texts.simulated_line, is_strong=True), texts.simulated_detail))
    if facts.scenario is not None:
        name = facts.scenario_name or facts.scenario
        detail = texts.scenario_detail.format(name=name, key=facts.scenario)
        lines.append(paragraph(Phrase(texts.scenario_line, is_strong=True), detail))
    if facts.custom_weights:
        detail = texts.weights_detail.format(weights=", ".join(facts.custom_weights))
        lines.append(paragraph(Phrase(texts.weights_line, is_strong=True), detail))
    lines.extend(note)
    return (Callout("caution" if facts.is_simulated else "warning", tuple(lines)),) if lines else ()


def _run(facts: RunFacts, texts: Texts) -> Bullets:
    words = {
        "as_of": numbers.day(facts.as_of),
        "curated_at": numbers.day(facts.curated_at),
        "source_label": facts.source_label,
        "source": facts.source,
        "coverage": facts.coverage_line,
        "run_id": facts.run_id,
        "version": facts.version,
        "method_version": facts.method_version,
        "seed": str(facts.seed),
        "scenario": scenario_text(facts, texts),
    }
    items = (
        paragraph(Phrase(f"{name}:", is_strong=True), line.format_map(words))
        for name, line in texts.run_lines
    )
    return Bullets(tuple(items))
