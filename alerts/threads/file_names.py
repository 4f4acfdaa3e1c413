"""Pure. Names and types of files that others gave us: what is left of a name is harmless wherever it is saved."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from unicodedata import category, normalize

LONGEST_NAME = 120
_SEPARATORS = re.compile(r"[\\/]")
_FORBIDDEN = re.compile(r'[<>:"|?*%;]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
# Control characters, formats that are not seen or turn the direction, surrogates, private and unassigned ones.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_RUN = (
    "ade adp apk app appref-ms bas bat chm cmd com cpl dll dmg exe gadget hta htm html inf ins iso jar js jse jsp lnk "
    "mht mhtml msc msi msp mst php pif ps1 psm1 py reg scf scr sct sh shs svg svgz url vb vbe vbs vhd vhdx wsc wsf wsh "
    "xht xhtml xll xml xsl"
)
_RUNNING = frozenset(_RUN.split())
"""Endings that a double click, or a browser, runs."""

_ENDING = ".download"
PLAIN_TYPES = frozenset(
    {
        "application/pdf",
        "application/zip",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "message/rfc822",
        "text/calendar",
        "text/csv",
        "text/plain",
    }
)
OTHER_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, as its sender calls it."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def safe_name(name: str) -> str:
    """A name without folders, without characters that are not seen or that shells and systems read otherwise.

    What would run when it is opened gets the ending `.download`.
    """
    last = _SEPARATORS.split(normalize("NFC", name))[-1]
    seen = "".join(sign for sign in _SPACES.sub(" ", last) if category(sign) not in _UNSEEN)
    plain = _FORBIDDEN.sub("_", seen).strip(" .")
    if not plain or _RESERVED.fullmatch(plain):
        plain = f"file_{plain}" if plain else "file"
    runs = plain.rpartition(".")[2].lower() in _RUNNING and "." in plain
    return _shortened(plain, LONGEST_NAME - (len(_ENDING) if runs else 0)) + (_ENDING if runs else "")


def safe_type(media_type: str) -> str:
    """The type under which a file is handed out: that of its sender where it is harmless, else plain bytes."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind if kind in PLAIN_TYPES else OTHER_TYPE


def _shortened(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:longest].rstrip(" .")
    return stem[: longest - len(ending) - 1].rstrip(" .") + dot + ending
