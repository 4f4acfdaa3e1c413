"""Pure. What was noticed about a partner without an answer, in the shape in which an answer comes to the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.conditions import Noticed
from feedback_engine.directory.views import PartnerView
from surveys.events import ResponseSubmitted


@dataclass(frozen=True, slots=True)
class Occasion:
    """An occasion on which a rule fires once at a partner; `key` tells it from others.

    What only answers have is empty. `case_id` is the case that it belongs to where that is still open, `holder_id` who
    gets the case that it opens, and knows of it already.
    """

    partner_id: UUID
    key: str
    at: datetime
    tier: str
    region: str
    touchpoint: str = ""
    contact_id: UUID | None = None
    case_id: UUID | None = None
    holder_id: UUID | None = None
    response_id: UUID | None = None
    language: str = ""
    wants_contact: bool = False


Happening = ResponseSubmitted | Occasion
"""What may become an alert."""


def occasion_of(partner: PartnerView, noticed: Noticed, at: datetime) -> Occasion:
    """What was noticed about a partner at `at`."""
    return Occasion(
        partner_id=partner.id,
        key=noticed.occasion,
        at=at,
        tier=partner.tier,
        region=partner.region,
        touchpoint=noticed.touchpoint,
        contact_id=noticed.contact_id,
        case_id=noticed.case_id,
        holder_id=noticed.holder_id,
    )
