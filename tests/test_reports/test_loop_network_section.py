"""Chance, what is owed, related parties and years in the report: every figure from its table."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from sample_data import FORGE, LAB, NIMBUS, empty_data, report_data

from models.tables import LOOP_NULL
from reports import render_markdown
from reports.document import Folded, Heading, Paragraph, TableBlock
from reports.names import Names
from reports.sections.loop_network import against_chance, by_year, network_blocks, owed, related
from reports.texts import ENGLISH


def words(block: object) -> str:
    assert isinstance(block, Paragraph)
    return " ".join(phrase.text for phrase in block.phrases)


def only_table(blocks: tuple[object, ...], which: int = 0) -> TableBlock:
    return [block for block in blocks if isinstance(block, TableBlock)][which]


def test_chance_is_one_paragraph_with_both_numbers_and_the_reason_where_there_is_no_test() -> None:
    (block,) = against_chance(report_data(), ENGLISH)
    text = words(block)
    assert "2 loops whose smallest edges sum to 10.2 bn USD" in text
    assert "a median of 1 (90% of them 0 to 2; p = 12.0%) and 4.5 bn USD (0.00 to 9.0; p = 0.5%)" in text
    assert "ledger alone: no comparison, no edge can be swapped." in text
    assert text.count("p is the share") == 1


def test_the_second_case_is_said_in_short() -> None:
    data = report_data()
    rows = [{**row, "case": "ledger"} for row in data.loop_null.filter(case="with_assumptions").to_dicts()]
    both = LOOP_NULL.frame([*data.loop_null.filter(case="with_assumptions").to_dicts(), *rows])
    (block,) = against_chance(replace(data, loop_null=both), ENGLISH)
    text = words(block)
    assert text.count("shuffled so that") == 1
    assert "ledger alone: 2 loops and 10.2 bn USD against a median of 1 (0 to 2; p = 12.0%)" in text


def test_all_payments_and_owed_stand_side_by_side() -> None:
    blocks = owed(report_data(), ENGLISH)
    loops, shares = (only_table(blocks, k).texts() for k in (0, 1))
    assert loops[0][:5] == ["with assumptions", "2", "1", "10.2", "6.2"]
    assert shares == [["Chipforge", "5.3%", "1.0%", "1.0%", "1.0%", "44.0%", "44.0%", "inference"]]


SEALED = "money never leaves A, B"


def sealed(frame: pl.DataFrame, terms: str) -> pl.DataFrame:
    """Return ATTRIBUTION with the rows of some terms as those of books that cannot be closed."""
    given = pl.col("terms") == terms
    numbers = [name for name, kind in frame.schema.items() if kind == pl.Float64 and "contingent" not in name]
    return frame.with_columns(
        *(pl.when(~given).then(pl.col(name)).alias(name) for name in numbers),
        reason=pl.when(given).then(pl.lit(SEALED)).otherwise("reason"),
    )


def test_books_that_cannot_be_closed_are_a_reason_and_never_no_loop() -> None:
    data = report_data()
    data = replace(data, attribution=sealed(data.attribution, "firm"))
    text = " ".join(words(block) for block in owed(data, ENGLISH) if isinstance(block, Paragraph))
    assert f"with assumptions, owed payments: the books of this case cannot be closed, {SEALED}" in text


def test_one_sealed_case_has_dashes_beside_the_other_case() -> None:
    data = report_data()
    ledger = sealed(data.attribution.filter(case="with_assumptions"), "firm").with_columns(
        case=pl.lit("ledger")
    )
    rows = pl.concat([data.attribution.filter(case="with_assumptions"), ledger])
    loops = only_table(owed(replace(data, attribution=rows), ENGLISH)).texts()
    assert loops[1][0] == "ledger alone"
    assert (loops[1][2], loops[1][4]) == ("–", "–")


def test_the_eight_parts_of_a_company_alone_and_with_its_related_parties_sum_to_one() -> None:
    blocks = related(report_data(), ENGLISH)
    rows = only_table(blocks).texts()
    assert [row[1] for row in rows] == ["alone", 'Lab "One" (20% or more)']
    for row in rows:
        assert abs(sum(float(cell.rstrip("%")) for cell in row[3:11]) - 100) < 0.5
    assert rows[1][10] == "4.1%"
    intro = words(blocks[1])
    assert "Under control alone no company of the ledger joins another" in intro


def test_stakes_below_the_line_are_listed_with_their_source() -> None:
    block = related(report_data(), ENGLISH)[1]
    assert isinstance(block, Paragraph)
    phrase = block.phrases[-1]
    stakes = 'Nimbus Cloud in Lab "One" 12.0%, Lab "One" in Nimbus Cloud not disclosed.'
    assert phrase.text == f"Below 20%, or not disclosed, and so apart: {stakes}"
    assert phrase.sources == "chipforge 8-K"


def test_a_company_without_related_parties_is_folded() -> None:
    data = report_data()
    plain = data.attribution.with_columns(group_nodes=pl.concat_list("node"))
    blocks = related(replace(data, attribution=plain), ENGLISH)
    assert [type(block) for block in blocks] == [Heading, Paragraph, Folded]


def test_years_show_what_is_paid_and_what_is_owed() -> None:
    blocks = by_year(report_data(), ENGLISH)
    assert only_table(blocks).headers == ("Payer", "2026", "2027")
    assert only_table(blocks).texts() == [
        ['Lab "One"', "8.5 (4.2)", "40.5 (20.2)"],
        ["Nimbus Cloud", "6.2 (3.1)", "0.00 (0.00)"],
    ]
    assert "Of 2 deals 1 follow a stated ramp or tranches" in words(blocks[1])
    (folded,) = (block for block in blocks if isinstance(block, Folded))
    first = only_table(folded.blocks).texts()[0]
    assert first[:6] == ["D003", 'Lab "One"', "Nimbus Cloud", "ramp", "8.5", "40.5"]


def test_without_a_ledger_nothing_is_said() -> None:
    assert network_blocks(empty_data(), ENGLISH) == ()


def test_the_command_shows_no_folded_part() -> None:
    blocks = network_blocks(report_data(), ENGLISH)
    assert blocks
    assert not any(isinstance(block, Folded) for block in blocks)
    assert {FORGE, LAB, NIMBUS}.isdisjoint(words(blocks[0]).split())


def test_who_has_promised_more_than_known_inflows_bring_is_said_first() -> None:
    data = report_data()
    one = pl.when(pl.col("node") == data.accounts.get_column("node")[0])
    owing = data.accounts.with_columns(cash_draw_bn_usd=one.then(3.25).otherwise(0.0))
    name = Names(data).of(data.accounts.get_column("node")[0])
    assert f"More is promised than every known inflow brings by {name} (3.2), in bn USD a year" in (
        render_markdown(replace(data, accounts=owing))
    )
    paid = data.accounts.with_columns(cash_draw_bn_usd=pl.lit(0.0))
    assert "Known inflows cover what is promised at every party." in render_markdown(
        replace(data, accounts=paid)
    )
