"""Pure. How an invitation ended, as an AAPOR disposition: a code and the class its rates are counted by.

Codes: AAPOR, Standard Definitions, internet surveys of specifically named persons. Everybody we ask is known to have
met us at the touchpoint, so whoever says nothing is an eligible non-contact (2.20), not a case of unknown eligibility.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

AaporClass = Literal["I", "P", "R", "NC", "O", "UH", "UO", "NE"]


@dataclass(frozen=True, slots=True)
class Disposition:
    """`aapor_class` is the letter of the response-rate formulas: I complete, P partial, R refusal and break-off,
    NC non-contact, UO unknown, NE not eligible."""

    code: str
    name: str
    aapor_class: AaporClass


COMPLETED = Disposition("1.1", "completed", "I")
PARTIAL = Disposition("1.2", "partial", "P")
REFUSED = Disposition("2.11", "refused", "R")
BREAK_OFF = Disposition("2.12", "break-off", "R")
NO_ANSWER = Disposition("2.20", "no answer", "NC")
NOT_SENT = Disposition("3.11", "never sent", "UO")
UNDELIVERABLE = Disposition("3.30", "undeliverable", "UO")
UNKNOWN = Disposition("3.90", "sending unknown", "UO")

DISPOSITIONS = (COMPLETED, PARTIAL, REFUSED, BREAK_OFF, NO_ANSWER, NOT_SENT, UNDELIVERABLE, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of an invitation and its response; `scored` tells whether a partial response holds a score."""

    invitation_state: str
    answer_before: datetime
    declined: bool = False
    response_state: str | None = None
    scored: bool = False


def dispose(outcome: Outcome, now: datetime) -> Disposition | None:
    """How the invitation ended; None while it may still be answered, and for asks that never were mail (history).

    An answer outweighs whatever the mail system says of its mail. A response that was begun and never sent is a
    partial when it holds a score, else a break-off.
    """
    if outcome.response_state == "confirmed":
        return COMPLETED
    if outcome.invitation_state == "recorded":
        return None
    if outcome.declined:
        return REFUSED
    if outcome.invitation_state in ("cancelled", "late"):
        return NOT_SENT
    if outcome.invitation_state == "undeliverable":
        return UNDELIVERABLE
    if now < outcome.answer_before and outcome.invitation_state != "expired":
        return None
    if outcome.response_state is not None:
        return PARTIAL if outcome.scored else BREAK_OFF
    return {"unknown": UNKNOWN, "held": NOT_SENT, "queued": NOT_SENT}.get(outcome.invitation_state, NO_ANSWER)
