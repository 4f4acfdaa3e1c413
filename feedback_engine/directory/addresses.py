"""Pure. E-mail addresses: what we write on the envelope, and the one form under which a person is known.

The envelope keeps the local part as it was given, because only the receiving server knows whether case matters there.
The identity folds case, so that `Ana@Acme.example` and `ana@acme.example` are one person to every cap and opt-out.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

import idna

from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.plain_text import find_refused

LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1
# What nearly all addresses look like; whatever matches needs none of the finer questions below. Intake passes here
# thousands of times a second.
_PLAIN = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9]{1,62}"
)
_SPECIALS = frozenset('()<>[]:;,\\" \t')


def deliverable_address(text: str, pointer: str = "/email") -> str:
    """The address for an envelope: trimmed, composed (NFC), its domain in lower case and ASCII (IDNA 2008).

    Raises Invalid with one fault at `pointer` that says what to write instead.
    """
    trimmed = text.strip() if text.isascii() else normalize("NFC", text.strip())
    local, _, domain = trimmed.rpartition("@")
    if len(trimmed) <= LONGEST_ADDRESS and len(local) <= LONGEST_LOCAL and _PLAIN.fullmatch(trimmed):
        if "--" not in domain:  # else it may be, or pretend to be, a name in IDNA's spelling
            return f"{local}@{domain.lower()}"
    elif (fault := _fault_of(trimmed)) is not None:
        raise _invalid(fault, pointer)
    address = f"{local}@{_ascii_domain(domain, pointer)}"
    if len(address.encode()) > LONGEST_ADDRESS:
        raise _invalid(_too_long(), pointer)
    return address


def normalise_address(text: str, pointer: str = "/email") -> str:
    """The form under which a person is known: the deliverable address with its case folded.

    Raises Invalid like `deliverable_address`. Applying it twice changes nothing.
    """
    return identity_of(deliverable_address(text, pointer))


def identity_of(deliverable: str) -> str:
    """The form under which the person behind a `deliverable_address` is known."""
    local, _, domain = deliverable.rpartition("@")
    return f"{local.lower() if local.isascii() else normalize('NFC', local.casefold())}@{domain}"


def _ascii_domain(domain: str, pointer: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        detail = gettext("“{domain}” is not a domain name; check its spelling.", domain=domain)
        raise _invalid(detail, pointer) from None


def _invalid(detail: str, pointer: str) -> Invalid:
    return Invalid(detail, [Fault(pointer, detail)])


def _too_long() -> str:
    return gettext("An address has at most {longest} characters; this one has more.", longest=LONGEST_ADDRESS)


def _fault_of(address: str) -> str | None:
    """Why `address` is not one plain address; None when its shape is right."""
    if not address:
        return gettext("The address is empty; write one like ana@acme.example.")
    if len(address) > LONGEST_ADDRESS:
        return _too_long()
    if find_refused(address) is not None or any(category(sign) == "Cf" for sign in address):
        return gettext("It holds a line break or an invisible character; type the address again by hand.")
    if address.count("@") != 1:
        return gettext("It needs exactly one @; write one address like ana@acme.example.")
    local, _, domain = address.partition("@")
    return _fault_of_local(local) or _fault_of_domain(domain)


def _fault_of_local(local: str) -> str | None:
    if not local:
        return gettext("Nothing stands before the @; write one address like ana@acme.example.")
    if any(sign in _SPECIALS or sign.isspace() for sign in local):
        return gettext("Write the bare address, without a name, spaces, brackets or quotation marks.")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return gettext("A dot may not begin or end the part before the @, nor stand twice in a row.")
    if len(local.encode()) > LONGEST_LOCAL:
        return gettext("The part before the @ has at most {longest} characters.", longest=LONGEST_LOCAL)
    return None


def _fault_of_domain(domain: str) -> str | None:
    if not domain:
        return gettext("Nothing stands after the @; write one address like ana@acme.example.")
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels):
        return gettext("“{domain}” is not a full domain name such as acme.example.", domain=domain)
    if any(sign in _SPECIALS or sign.isspace() for sign in domain):
        return gettext("Write one bare address, without anything after it.")
    if labels[-1].isdecimal():
        return gettext("Write a domain name after the @, not a numeric address.")
    return None
