"""Pure. Finds out in which encoding the bytes of a text file were written."""

from __future__ import annotations

import codecs
import re

_BYTES_SAMPLED = 200_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
_LATIN = (_WESTERN, "cp1250", "cp1254", "mac_roman", "cp850")
_OTHER_SCRIPTS = ("cp1251", "cp1253")
_CARONS = "ŠŽšž".encode(_WESTERN)
_CLEARLY_BETTER = 0.02

_LETTER = r"[^\W\d_]"
# Signs that end up inside words when letters are read in the wrong encoding; quotation marks and dots may stand there.
_SIGN_BESIDE_LETTER = re.compile(rf"{_LETTER}[^\x00-\x7f\w\s’‘“”«»–—…·®™°]|[^\x00-\x7f\w\s’‘“”«»–—…·®™°¿¡€]{_LETTER}")
_NUMBER_SIGN_IN_WORD = re.compile(rf"{_LETTER}[¹²³¼½¾]{_LETTER}")
_CAPITAL_AFTER_SMALL = re.compile(r"[a-zß-öø-ÿ][À-ÖØ-ÞŠŽŸ]")
_TURKISH_IN_DISGUISE = re.compile(r"[ðþÞ]|[a-z]ý[a-z]")
_MIXED_WORD = re.compile(r"[A-Za-z][Ͱ-ӿ]|[Ͱ-ӿ][A-Za-z]")
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "latin-1": "Latin-1", "mac_roman": "Mac Roman", "cp850": "DOS 850"}


def find_encoding(content: bytes) -> str:
    """Python's name of the encoding: by its mark, else UTF-8 when valid, else UTF-16 by its zeros, else by its letters.

    Western text looks alike in several encodings; Windows-1252 is taken unless another one fits clearly better.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    head = content[:_BYTES_SAMPLED]
    if _is_utf8(content, head):
        return "utf-8"
    zeros_even, zeros_odd = head[0::2].count(0), head[1::2].count(0)
    if max(zeros_even, zeros_odd) * 4 > len(head) // 2:
        return "utf-16-be" if zeros_even > zeros_odd else "utf-16-le"
    return _guess_single_byte(head)


def decode(content: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding for people: UTF-8, Windows-1252 ..."""
    encoding = find_encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        # Every byte is some letter in Latin-1, so nothing is lost.
        encoding, text = "latin-1", content.decode("latin-1")
    name = f"Windows-{encoding[2:]}" if encoding.startswith("cp12") else encoding.upper()[:6]
    return text.removeprefix("\ufeff"), _NAMES.get(encoding, name)


def _is_utf8(content: bytes, head: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # ASCII text in UTF-16 is valid UTF-8 as well, with a zero in every second byte.
    return head.count(0) * 4 < max(len(head), 1)


def _guess_single_byte(head: bytes) -> str:
    strangeness = {name: _strangeness(head, name) for name in (*_LATIN, *_OTHER_SCRIPTS)}
    least = min(strangeness.values())
    plausible = [name for name, strange in strangeness.items() if strange == least]
    if len(plausible) == 1 or (plausible[0] == _WESTERN and not any(byte in _CARONS for byte in head)):
        return plausible[0]
    # š and ž stand in the same places of the Western and the Central European encoding, and hardly in Western words:
    # whether the other letters make likely Czech or Slovene words is for the library to say.
    from charset_normalizer import from_bytes  # here, because few files need it, and it is large

    matches = list(from_bytes(head, cp_isolation=plausible))
    best = min(matches, key=lambda match: (match.chaos, -match.coherence), default=None)
    first = next((match for match in matches if plausible[0] in match.could_be_from_charset), None)
    if best is None or (first is not None and first.chaos - best.chaos <= _CLEARLY_BETTER):
        return plausible[0]
    return best.encoding


def _strangeness(head: bytes, encoding: str) -> int:
    """How many places no writer would have written, were it this encoding."""
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError:
        return len(head)
    letters = [letter for letter in text if letter.isalpha()]
    accented_share = sum(1 for letter in letters if letter > "\x7f") / max(len(letters), 1)
    places = sum(
        len(pattern.findall(text)) for pattern in (_SIGN_BESIDE_LETTER, _NUMBER_SIGN_IN_WORD, _CAPITAL_AFTER_SMALL)
    )
    if encoding in _OTHER_SCRIPTS:
        return places + len(_MIXED_WORD.findall(text)) + (0 if accented_share > 0.3 else len(letters))
    if encoding == _WESTERN:
        places += len(_TURKISH_IN_DISGUISE.findall(text))
    return places + (0 if accented_share < 0.5 else len(letters))
