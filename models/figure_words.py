"""What the metrics of published figures are called by people."""

from __future__ import annotations

__all__ = ["metric_words"]

# Abbreviations of the field inside a metric's key; every other part is a word already.
_PARTS = {
    "ttm": "twelve-month", "fcf": "free cash flow", "ocf": "operating cash flow", "pe": "P/E",
    "rpo": "backlog (RPO)", "iaas": "infrastructure", "us": "US", "openai": "OpenAI", "spv": "vehicle",
    "anthropic": "Anthropic", "microsoft": "Microsoft", "12m": "within 12 months", "24m": "within 24 months",
}  # fmt: skip


def metric_words(metric: str) -> str:
    """Return a metric of FIGURES in words: ``ttm_fcf`` is ``twelve-month free cash flow``.

    Parameters
    ----------
    metric
        Key as the theme's file has it, words joined by underscores.

    Returns
    -------
    str
        The words, abbreviations spelled out; a key without any keeps its own words.
    """
    return " ".join(_PARTS.get(part, part) for part in metric.split("_"))
