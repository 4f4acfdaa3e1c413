"""Pure. How two spellings are compared: without case, accents, punctuation and doubled blanks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from hashlib import sha256

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_FOLDED_BY_UNICODE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_NOT_WORD = re.compile(r"[\W_]+")
_INITIALS = re.compile(r"(?<![^\W_])([^\W\d_])\s*\.\s*(?=[^\W\d_]\s*\.|[^\W\d_](?![^\W_]))")
_LONGEST_REMEMBERED = 100
_PARENTHESIS = re.compile(r"\([^)]*\)")


def words_of(text: str) -> frozenset[str]:
    """The words of a text as a set, for word lists that read better as lines than as quoted items."""
    return frozenset(text.split())


LEGAL_FORMS = words_of(
    """spa srl srls sas snc sapa scarl gmbh mbh ag kg ohg ug se kgaa ltd limited llc llp lp plc inc incorporated corp
    corporation co company sa sarl sasu eurl sl slu bv nv ab oy oyj as asa aps zoo spzoo sro kft lda ltda pty pte"""
)
"""Endings that say what a company is in law, folded; compared apart, because people leave them out."""


def tidy(text: str) -> str:
    """The text as a person sees it, on one line: no invisible or control characters, no blanks around or doubled."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return unicodedata.normalize("NFC", " ".join(_CONTROL.sub(" ", text.translate(_INVISIBLE)).split()))


def _remembering_short(function: Callable[[str], str]) -> Callable[[str], str]:
    """Spreadsheets repeat short texts again and again; remembering long ones would cost more than it saves."""
    remembered = lru_cache(maxsize=16_384)(function)

    @wraps(function)
    def call(text: str) -> str:
        return remembered(text) if len(text) <= _LONGEST_REMEMBERED else function(text)

    return call


@_remembering_short
def fold(text: str) -> str:
    """Words in lower case without accents and punctuation, one blank between them: `Müller & Söhne` > `muller sohne`.

    Letters of scripts without case or accents stay as they are, so that no two names fold to nothing.
    """
    decomposed = unicodedata.normalize("NFKD", tidy(text).casefold().translate(_NOT_FOLDED_BY_UNICODE))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", bare.replace("'", "").replace("’", "")).strip()


@_remembering_short
def fold_company(name: str) -> str:
    """A company's name for comparison: initials are drawn together, so that `ACME S.p.A.` is `acme spa`."""
    return fold(_INITIALS.sub(r"\1", tidy(name)))


def without_legal_form(folded_name: str) -> str:
    """A folded company name without the legal forms at its end; a name of nothing else stays whole."""
    words = folded_name.split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def key_from_name(name: str) -> str:
    """A stable key for a partner that came without one: the same for every spelling that folds alike.

    Long names and names in other scripts are told apart by a piece of their hash, so the key stays printable ASCII.
    """
    folded = fold_company(name) or tidy(name)
    slug = "-".join(folded.split())
    if slug.isascii() and 0 < len(slug) <= 80:
        return slug
    ascii_part = "-".join(re.findall(r"[a-z0-9]+", slug))[:60].strip("-")
    return f"{ascii_part or 'partner'}-{sha256(folded.encode()).hexdigest()[:12]}"


def same_person(name: str) -> str:
    """One text for every spelling of a person's name or address: `Rossi, Anna` and `anna rossi` are one person."""
    return " ".join(fold_person(name))


def fold_person(name: str) -> tuple[str, ...]:
    """A person's name as sorted words, so that `Keller, Dana` equals `Dana Keller`; remarks in brackets fall away."""
    return tuple(sorted(fold(_PARENTHESIS.sub(" ", name)).split()))


def first_name_first(name: str) -> str:
    """A person's name as it is spoken: `Rossi, Giulia (EMEA)` is Giulia Rossi; without one comma it stays as it is."""
    last, comma, first = (tidy(part) for part in _PARENTHESIS.sub(" ", name).partition(","))
    return f"{first} {last}" if comma and first and last and "," not in first else tidy(name)
