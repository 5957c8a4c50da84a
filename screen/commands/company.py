"""Find the company that a user means: a symbol, its part before the dot, or a name."""

from __future__ import annotations

import polars as pl

from exposures.errors import NotFoundError, suggest

__all__ = ["company_ticker"]


def company_ticker(text: str, companies: pl.DataFrame, *, theme: str) -> str:
    """Return the ticker of the one company that `text` means, whatever its case.

    Tried in this order: the symbol, the whole name, the symbol before its dot (2330), the start of a name.

    Parameters
    ----------
    companies
        COMPANIES of the theme.

    Raises
    ------
    NotFoundError
        None is meant, with the closest symbol or name; or several are, with their symbols.
    """
    wanted = text.strip().casefold()
    pairs: list[tuple[str, str]] = companies.select("ticker", "name").rows()
    ways = (
        [t for t, _ in pairs if t.casefold() == wanted],
        [t for t, name in pairs if name.casefold() == wanted],
        [t for t, _ in pairs if t.casefold().partition(".")[0] == wanted],
        [t for t, name in pairs if wanted and name.casefold().startswith(wanted)],
    )
    found = next((way for way in ways if way), [])
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFoundError(f'"{text}" is the start of several names.', fix=f"Say which: {', '.join(found)}.")
    by_word = {t.casefold(): t for t, _ in pairs} | {name.casefold(): t for t, name in pairs}
    near = suggest(wanted, by_word)
    fix = f'did you mean "{by_word[near.split(chr(34))[1]]}"?' if near else ""
    raise NotFoundError(
        f'ticker or name "{text}" is not in theme "{theme}".',
        fix=fix or f'List the names with "screen themes show {theme}".',
    )
