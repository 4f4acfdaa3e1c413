"""Pure. Takes a mail apart into its parts within bounds that are checked while it is read, not when all is read.

The standard library's parser is linear in none of: the depth of parts times the lines, the length and the parameters
of a header that says what a part is, the number of parts. So it is given parts that refuse at the first too many. Every
bound lies well above what mail programs and servers write: a header of recipients or of a server's opinion may have
hundreds of kilobytes, a file's name a few.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import compat32
from typing import Any

MOST_DEPTH = 20
"""How deep parts may lie in each other. A forward that is attached is a file, and counts for one."""
MOST_HELD = 250
"""Parts in all, those that only hold others included."""
MOST_LINES = 1_000_000
MOST_LINES_BY_DEPTH = 5_000_000
"""For each line the parser looks at each boundary that is open. 15 MB of base64 at full depth are 4 million."""
MOST_HEADERS = 10_000
LONGEST_HEADER = 256 * 1024
"""A server that passes longer ones is hard to find: Postfix cuts at 100 KB, others take 1,000 recipients."""
LONGEST_KIND = 8 * 1024
"""A header that says what a part is: the longest name of a file, written twice and encoded, has 6 KB."""
MOST_PARAMETERS = 150
LONGEST_BOUNDARY = 250
"""RFC 2046, 5.1.1 has 70."""


class Unreadable(Exception):
    """The bytes are no mail that can be read within the bounds; the text says why."""


@dataclass(slots=True)
class _Budget:
    """What one mail may still have."""

    lines: int
    parts: int = MOST_HELD
    headers: int = MOST_HEADERS


class Part(Message):
    """A mail or a part of one. What lies in it is bytes: a mail in a mail is a file, and is not taken apart."""

    def __init__(self, budget: _Budget) -> None:
        super().__init__(policy=compat32)
        self._budget = budget
        self._depth = 0
        budget.parts -= 1
        if budget.parts < 0:
            raise Unreadable(f"it has more than {MOST_HELD} parts")

    @property
    def kind(self) -> str:
        """Its media type, in small letters."""
        return super().get_content_type()

    def get_content_type(self) -> str:
        """What the parser asks, which would take apart any `message/...`: to it that is a file as any other."""
        return "application/octet-stream" if self.kind.startswith("message/") else self.kind

    def get_boundary(self, failobj: Any = None) -> Any:
        """What separates its parts, which every line of them is compared with. Raises Unreadable for an endless one."""
        found = super().get_boundary(failobj)
        if isinstance(found, str) and len(found) > LONGEST_BOUNDARY:
            raise Unreadable("what separates its parts is too long")
        return found

    def attach(self, payload: Any) -> None:
        """Takes in a part, before that part is read. Raises Unreadable when it lies too deep."""
        if isinstance(payload, Part):
            payload._depth = self._depth + 1
            if payload._depth > MOST_DEPTH:
                raise Unreadable("its parts lie too deep in each other")
            if payload._depth * self._budget.lines > MOST_LINES_BY_DEPTH:
                raise Unreadable("it has too many lines in parts that lie in each other")
        super().attach(payload)

    def set_raw(self, name: str, value: Any) -> None:
        """Takes in a header, before anything is read from it. Raises Unreadable for one too many or too long."""
        self._budget.headers -= 1
        if self._budget.headers < 0:
            raise Unreadable(f"it has more than {MOST_HEADERS} headers")
        is_kind = name.lower().startswith("content-")
        if len(name) + len(value) > (LONGEST_KIND if is_kind else LONGEST_HEADER):
            raise Unreadable(f"its header {name[:40]} is too long")
        if is_kind and value.count(";") > MOST_PARAMETERS:
            raise Unreadable(f"its header {name[:40]} has too many parameters")
        super().set_raw(name, value)


def take_apart(raw: bytes) -> Part:
    """The mail in these bytes, in time that grows as they do. Raises Unreadable."""
    lines = raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if lines > MOST_LINES:
        raise Unreadable(f"it has more than {MOST_LINES} lines")
    budget = _Budget(lines)
    make: Any = lambda policy: Part(budget)  # noqa: E731 - the stubs know no parts that are made by anything but a class
    parser: Any = BytesFeedParser(make, policy=compat32)
    parser.feed(raw)
    read: Part = parser.close()
    return read
