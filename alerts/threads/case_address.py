"""Pure. The address of a case: the mailbox of the installation with a tag that names the case and cannot be guessed.

`cases+c1042-<26 letters and digits>@example.com`: the tag holds 128 bits of a keyed hash of the case's number, in
letters that survive a mail server which folds case.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

PURPOSE = "case-address"
_TAG = re.compile(r"c([0-9]{1,15})-([a-z2-7]{26})")
_TAG_WITHIN = re.compile(f"(?={_TAG.pattern})")  # one may begin within what looks like another
_LONGEST_LOCAL = 64  # RFC 5321, 4.5.3.1.1


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the addresses of a mail say: the number of a case, and whether a tag was there that is not ours."""

    number: int | None = None
    is_forged: bool = False


@dataclass(frozen=True, slots=True)
class CaseAddresses:
    """Makes and reads the addresses of cases. `mailbox` is None where replies go to the owners themselves."""

    key: bytes = field(repr=False)
    mailbox: str | None
    with_tags: bool = True

    def address_of(self, number: int) -> str | None:
        """Where replies about a case go; the bare mailbox where tags do not reach it or have no room."""
        if self.mailbox is None:
            return None
        local, _, domain = self.mailbox.rpartition("@")
        tagged = f"{local}+c{number}-{self._tag(number)}"
        return f"{tagged}@{domain}" if self.with_tags and len(tagged) <= _LONGEST_LOCAL else self.mailbox

    def read(self, addresses: Iterable[str]) -> Tagged:
        """The case that these addresses name; two different cases count as forged."""
        numbers, is_forged = set(), False
        for tag in filter(None, map(self._tag_in, addresses)):
            found = _TAG.fullmatch(tag)
            if found is not None and hmac.compare_digest(found[2], self._tag(int(found[1]))):
                numbers.add(int(found[1]))
            else:
                is_forged = True
        return Tagged(next(iter(numbers)) if len(numbers) == 1 else None, is_forged or len(numbers) > 1)

    def tags_in(self, signs: str) -> Iterator[tuple[int, int]]:
        """Where in a run of letters, digits and hyphens, of any case, tags of ours begin and end."""
        for found in _TAG_WITHIN.finditer(signs.lower()):
            if hmac.compare_digest(found[2], self._tag(int(found[1]))):
                yield found.start(), found.end(2)

    def _tag_in(self, address: str) -> str:
        """What stands behind the plus in an address of our mailbox; empty for all others."""
        if self.mailbox is None:
            return ""
        wanted, _, our_domain = self.mailbox.lower().rpartition("@")
        local, _, domain = address.lower().rpartition("@")
        return local[len(wanted) + 1 :] if domain == our_domain and local.startswith(f"{wanted}+") else ""

    def _tag(self, number: int) -> str:
        return b32encode(hmac.digest(self.key, f"case\n{number}".encode(), sha256)[:16]).decode().rstrip("=").lower()
