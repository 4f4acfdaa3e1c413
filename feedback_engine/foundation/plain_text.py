"""Pure. Text as people type it: trimmed, composed, free of control characters; and how a name is greeted."""

from __future__ import annotations

from unicodedata import category, normalize

from feedback_engine.foundation.i18n import gettext

# Control characters, surrogates (which no database can store), and the two separators that break lines.
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
# What turns the direction of all text after it, so that a name reads as another one (Unicode TR 36, 3.1).
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# Words before a name, and none by which anybody is called; any that holds a full stop is one, or an initial.
_TITLES: frozenset[str] = frozenset().union(
    # English
    {"dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "dame"},
    {"lord", "lady", "rev", "doctor", "professor"},
    # Italian
    {"sig", "signor", "signore", "signora", "signorina", "dott", "dottor", "dottore", "dottoressa"},
    {"professore", "professoressa", "ing", "ingegner", "avv", "avvocato", "arch", "architetto", "geom"},
    {"rag"},
    # French
    {"mme", "mlle", "madame", "monsieur", "mademoiselle", "docteur", "professeur", "maître"},
    # German
    {"herr", "frau", "fräulein", "doktor", "professorin", "dipl", "di", "mag"},
    # Spanish
    {"sr", "sra", "srta", "señor", "señora", "señorita", "don", "doña", "doctora"},
    {"profesor", "profesora"},
    # Portuguese
    {"senhor", "senhora", "dom", "dona", "doutor", "doutora", "eng"},
    # Dutch
    {"dhr", "mevr", "mw", "meneer", "mevrouw", "drs", "ir"},
    # Danish, Norwegian, Swedish and Finnish
    {"hr", "fru", "fröken", "herra", "rouva"},
    # Polish, Czech and Slovak
    {"pan", "pani", "paní", "inż", "mgr"},
)
# Words with which a surname begins, and by which nobody is called.
_PARTICLES: frozenset[str] = frozenset().union(
    {"van", "von", "vom", "zu", "zur", "ter", "ten", "te", "der", "den", "af", "av", "de", "da", "do", "du"},
    {"del", "della", "delle", "degli", "dei", "dal", "dalla", "dos", "das", "des", "le", "la", "lo", "los", "las"},
    {"al", "el", "bin", "bint", "ibn", "ben", "abu"},
)


def find_refused(text: str) -> str | None:
    """The first character that has no place in one line of text, as `U+0000`; None when all are fine."""
    if text.isascii() and text.isprintable():
        return None
    return next((f"U+{ord(sign):04X}" for sign in text if sign in _TURNING or category(sign) in _REFUSED), None)


def sought(text: str, longest: int) -> str:
    """What somebody looks for, as names are kept: trimmed, composed (NFC), and cut at `longest` characters."""
    return normalize("NFC", text.strip())[:longest]


def one_line(text: str, longest: int) -> str:
    """`text` trimmed and in Unicode's composed form (NFC).

    Raises ValueError when it is longer than `longest` characters or holds a line break or control character.
    """
    trimmed = normalize("NFC", text.strip()) if not text.isascii() else text.strip()
    refused = find_refused(trimmed)
    if refused is not None:
        raise ValueError(gettext("It holds the control character {code}; write one line of plain text.", code=refused))
    if len(trimmed) > longest:
        raise ValueError(gettext("It is longer than {longest} characters; shorten it.", longest=longest))
    return trimmed


def with_signs(text: str) -> str:
    """`text` with what nobody sees of it written out, `<U+001B>`: control characters and signs that turn direction."""
    if find_refused(text) is None:
        return text
    return "".join(f"<U+{ord(sign):04X}>" if find_refused(sign) else sign for sign in text)


def without_turning(text: str) -> str:
    """`text` without the signs that turn the direction of what follows, so that it reads as it is."""
    return text if text.isascii() else "".join(sign for sign in text if sign not in _TURNING)


def as_counted(text: str) -> str:
    """`text` as a browser counts what is typed into a form: each line end, which it sends as two signs, is one."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def greeted_name(name: str) -> str:
    """By what somebody is greeted: the first word of their name, or all of it where that word calls nobody: a title, an
    initial, the beginning of a surname. Who writes a comma puts the surname first."""
    words = name.split()
    first = words[0].casefold() if words else ""
    calls_nobody = len(first) <= 1 or "." in first or first in _TITLES or first in _PARTICLES
    return " ".join(words) if calls_nobody or "," in name else words[0]
