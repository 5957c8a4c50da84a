from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from exposures import Fault, lint_theme, theme_folder

CURATED = date(2026, 8, 22)
COMPONENTS = frozenset(
    {
        *("tier_power", "gross_margin_level", "gross_margin_change", "incremental_margin", "revenue_growth"),
        *("ai_exposure", "eps_revision", "valuation_gap", "revenue_at_risk"),
        *("premium_over_warranted", "expected_multiple_change", "compression_observed"),
        *("own_history_position", "implied_growth_gap"),
        *("own_financing_share", "own_purchase_share", "capital_market_share", "cycling_index"),
        *("contingent_exposure", "capex_to_ocf", "capex_to_revenue", "operating_income_per_capex"),
        *("fcf_margin", "leverage", "depreciation_step_up", "backlog_concentration"),
    }
)


def test_the_bundled_theme_has_no_fault() -> None:
    faults = lint_theme(theme_folder("multicloud-gpu"), as_of=CURATED, known_components=COMPONENTS)
    assert [str(f) for f in faults] == []


def test_a_minimal_theme_has_no_fault(minimal: Path) -> None:
    assert lint_theme(minimal, as_of=CURATED) == []


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def broken(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first `old` of a file; return its line."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return line_of(text, old)


CASES = [
    ("unknown-key", "theme.toml", 'reason = "Seed 000: mechanical', 'raeson = "Seed 000: mechanical'),
    ("unlisted-tier", "theme.toml", 'tier = "pressured"', 'tier = "squeezed"'),
    ("bad-value", "theme.toml", "curated_at = 2026-08-22", 'curated_at = "soon"'),
    ("toml-syntax", "theme.toml", 'title = "Payers"', "title = Payers"),
    ("unknown-component", "theme.toml", "fcf_margin = 0.15", "fcf_margn = 0.15"),
    ("duplicate-key", "theme.toml", 'key = "storage"', 'key = "optics"'),
    ("missing-source", "theme.toml", 'source = "seed 000; futunn 64425578"', 'source = "seed 009"'),
    ("unknown-key", "scenarios.toml", "capex_cut = 0.25", "capex_cuts = 0.25"),
    ("bad-value", "scenarios.toml", "capex_cut = 0.25", "capex_cut = 25"),
    ("unlisted-tier", "scenarios.toml", 'hbm_memory = "contested"', 'hbm_memory = "weak"'),
    ("scenario-target", "scenarios.toml", "-0.10, server_assembly", "-0.10, server_asembly"),
    ("duplicate-key", "scenarios.toml", 'key = "depreciation-6y"', 'key = "depreciation-5y"'),
    ("csv-header", "margins.csv", "ticker,metric,value", "ticker,metrics,value"),
    ("csv-type", "margins.csv", "0.623,Q4-25", "62.3%,Q4-25"),
    ("csv-type", "deals.csv", ",,yes,tomshardware.com", ",,maybe,tomshardware.com"),
    ("csv-enum", "deals.csv", "AWS,cloud_contract", "AWS,cloud_contact"),
    ("csv-required", "companies.csv", "NVDA,NVIDIA,US,USD", "NVDA,NVIDIA,,USD"),
    ("csv-row", "watch.csv", "AWS growth,AMZN", "AWS growth, and more,AMZN"),
    ("malformed-date", "deals.csv", ",2025-09-22,D003,", ",22 Sep 2025,D003,"),
    ("ticker-form", "companies.csv", "2330.TW,TSMC", "TSMC.TW,TSMC"),
    ("ticker-form", "nodes.csv", "PRIV:nscale,Nscale,private", "PRIV:nscale,Nscale,market"),
    ("duplicate-key", "deals.csv", "D006,PRIV:openai", "D005,PRIV:openai"),
    ("share-range", "exposures.csv", "gpu_accelerator,0.92,", "gpu_accelerator,92,"),
    ("share-order", "exposures.csv", "server_oem,0.36,0.37", "server_oem,0.38,0.37"),
    ("date-order", "overrides.csv", "2026-02-25,2027-08-25", "2026-02-25,2025-08-25"),
    ("unlisted-segment", "exposures.csv", "ASML,equipment_test", "ASML,equipment_tset"),
    ("unlisted-tier", "overrides.csv", "LITE,optics,bottleneck", "LITE,optics,choke"),
    ("idle-override", "overrides.csv", "LITE,optics,bottleneck", "LITE,optics,contested"),
    ("no-membership", "overrides.csv", "LITE,optics,bottleneck", "LITE,networking,bottleneck"),
    ("unknown-company", "margins.csv", "AMKR,gross_margin_range_mid", "AMKK,gross_margin_range_mid"),
    ("unknown-company", "companies.csv", "compute,3231.TW,single", "compute,9999.TW,single"),
    ("missing-source", "margins.csv", "sectally AMKR", "sectaly AMKR"),
    ("orphan-deal", "deals.csv", "D005,PRIV:openai,AMZN", "D005,PRIV:opneai,AMZN"),
    ("orphan-deal", "deals.csv", "PRIV:openai,AMZN,OpenAI,AWS", "PRIV:openai,AMZN,Open AI,AWS"),
    ("duplicate-alias", "nodes.csv", "private,Jane Street", "private,Jane Street; Nscale"),
    ("dangling-supersedes", "deals.csv", ",2025-09-22,D003,", ",2025-09-22,D993,"),
    ("dangling-supersedes", "figures.csv", "independent,F127,", "independent,F927,"),
    ("supersedes-order", "deals.csv", ",2025-09-22,D003,", ",2026-09-22,D003,"),
    ("orphan-assumption", "assumptions.csv", "A001,D013", "A001,D913"),
    ("orphan-assumption", "theme.toml", 'D049 = ["A020", "A021"]', 'D049 = ["A020", "A921"]'),
    ("bad-value", "theme.toml", "closed = 1.0", "closed = 1.5"),
    ("bad-value", "theme.toml", "[loop.amount_cv]\nA = 0.05", "[loop.amount_cv]\nE = 0.05"),
    ("unknown-node", "assumptions.csv", "PRIV:tpu-spv,AVGO", "PRIV:tpv-spv,AVGO"),
    ("deal-without-amount", "assumptions.csv", "A001,D013", "A001,D014"),
    ("schedule", "assumptions.csv", "A079,D017,", "A079,,"),
    ("schedule", "assumptions.csv", "A078,D005,", "A078,D013,"),
    ("schedule", "assumptions.csv", "ramp,,0.1,,,,2030-01-01", "ramp,,0.1,,,,"),
    ("schedule", "assumptions.csv", "ramp,,0.1,,,,2030-01-01", "ramp,,10,,,,2030-01-01"),
    ("schedule", "assumptions.csv", "notice,,90,", "notice,,90.5,"),
    ("schedule", "assumptions.csv", "notice,,90,", "notice,,,"),
    ("tranche-sum", "assumptions.csv", "milestone,7.5,7.5,7.5", "milestone,5,5,5"),
    ("unknown-node", "groups.csv", "MSFT,PRIV:openai", "MSFT,PRIV:opneai"),
    ("missing-source", "groups.csv", "globalequitybriefing.com 2026-03", "globalequitybriefing.com 2026-04"),
    ("group-self", "groups.csv", "NVDA,CRWV", "CRWV,CRWV"),
    ("share-range", "groups.csv", "NVDA,CRWV,0.06", "NVDA,CRWV,6"),
    ("group-control", "groups.csv", "NVDA,CRWV,0.06", "NVDA,CRWV,0.6"),
    ("known-after-review", "groups.csv", "B,2026-01-26", "B,2026-09-26"),
    ("known-after-review", "statements.csv", "2026-04-30,promtvault", "2026-09-30,promtvault"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "file", "old", "new"), CASES)
def test_each_rule_names_file_and_line(copy: Path, rule: str, file: str, old: str, new: str) -> None:
    line = broken(copy, file, old, new)
    faults = lint_theme(copy, as_of=CURATED, known_components=COMPONENTS)
    if rule == "deal-without-amount":
        file, line = "deals.csv", 1 + int("D013"[1:])
    assert faults, "no fault found"
    exact = [f for f in faults if f.rule == rule and f.file == file and f.line == line]
    assert exact, [str(f) for f in faults[:5]]


def test_weights_of_a_screen_must_sum_to_one(copy: Path) -> None:
    broken(copy, "theme.toml", "capex_to_revenue = 0.12", "capex_to_revenue = 0.22")
    line = line_of((copy / "theme.toml").read_text(encoding="utf-8"), "[screen.payers.weights]")
    found = [(f.rule, f.line, f.message) for f in lint_theme(copy, as_of=CURATED)]
    assert found == [("weights-sum", line, 'weights of screen "payers" sum to 1.1, not 1.')]


def test_amounts_must_ascend(copy: Path) -> None:
    path = copy / "deals.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    rows[1] = (
        "D001,NVDA,PRIV:openai,NVIDIA,OpenAI,equity,financing,9,5,100,100" + rows[1].split(",100,100", 1)[1]
    )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert ("amount-order", 2) in {(f.rule, f.line) for f in lint_theme(copy, as_of=CURATED)}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("deals.csv", "financing,30,30,30,30,USD", "financing,-30,30,30,30,USD", '"amount_low" is -30'),
        (
            "deals.csv",
            "financing,30,30,30,30,USD",
            "financing,30,30,30,30000,USD",
            '"amount_headline" is 30000',
        ),
        ("assumptions.csv", "annual,2,4,8,USD", "annual,-2,4,8,USD", '"low" is -2'),
        ("assumptions.csv", "annual,2,4,8,USD", "annual,2,4000,8000,USD", '"base" is 4000 bn USD'),
        ("figures.csv", "AWS,AMZN,revenue,128.7,", "AWS,AMZN,revenue,-128.7,", '"value" is -128.7'),
        ("figures.csv", "AWS,AMZN,revenue,128.7,", "AWS,AMZN,revenue,128700,", "up to 10000"),
    ],
)
def test_amounts_stay_in_range(copy: Path, file: str, old: str, new: str, said: str) -> None:
    line = broken(copy, file, old, new)
    found = [f for f in lint_theme(copy, as_of=CURATED) if f.rule == "amount-range"]
    assert {(f.file, f.line, f.severity) for f in found} == {(file, line, "error")}
    assert said in found[0].message


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("figures.csv", "AWS,AMZN,operating_income,45.6,", "AWS,AMZN,operating_income,-45.6,"),
        ("deals.csv", "financing,30,30,30,30,USD", "financing,30,30,30,2000,USD"),
        ("deals.csv", "financing,30,30,30,30,USD", "financing,30,30,30,30000,KRW"),
    ],
)
def test_losses_and_amounts_in_other_currencies_are_sound(copy: Path, file: str, old: str, new: str) -> None:
    broken(copy, file, old, new)
    assert [f.message for f in lint_theme(copy, as_of=CURATED)] == []


