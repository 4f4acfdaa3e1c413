"""Pure. What a mail server's refusal means for a mail, by the step at which it came (RFC 5321, 4.2; RFC 3463).

Only a refusal of the recipient says anything about the recipient. A server that refuses us - who we are, what we send,
how much of it - would refuse every mail of a wave alike, and nobody in it may be called unreachable for that.
"""

from __future__ import annotations

import re
from typing import Literal

from feedback_engine.foundation.mail.transports.base import Again, Refused

Step = Literal["MAIL", "RCPT", "DATA", "content"]

_ENHANCED = re.compile(r"[45]\.(\d{1,3})\.(\d{1,3})\b")
_OF_THE_SESSION = frozenset({503, 530, 534, 535, 538, 552})
"""Out of order, sign in first, sign-in failed, encryption needed, more than we may send: ours to mend."""
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})


def judge(step: Step, code: int, words: bytes | str) -> Again | Refused:
    """The fate of a mail that was refused with `code` (400 or more) at `step`.

    `Refused.bounced` tells whether the recipient cannot be reached; otherwise it is this mail that was not wanted.
    """
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    reason = f"{code} {text}"[:300]
    found = _ENHANCED.match(text)
    subject, detail = (found[1], found[2]) if found else ("", "")
    if code < 500 or step == "MAIL" or code in _OF_THE_SESSION:
        return Again(reason)
    if step == "RCPT" and subject == "7":
        return Again(reason)  # "relaying denied" and its like are about who we are
    addressed = (subject, detail) in {("1", "1"), ("1", "2"), ("1", "3"), ("1", "6"), ("1", "10"), ("2", "1")}
    return Refused(reason, bounced=addressed or (step == "RCPT" and (code in _NO_SUCH_MAILBOX or subject == "1")))
