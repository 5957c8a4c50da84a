"""Rows of EFFICIENCY and COMPONENTS from a payer's matched accounts."""

from __future__ import annotations

from models.capex_accounts import Account
from models.capex_balances import Balance
from models.depreciation_rows import step_up
from models.fleet import Fleet
from models.payer import Payer

__all__ = ["GroupCapex", "component_rows", "efficiency_row", "has_ratio", "segment_row"]

GroupCapex = tuple[float, str, tuple[str, ...]]
"""Capex of the whole group in bn USD, its source, its notes."""

# Ratio -> numerator, denominator, both of one account.
_RATIOS = {
    "operating_income_per_capex": ("operating_income", "capex"),
    "capex_to_revenue": ("capex", "revenue"),
    "capex_to_ocf": ("capex", "ocf"),
    "fcf_margin": ("fcf", "revenue"),
}
_NO_SHARE = "no share of the backlog owed by the labs is published"
_WORDS = {
    "operating_income": "operating income", "capex": "capex", "revenue": "revenue",
    "ocf": "operating cash flow", "fcf": "free cash flow",
}  # fmt: skip


def _ratio(account: Account, key: str) -> float | None:
    top, bottom = (getattr(account, name) for name in _RATIOS[key])
    return float(top / bottom) if top is not None and bottom is not None and bottom > 0 else None


def has_ratio(account: Account) -> bool:
    """Return True when the account gives at least one ratio."""
    return any(_ratio(account, key) is not None for key in _RATIOS)


def _gaps(account: Account) -> str | None:
    missing = [words for name, words in _WORDS.items() if getattr(account, name) is None]
    said = [f"{', '.join(missing)} not known for {account.period}"] if missing else []
    said += ["operating cash flow is not positive"] if account.ocf is not None and account.ocf <= 0 else []
    return "; ".join(said) or None


def efficiency_row(payer: Payer, account: Account, *, is_first: bool) -> dict[str, object]:
    """Return the EFFICIENCY row of one group account; balances stand on the first row only.

    Missing data: a ratio is null when a part is unknown or its denominator is zero or less.
    """
    row: dict[str, object] = {
        "ticker": payer.ticker, "perimeter": "group", "period": account.period,
        "period_end": account.end, "period_months": account.months,
        "revenue_bn_usd": account.revenue, "operating_income_bn_usd": account.operating_income,
        "capex_bn_usd": account.capex, "ocf_bn_usd": account.ocf, "fcf_bn_usd": account.fcf,
        "source": account.source, "reason": _gaps(account),
    }  # fmt: skip
    row |= {key: _ratio(account, key) for key in _RATIOS}
    caveats = list(account.notes)
    if is_first:
        held = payer.balances
        row |= {
            "debt_to_equity": held.leverage.value if held.leverage else None,
            "rpo_bn_usd": held.backlog.value if held.backlog else None,
            "rpo_cover": held.cover.value if held.cover else None,
            "lab_share_of_rpo": held.lab_share.value if held.lab_share else None,
        }
        used = [b for b in (held.cover or held.backlog, held.lab_share, held.leverage) if b is not None]
        caveats += [b.words for b in used]
        row["source"] = "+".join(dict.fromkeys([account.source, *(b.source for b in used)]))
    return row | {"caveat": "; ".join(caveats) or None}


def segment_row(payer: Payer, segment: Account, capex: GroupCapex | None) -> dict[str, object] | None:
    """Return the row of a published segment: the proxy over the group's capex, or its own capex.

    The proxy is the notes' ``AWS operating income / Amazon capex``, both of the same period.

    Missing data: None for a segment without operating income or capex; a proxy without group capex of the
    same period has a null ratio and the reason.
    """
    row: dict[str, object] = {
        "ticker": payer.ticker, "period": segment.period, "period_end": segment.end,
        "period_months": segment.months, "revenue_bn_usd": segment.revenue,
        "operating_income_bn_usd": segment.operating_income,
    }  # fmt: skip
    if segment.capex is not None:
        row |= {key: _ratio(segment, key) for key in _RATIOS}
        perimeter, caveat = f"{segment.subject}, part of {payer.name}", "; ".join(segment.notes) or None
        return row | {
            "perimeter": perimeter, "capex_bn_usd": segment.capex, "source": segment.source,
            "caveat": caveat, "reason": _gaps(segment),
        }  # fmt: skip
    if segment.operating_income is None:
        return None
    caveat = (
        f"proxy: {segment.subject} capex is not disclosed, so the denominator is all of {payer.name}'s "
        f"capex; the level understates {segment.subject}, the change over time is what counts"
    )
    row |= {"perimeter": f"{segment.subject} over {payer.name}", "source": segment.source, "caveat": caveat}
    if capex is None or capex[0] <= 0:
        return row | {"reason": f"no sourced capex of {payer.name} for {segment.period}"}
    spent, source, notes = capex
    return row | {
        "capex_bn_usd": spent,
        "operating_income_per_capex": segment.operating_income / spent,
        "source": "+".join(dict.fromkeys([segment.source, source])),
        "caveat": "; ".join([caveat, *notes]),
    }


def component_rows(
    payer: Payer, assets: Fleet | str, *, server_life_years: float | None = None
) -> list[dict[str, object]]:
    """Return the seven COMPONENTS rows of a payer; the step-up is at 3 years or at a scenario's life.

    A ratio comes from the first account that has both parts; when that account's denominator is zero or
    less the component is null rather than taken from an older period.

    Missing data: null with a reason.
    """
    held = payer.balances
    extra = step_up(assets) if server_life_years is None else step_up(assets, life=server_life_years)
    return [
        *(_ratio_component(payer, key) for key in _RATIOS),
        _balance_component(payer, "leverage", held.leverage, held.leverage_reason),
        {
            "ticker": payer.ticker, "component": "depreciation_step_up", "kind": "inference",
            "value": extra.value, "standard_error": extra.standard_error, "reason": extra.reason,
            "detail": extra.detail, "source": extra.source, "known_at": extra.known_at,
        },
        _balance_component(payer, "backlog_concentration", held.lab_share, _NO_SHARE),
    ]  # fmt: skip


def _ratio_component(payer: Payer, key: str) -> dict[str, object]:
    top, bottom = _RATIOS[key]
    row: dict[str, object] = {"ticker": payer.ticker, "component": key, "kind": "fact"}
    for a in payer.accounts:
        above, below = getattr(a, top), getattr(a, bottom)
        if above is None or below is None:
            continue
        row |= {"kind": a.kind, "known_at": a.known_at, "source": a.source}
        detail = f"{_WORDS[top]} {above:.1f} bn over {_WORDS[bottom]} {below:.1f} bn, {a.subject}, {a.period}"
        row["detail"] = "; ".join([detail, *a.notes_on(top, bottom)])
        if below <= 0:
            return row | {"reason": f"{_WORDS[bottom]} is not positive ({below:.1f} bn, {a.period})"}
        return row | {"value": above / below}
    return row | {"reason": f"no period with both {_WORDS[top]} and {_WORDS[bottom]}"}


def _balance_component(payer: Payer, key: str, balance: Balance | None, reason: str) -> dict[str, object]:
    row: dict[str, object] = {"ticker": payer.ticker, "component": key}
    if balance is None:
        return row | {"kind": "fact", "reason": reason}
    return row | {
        "kind": balance.kind, "value": balance.value, "known_at": balance.known_at,
        "source": balance.source, "detail": balance.words,
    }  # fmt: skip