def test_line_numbers_count_lines_not_records(copy: Path) -> None:
    path = copy / "statements.csv"
    head, rest = path.read_text(encoding="utf-8").split("\n", 1)
    path.write_text(
        f'{head}\nNVDA,lta,"two\nlines",2026-05-01,assumption,,D,stated\n{rest}', encoding="utf-8"
    )
    line = broken(copy, "statements.csv", "000660.KS,price_cut", "0660.KS,price_cut")
    assert [(f.file, f.line) for f in lint_theme(copy, as_of=CURATED)] == [("statements.csv", line)]


def test_expired_evidence_is_a_warning(copy: Path) -> None:
    faults = lint_theme(copy, as_of=date(2027, 8, 26))
    rails = [f for f in faults if "2059.TW" in f.message]
    assert [(f.severity, f.rule) for f in rails] == [("warning", "expired-evidence")]
    text = (copy / "overrides.csv").read_text(encoding="utf-8")
    assert rails[0].line == line_of(text, "2059.TW")
    assert {f.severity for f in faults} == {"warning"}


def test_a_company_without_a_segment(copy: Path) -> None:
    path = copy / "exposures.csv"
    kept = [r for r in path.read_text(encoding="utf-8").splitlines() if not r.startswith("TER,")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    line = line_of((copy / "companies.csv").read_text(encoding="utf-8"), "TER,Teradyne")
    found = [(f.rule, f.file, f.line) for f in lint_theme(copy, as_of=CURATED)]
    assert found == [("no-membership", "companies.csv", line)]


def test_every_fault_is_reported_not_only_the_first(copy: Path) -> None:
    broken(copy, "companies.csv", "2330.TW,TSMC", "TSMC.TW,TSMC")
    broken(copy, "deals.csv", "AWS,cloud_contract", "AWS,cloud_contact")
    broken(copy, "overrides.csv", "LITE,optics,bottleneck", "LITE,optics,choke")
    rules = {f.rule for f in lint_theme(copy, as_of=CURATED)}
    assert {"ticker-form", "csv-enum", "unlisted-tier"} <= rules


def test_a_typo_is_answered_with_a_suggestion(copy: Path) -> None:
    broken(copy, "theme.toml", "fcf_margin = 0.15", "fcf_margn = 0.15")
    broken(copy, "exposures.csv", "ASML,equipment_test", "ASML,equipment_tset")
    faults = {f.rule: f for f in lint_theme(copy, as_of=CURATED, known_components=COMPONENTS)}
    assert faults["unknown-component"].fix == 'did you mean "fcf_margin"?'
    assert faults["unlisted-segment"].fix == 'did you mean "equipment_test"?'


def test_components_are_unchecked_when_unknown(copy: Path) -> None:
    broken(copy, "theme.toml", "fcf_margin = 0.15", "fcf_margn = 0.15")
    assert lint_theme(copy, as_of=CURATED) == []


def test_roles_and_tiers_must_agree(minimal: Path) -> None:
    broken(minimal, "theme.toml", 'role = "payer"', 'role = "payer"\ntier = "contested"')
    line = broken(minimal, "theme.toml", 'tier = "contested"\n', "")
    found = [(f.rule, f.line) for f in lint_theme(minimal, as_of=CURATED)]
    assert found == [("unlisted-tier", 7), ("unlisted-tier", 20)]
    assert line == 12


def test_missing_files_and_foreign_encodings(minimal: Path) -> None:
    (minimal / "exposures.csv").unlink()
    (minimal / "sources.csv").write_bytes(b"source,url\nme,M\xfcnchen\n")
    found = {(f.rule, f.file, f.line) for f in lint_theme(minimal, as_of=CURATED)}
    assert ("missing-file", "exposures.csv", 1) in found
    assert ("encoding", "sources.csv", 2) in found


def test_a_fault_reads_like_a_compiler_message() -> None:
    fault = Fault("deals.csv", 6, "error", "orphan-deal", "D005: no such node.", "Add the node.")
    assert str(fault) == "deals.csv:6: error: D005: no such node. [orphan-deal] Add the node."
