"""Pure. What of a reply is new: the history that mail programs put below or above it is cut, and so is the signature.

Heuristics over lines; whoever shows the cut text offers the whole as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_LINE = 500
"""Lines that are longer are nobody's attribution, and no pattern looks at them."""

# "On Mon, 9 Mar 2026, Dana Keller wrote:" in the languages that partners are likely to write from.
_ATTRIBUTION = re.compile(
    r"\s*(?:On\b.{4,300}\bwrote|Il\b.{4,300}\bha scritto|Am\b.{4,300}\bschrieb\b.{0,120}|Le\b.{4,300}\ba écrit"
    r"|El\b.{4,300}\bescribió|Em\b.{4,300}\bescreveu|Op\b.{4,300}\bschreef\b.{0,120})\s?:\s*",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"\s*-{2,}\s*(?:original message|messaggio originale|ursprüngliche nachricht|message d'origine|mensaje original"
    r"|mensagem original|forwarded message|messaggio inoltrato)\s*-{2,}\s*",
    re.IGNORECASE,
)
# The head of the quoted mail as Outlook writes it: From, then Sent or Date, within a few lines.
_FROM = re.compile(r"\s*\*?(?:From|Da|Von|De|Van)\s?:\*?\s*\S.{0,300}", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(?:Sent|Date|Inviato|Data|Gesendet|Datum|Envoyé|Enviado|Enviada|Fecha|Verzonden)\s?:\*?\s*\S.{0,300}",
    re.IGNORECASE,
)
_HEAD_LINES = 4


def without_history(text: str) -> str:
    """The new words of a reply; the whole text where nothing else would be left."""
    kept: list[str] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith(">"):
            at += 1
            continue
        length = _attribution(lines, at)
        if length and _is_quote_next(lines, at + length):
            at += length  # the quote behind it goes line by line, and what stands below it is read on
            continue
        if length or _RULE.fullmatch(line[:_LONGEST_LINE]) or _is_head(lines, at) or line in ("-- ", "--"):
            break
        kept.append(line)
        at += 1
    new = "\n".join(kept).strip()
    return new or text.strip()


def _attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from here name the writer of a quote, 0 for none; mail programs break a long one in two."""
    for length in (1, 2):
        joined = " ".join(line.strip() for line in lines[at : at + length])
        if at + length <= len(lines) and len(joined) <= _LONGEST_LINE and _ATTRIBUTION.fullmatch(joined):
            return length
    return 0


def _is_quote_next(lines: Sequence[str], at: int) -> bool:
    following = next((lines[each] for each in range(at, len(lines)) if lines[each].strip()), "")
    return following.lstrip().startswith(">")


def _is_head(lines: Sequence[str], at: int) -> bool:
    if len(lines[at]) > _LONGEST_LINE or not _FROM.fullmatch(lines[at]):
        return False
    return any(len(line) <= _LONGEST_LINE and _SENT.fullmatch(line) for line in lines[at + 1 : at + _HEAD_LINES])
