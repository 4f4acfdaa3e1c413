"""Pure. Rows that add up the others: `Summe`, `Total` or `Totale` under a list, with figures and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedback_engine.directory.importing.folding import fold

_TOTALS = """
    total|totals|grand total|overall total|sum|sub total|subtotal|in total
    totale|totali|totale generale|totale complessivo|totale parziale|somma|subtotale
    summe|gesamt|gesamtsumme|gesamtergebnis|endsumme|zwischensumme|teilsumme|insgesamt
    total general|somme|sous total|suma|suma total|total partiel|total parcial"""
_TOTAL_WORDS = frozenset(fold(words) for line in _TOTALS.split("\n") for words in line.split("|")) - {""}
_CURRENCY = re.compile(r"\b(?:eur|usd|chf|gbp|k|mio|tsd|pcs|stk)\b", re.IGNORECASE)
_HAS_LETTER = re.compile(r"[^\W\d_]")


def find_total(key: str, kept: Iterable[str], left_out: Iterable[str]) -> str:
    """The word for a total when a row says nothing else in words, so that it describes the rows above; else "".

    `kept` are its cells in columns that are imported, `left_out` those in the others; they are asked only when the
    first say nothing in words. A key makes a partner even of a company that is called Total.
    """
    if key and not _is_total_word(key):
        return ""
    found = ""
    for cells in (kept, left_out):
        for text in cells:
            if _is_text(text):
                if not _is_total_word(text):
                    return ""
                found = found or text
        if found:
            break
    return found


def _is_total_word(text: str) -> bool:
    return fold(text) in _TOTAL_WORDS


def _is_text(cell: str) -> bool:
    """Whether a cell holds words; a figure may name its currency."""
    return _HAS_LETTER.search(_CURRENCY.sub("", cell)) is not None
