"""Pure. What the mail server that took a mail says of its sender: Authentication-Results (RFC 8601), DMARC first.

Only the topmost header of the server that is trusted counts: whatever stands below may have come with the mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Verdict = Literal["pass", "fail", "missing"]

_LONGEST = 8_000
_RESULT = re.compile(r"\s*(dmarc|spf|dkim)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_FAILED = frozenset({"fail", "softfail", "permerror", "policy"})


def verdict(headers: Sequence[str], trusted: str) -> Verdict:
    """Whether the sender is who they say, by the headers in their order and the name of the server that is trusted.

    `fail` when DMARC failed, or when without a word on DMARC something failed and nothing passed; `missing` when the
    server said nothing at all, so the mail did not come by it.
    """
    for header in headers:
        parts = _without_comments(header[:_LONGEST]).split(";")
        name = parts[0].split()[0] if parts[0].split() else ""
        if name.lower() == trusted.lower():
            return _judge(parts[1:])
    return "missing"


def _judge(parts: Sequence[str]) -> Verdict:
    found: dict[str, set[str]] = {}
    for part in parts:
        said = _RESULT.match(part)
        if said is not None:
            found.setdefault(said[1].lower(), set()).add(said[2].lower())
    dmarc = found.get("dmarc", set())
    if dmarc & _FAILED:
        return "fail"
    if "pass" in dmarc:
        return "pass"
    others = found.get("spf", set()) | found.get("dkim", set())
    return "fail" if others & _FAILED and "pass" not in others else "pass"


def _without_comments(text: str) -> str:
    """The text without what stands in round brackets, which may be nested (RFC 5322, 3.2.2), and without quotes."""
    kept, depth, quoted, escaped = [], 0, False, False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and depth and not quoted:
            depth -= 1
        elif not depth and not (quoted and sign == ";"):
            kept.append(sign)
    return "".join(kept)
