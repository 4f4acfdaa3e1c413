"""Pure. The numbers of the planted world: touchpoints, initiatives with their dates, incidents, who answers.

The story in one line: in APAC the deal desk is slow, slowness costs three points of ten, the initiative
`faster_deal_registration` halves how often that happens, and the initiative `onboarding_portal` changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from feedback_engine.simulation.planted import (
    Answering,
    Circumstance,
    Incident,
    InitiativeTruth,
    TouchpointTruth,
    Truth,
)

DEAL_REGISTRATION = "deal.registration_decided"
SLOW = "slow_decision"
SLOW_POINTS = -3.0
"""What a decision after more than `SLOW_DAYS` days does to the mood of whoever waited, wherever that is."""

SLOW_DAYS = 3.0
SLOW_SHARE_APAC = 0.7
SLOW_SHARE_ELSEWHERE = 0.06
CURED_SHARE = 0.5

FASTER = "faster_deal_registration"
IDLE = "onboarding_portal"
UNDER_WAY = "second_engineer"

_PLANS = (
    # key, title, cause, accepted, started, delivered as shares of the simulated time
    (FASTER, "Deal desk for APAC decides in three days", "slow_approval", 0.30, 0.33, 0.50),
    (IDLE, "A new onboarding portal", "hard_to_start", 0.40, 0.43, 0.58),
    (UNDER_WAY, "A second engineer after 24 hours", "slow_solution", 0.80, 0.84, None),
)

TOUCHPOINTS = (
    TouchpointTruth(
        "agreement.signed",
        "csat",
        7.3,
        (Circumstance("many_rounds", "hard_to_start", -2.0, {"": 0.3}, "rounds", (1, 3), (4, 8), 3),),
        ("unclear_terms", "hard_to_start"),
    ),
    TouchpointTruth(
        "portal.opened",
        "csat",
        7.2,
        (Circumstance("late_access", "hard_to_start", -2.2, {"": 0.35}, "days_to_access", (0.2, 4.5), (5.5, 19), 5),),
        ("hard_to_start",),
    ),
    TouchpointTruth(
        "onboarding.completed",
        "nps",
        7.6,
        (Circumstance("long_start", "hard_to_start", -2.0, {"": 0.3}, "days_to_complete", (9, 43), (46, 95), 45),),
        ("hard_to_start", "training_gap"),
    ),
    TouchpointTruth(
        "first_training.completed",
        "csat",
        7.7,
        (Circumstance("training_moved", "training_gap", -1.8, {"": 0.15}, "rescheduled", False, True),),
        ("training_gap",),
    ),
    TouchpointTruth(
        "certification.passed",
        "csat",
        7.7,
        (Circumstance("many_attempts", "training_gap", -1.6, {"": 0.2}, "attempts", (1, 1), (2, 4), 1),),
        ("training_gap",),
    ),
    TouchpointTruth(
        "lead.shared",
        "csat",
        7.4,
        (Circumstance("cold_lead", "not_informed", -2.0, {"": 0.22}, "hours_to_share", (1, 46), (50, 190), 48),),
    ),
    TouchpointTruth(
        DEAL_REGISTRATION,
        "nps",
        7.7,
        (
            Circumstance(
                SLOW,
                "slow_approval",
                SLOW_POINTS,
                {"APAC": SLOW_SHARE_APAC, "": SLOW_SHARE_ELSEWHERE},
                "decision_days",
                (0.3, 2.9),
                (3.2, 12.0),
                SLOW_DAYS,
            ),
            Circumstance("declined", "channel_conflict", -0.8, {"": 0.18}, "decision", "approved", "declined"),
        ),
        ("not_informed", "unclear_terms"),
    ),
    TouchpointTruth(
        "quote.delivered",
        "csat",
        7.6,
        (Circumstance("late_quote", "slow_quote", -2.2, {"": 0.15}, "hours_to_quote", (2, 46), (50, 160), 48),),
        ("unclear_terms",),
    ),
    TouchpointTruth(
        "deal.closed",
        "nps",
        7.6,
        (
            Circumstance("lost", "unclear_terms", -0.9, {"": 0.35}, "outcome", "won", "lost"),
            Circumstance("direct_offer", "channel_conflict", -2.6, {"": 0.09}, "direct_offer", False, True),
        ),
        ("promise_broken", "channel_conflict"),
    ),
    TouchpointTruth(
        "campaign.completed",
        "csat",
        7.5,
        (Circumstance("late_funds", "promise_broken", -2.2, {"": 0.2}, "days_to_pay", (6, 29), (32, 75), 30),),
        ("promise_broken",),
    ),
    TouchpointTruth(
        "qbr.held",
        "nps",
        7.7,
        (Circumstance("open_actions", "promise_broken", -1.8, {"": 0.25}, "open_actions", (0, 2), (3, 7), 2),),
        ("promise_broken",),
    ),
    TouchpointTruth(
        "ticket.closed",
        "ces",
        7.6,
        (
            Circumstance("slow_ticket", "slow_solution", -2.4, {"": 0.2}, "hours_to_close", (1, 70), (74, 260), 72),
            Circumstance("reopened", "product_fault", -1.8, {"": 0.1}, "reopened", False, True),
        ),
        ("not_informed", "product_fault"),
    ),
    TouchpointTruth(
        "escalation.closed",
        "ces",
        7.0,
        (Circumstance("long_escalation", "slow_solution", -2.0, {"": 0.3}, "days_open", (0.5, 4.8), (5.2, 16), 5),),
        ("slow_solution", "not_informed"),
    ),
    TouchpointTruth(
        "release.installed",
        "ces",
        7.5,
        (Circumstance("broken_release", "product_fault", -2.4, {"": 0.16}, "faults", (0, 0), (1, 5), 0),),
        ("product_fault", "training_gap"),
    ),
)

ANSWERING = Answering(
    share=0.46,
    by_region={"APAC": -0.04, "AMER": 0.02},
    by_tier={"Platinum": 0.08, "Silver": -0.04},
    person_half_width=0.3,
    delay_hours={"": 18.0, "AMER": 24.0, "APAC": 30.0},
    unsubscribe_share=0.004,
    decline_share=0.025,
)

INCIDENT_POINTS = -4.5
INCIDENT_TOUCHPOINT = "escalation.closed"
INCIDENT_LASTS = timedelta(days=9)


def make_truth(seed: int, begins_at: datetime, ends_at: datetime, troubled: Sequence[str] = ()) -> Truth:
    """The truth of a world between two instants; `troubled` partners live through an outage in its last days."""
    return Truth(
        seed=seed,
        begins_at=begins_at,
        ends_at=ends_at,
        touchpoints={each.key: each for each in TOUCHPOINTS},
        initiatives=tuple(_initiative(begins_at, ends_at, *plan) for plan in _PLANS),
        answering=ANSWERING,
        incidents=tuple(
            Incident(partner, INCIDENT_TOUCHPOINT, ends_at - INCIDENT_LASTS, ends_at, INCIDENT_POINTS)
            for partner in troubled
        ),
    )


def _initiative(
    begins_at: datetime,
    ends_at: datetime,
    key: str,
    title: str,
    cause: str,
    accepted: float,
    started: float,
    delivered: float | None,
) -> InitiativeTruth:
    span = ends_at - begins_at
    cures = key == FASTER
    return InitiativeTruth(
        key=key,
        title=title,
        cause=cause,
        accepted_at=begins_at + span * accepted,
        started_at=begins_at + span * started,
        delivered_at=None if delivered is None else begins_at + span * delivered,
        touchpoint=DEAL_REGISTRATION if cures else _TOUCHED.get(key),
        cures=SLOW if cures else None,
        region="APAC" if cures else "",
        cured_share=CURED_SHARE if cures else 0.0,
    )


_TOUCHED = {IDLE: "onboarding.completed", UNDER_WAY: "ticket.closed"}
"""Where an initiative that cures nothing would be expected to show."""
