"""Pure. To which case a mail belongs, or why it belongs to none: what it answers, who wrote, what its server says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from alerts.threads.case_address import Tagged
from feedback_engine.foundation.mail.authentication import Verdict
from feedback_engine.foundation.mail.incoming import Automatic

Reason = Literal[
    "unreadable",
    "too_large",
    "bounce",
    "no_sender",
    "forged_tag",
    "unknown",
    "contradictory",
    "auth_failed",
    "auth_missing",
    "wrong_sender",
]


@dataclass(frozen=True, slots=True)
class CaseAsked:
    """A case that a mail may belong to: the partners that are its company, and the persons we wrote to about it."""

    case_id: UUID
    company: frozenset[UUID]
    written_to: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What is known of a mail.

    `answered` are the cases of those letters of ours that it says it answers, `tagged` what the address says it was
    sent to and `of_tag` the case of that; `contact_of` are the partners at which its sender is an active contact.
    `verdict` is None where no mail server is trusted to judge.
    """

    sender: bytes | None
    automatic: Automatic
    answered: tuple[CaseAsked, ...]
    tagged: Tagged
    of_tag: CaseAsked | None
    contact_of: Collection[UUID]
    verdict: Verdict | None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class Lands:
    """The mail goes into this case."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class Unmatched:
    """It goes into none, for this reason; `suspected` is the case it names or seems to mean."""

    reason: Reason
    suspected: UUID | None = None


def decide(mail: MailFacts) -> Lands | Unmatched:
    """The case of a mail. Whoever knows a Message-ID or a tag of ours must also be whom we know at that partner."""
    asked = {case.case_id: case for case in (*mail.answered, *([mail.of_tag] if mail.of_tag else ()))}
    suspected = next(iter(asked), None) if len(asked) == 1 else None
    reason = _obstacle(mail, len(asked))
    if reason is not None or suspected is None:
        return Unmatched(reason or "unknown", suspected)
    case = asked[suspected]
    if mail.sender in case.written_to or case.company & frozenset(mail.contact_of):
        return Lands(suspected)
    return Unmatched("wrong_sender", suspected)


def _obstacle(mail: MailFacts, cases: int) -> Reason | None:
    """What keeps a mail out of every case, the plainest reason first."""
    if mail.problem is not None:
        return mail.problem
    if mail.automatic == "bounce":
        return "bounce"
    if mail.sender is None:
        return "no_sender"
    if mail.tagged.is_forged or (mail.tagged.number is not None and mail.of_tag is None):
        return "forged_tag"
    if cases != 1:
        return "contradictory" if cases else "unknown"
    if mail.verdict in ("fail", "missing"):
        return "auth_failed" if mail.verdict == "fail" else "auth_missing"
    return None
