"""The alert tables: alerts, cases with their timeline and numbers, turns, notifications, webhooks, saved views."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from alerts.casework.flow import STATES
from alerts.terms import KINDS, SEVERITIES
from feedback_engine.foundation.tables import (
    REFERENCE,
    Id,
    append_only,
    bytes_column,
    document_column,
    id_column,
    id_reference,
    instant_column,
    one_of,
    partial_index,
    shard_column,
    shard_foreign_key,
)

ENTRY_KINDS = (
    "opened",
    "joined",  # another alert came to the same case
    "score_changed",  # the partner changed the answer
    "acknowledged",
    "noted",
    "contact_logged",
    "assigned",
    "closed",
    "reopened",
    # What clocks and people do since revision 0004.
    "warned",  # three quarters of the working time of a target have passed
    "escalated",
    "paused",
    "resumed",
    "snoozed",
    "woke",
    "dismissed",
    "undone",
    "merged",
    "split",
    "transferred",  # its partner has a new owner
    "promised",
    "promise_kept",
    "promise_broken",
    "promise_warned",  # three quarters of its working time have passed
    "promise_overdue",
    "promise_withdrawn",
    "attached",
    "replied",  # we wrote to the partner
    "partner_replied",
    "invited",  # to a talk, with a calendar entry
    "invitation_changed",
    "asked_if_settled",
    "partner_confirmed",
    "partner_partly",
    "partner_disputed",
    "mediation_began",
    "statement_given",
    "mediation_ended",
)

NEWS_KINDS = (
    "opened",
    "joined",
    "assigned",
    "closed",
    "reopened",
    "warned",
    "escalated",
    "woke",
    "mentioned",
    "merged",
    "split",
    "transferred",
    "promise_due",
    "promise_overdue",
    "promise_broken",
    "partner_replied",
    "partner_confirmed",
    "partner_partly",
    "partner_disputed",
    "mediation_began",
    "statement_given",
    "mediation_ended",
    "given_away",
    "mediation_late",
    "holder_gone",  # whoever a conflict was brought to works on cases no more
)
"""What somebody may be told of."""

NOTIFICATION_STATES = (
    "handed",  # to the mail queue, which has its own record of what became of it
    "digest",  # waits for the next digest of its reader, or came with the one in `digest_id`
    "pending",
    "claimed",  # somebody is sending it now, or died while sending it
    "sent",
    "dead",  # given up; the reason is in `error`
)

_OPEN = "state <> 'closed'"
_NOT_SPLIT = f"{_OPEN} and split_from_id is null"
_CLOSED = "state = 'closed'"
_ENDS_WITHOUT_CAUSE = "outcome in ('dismissed', 'merged')"
_WAKES = "wakes_at is not null"
_OCCASION = "occasion is not null"
_TO_SEND = "state in ('pending', 'claimed')"


class Casework(SQLModel, table=True):
    """A case: who owes a partner an answer, by when, and how it ended. `revision` rises with every entry.

    `due_at` and `warn_at` are those of the target that counts now, and `rung` how far its clock got (`clocks`).
    `wakes_at` is when something is due next without anybody's doing; cases from before revision 0004 have none.
    `ladder_rung` is that of the conflict, 1 again when the case is opened anew after the partner's yes; `settlement`
    how the partner's word stands about the closing `settlement_id`, both empty where nobody was asked.
    """

    __tablename__ = "casework"
    __table_args__ = (
        UniqueConstraint("shard", "number", name="casework_number"),
        shard_foreign_key("partner_id", "partner", name="casework_partner"),
        shard_foreign_key("contact_id", "contact", name="casework_contact"),
        CheckConstraint(one_of("kind", KINDS), name="casework_kind"),
        CheckConstraint(one_of("severity", SEVERITIES), name="casework_severity"),
        CheckConstraint(one_of("state", STATES), name="casework_state"),
        CheckConstraint("revision >= 1", name="casework_revision"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="casework_closed"),
        CheckConstraint("(state = 'closed') = (outcome is not null)", name="casework_outcome"),
        CheckConstraint(
            f"state <> 'closed' or kind <> 'recovery' or root_cause is not null or {_ENDS_WITHOUT_CAUSE}",
            name="casework_recovery_has_cause",
        ),
        # Two answers within an hour must not send two people to the same partner.
        partial_index(
            "ux_casework_open_group", "shard", "partner_id", "touchpoint_group", "kind", unique=True, where=_NOT_SPLIT
        ),
        partial_index("ix_casework_merged_into", "merged_into_id", where="merged_into_id is not null"),
        partial_index("ix_casework_owner_open", "owner_id", "due_at", where=_OPEN),
        partial_index("ix_casework_team_open", "team_id", "due_at", where=_OPEN),
        Index("ix_casework_partner", "shard", "partner_id", "opened_at"),
        partial_index("ix_casework_cause", "root_cause", "closed_at", where=_CLOSED),
        Index("ix_casework_opened", "opened_at"),
        partial_index("ix_casework_closed", "closed_at", where=_CLOSED),
        partial_index("ix_casework_wakes", "wakes_at", where=_WAKES),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    number: int = Field(sa_type=BigInteger)
    partner_id: UUID = id_reference()
    # Both stay empty in a case that no answer opened; its touchpoint is empty too, unless it is about one.
    contact_id: UUID | None = id_reference(nullable=True)
    response_id: UUID | None = id_reference(nullable=True)
    touchpoint: str = Field(max_length=120)
    touchpoint_group: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    severity: str = Field(max_length=20)
    state: str = Field(max_length=20)
    revision: int = 1
    owner_id: UUID | None = Field(default=None, sa_type=Id, foreign_key="staff.id", nullable=True)
    team_id: UUID | None = Field(default=None, sa_type=Id, foreign_key="team.id", nullable=True)
    score: int | None = None
    score_kind: str | None = Field(default=None, max_length=20)
    wants_contact: bool = False
    route: dict[str, Any] = document_column()
    alerts_version: str = Field(max_length=80)
    opened_at: datetime = instant_column()
    contact_due_at: datetime = instant_column()
    resolve_due_at: datetime = instant_column()
    due_at: datetime = instant_column()
    acknowledged_at: datetime | None = instant_column(nullable=True)
    contacted_at: datetime | None = instant_column(nullable=True)
    closed_at: datetime | None = instant_column(nullable=True)
    root_cause: str | None = Field(default=None, max_length=64)
    outcome: str | None = Field(default=None, max_length=20)
    reopened_count: int = 0
    calendar: str | None = Field(default=None, max_length=64)
    warn_at: datetime | None = instant_column(nullable=True)
    resolve_warn_at: datetime | None = instant_column(nullable=True)
    rung: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    wakes_at: datetime | None = instant_column(nullable=True)
    paused_at: datetime | None = instant_column(nullable=True)
    paused_until: datetime | None = instant_column(nullable=True)
    pause_reason: str | None = Field(default=None, max_length=20)
    snoozed_until: datetime | None = instant_column(nullable=True)
    ladder_rung: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    settlement_id: UUID | None = id_reference(nullable=True)
    settlement: str | None = Field(default=None, max_length=20)
    merged_into_id: UUID | None = id_reference(nullable=True)
    split_from_id: UUID | None = id_reference(nullable=True)


class Alert(SQLModel, table=True):
    """A fact: this rule fired on this response, or without one on this occasion. Never edited."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("shard", "response_id", "rule", name="alert_once"),
        shard_foreign_key("case_id", "casework", name="alert_case"),
        shard_foreign_key("partner_id", "partner", name="alert_partner"),
        CheckConstraint(one_of("kind", KINDS), name="alert_kind"),
        CheckConstraint(one_of("severity", SEVERITIES), name="alert_severity"),
        Index("ix_alert_case", "shard", "case_id"),
        Index("ix_alert_person", "person"),
        Index("ix_alert_raised", "raised_at"),
        partial_index("ux_alert_occasion", "shard", "partner_id", "rule", "occasion", unique=True, where=_OCCASION),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    partner_id: UUID = id_reference()
    contact_id: UUID | None = id_reference(nullable=True)
    person: bytes | None = bytes_column(nullable=True)
    response_id: UUID | None = id_reference(nullable=True)
    case_id: UUID = id_reference()
    touchpoint: str = Field(max_length=120)
    rule: str = Field(max_length=64)
    kind: str = Field(max_length=20)
    severity: str = Field(max_length=20)
    reason: str = Field(max_length=40)
    numbers: dict[str, float] = document_column()
    question: str | None = Field(default=None, max_length=80)
    alerts_version: str = Field(max_length=80)
    # The instant of the answer, or of what happened instead.
    answered_at: datetime = instant_column()
    raised_at: datetime = instant_column()
    occasion: str | None = Field(default=None, max_length=120)


append_only(SQLModel.metadata.tables["alert"])


class CaseEntry(SQLModel, table=True):
    """One line of a case's timeline; it holds the revision that the case got by it."""

    __tablename__ = "case_entry"
    __table_args__ = (
        UniqueConstraint("shard", "case_id", "revision", name="case_entry_revision"),
        shard_foreign_key("case_id", "casework", name="case_entry_case"),
        CheckConstraint(one_of("kind", ENTRY_KINDS), name="case_entry_kind"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    revision: int
    kind: str = Field(max_length=20)
    at: datetime = instant_column()
    actor_kind: str = Field(max_length=20)
    actor_id: str = Field(max_length=64)
    actor_name: str = Field(max_length=200)
    text: str | None = Field(default=None, max_length=10_000)
    detail: dict[str, Any] = document_column()


class CaseCounter(SQLModel, table=True):
    """The last number given to a case in a shard; the row's id is the one that `store` makes of the shard."""

    __tablename__ = "case_counter"
    __table_args__ = (CheckConstraint("last >= 1", name="case_counter_last"),)

    shard: int = shard_column()
    id: UUID = id_column()
    last: int = Field(sa_type=BigInteger)


class RotaTurn(SQLModel, table=True):
    """Whose turn it was last among those whom a recipient of the routes means, and how many turns there were."""

    __tablename__ = "rota_turn"
    __table_args__ = (
        UniqueConstraint("recipient"),
        CheckConstraint("taken >= 1", name="rota_turn_taken"),
        REFERENCE,
    )

    id: UUID = id_column()
    recipient: str = Field(max_length=120)
    taken: int = Field(sa_type=BigInteger)
    last_id: UUID = Field(sa_type=Id, foreign_key="staff.id")


class Notification(SQLModel, table=True):
    """One entry told to one recipient by one channel, and what became of it."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("shard", "case_id", "revision", "channel", "recipient_id", name="notification_once"),
        shard_foreign_key("case_id", "casework", name="notification_case"),
        CheckConstraint(one_of("state", NOTIFICATION_STATES), name="notification_state"),
        CheckConstraint(one_of("news", NEWS_KINDS), name="notification_news"),
        CheckConstraint("(state = 'claimed') = (claimed_at is not null)", name="notification_claimed"),
        CheckConstraint("state <> 'dead' or error is not null", name="notification_dead"),
        partial_index("ix_notification_due", "channel", "due_at", where=_TO_SEND),
        Index("ix_notification_recipient", "recipient_id", "created_at"),
        partial_index("ix_notification_together", "recipient_id", "together_at", where="together_at is not null"),
    )

    shard: int = shard_column()
    id: UUID = id_column()
    case_id: UUID = id_reference()
    revision: int
    news: str = Field(max_length=20)
    channel: str = Field(max_length=20)
    recipient_id: UUID = id_reference()
    state: str = Field(max_length=20)
    due_at: datetime = instant_column()
    attempts: int = 0
    claimed_at: datetime | None = instant_column(nullable=True)
    settled_at: datetime | None = instant_column(nullable=True)
    status_code: int | None = None
    error: str | None = Field(default=None, max_length=500)
    created_at: datetime = instant_column()
    digest_id: UUID | None = id_reference(nullable=True)
    # When the tries began that count now; None: when it was created.
    begun_at: datetime | None = instant_column(nullable=True)
    # When one message tells of this and all else that its reader loses, or is given, by then; tries do not move it.
    together_at: datetime | None = instant_column(nullable=True)


class WebhookEndpoint(SQLModel, table=True):
    """An address of somebody's program that wants to hear of cases, and the secret by which it knows us.

    With a `staff_id` it hears of what that member of staff is told of, else of every case. Until `old_secret_until`
    messages are signed with the secret before as well.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (UniqueConstraint("name", name="webhook_endpoint_name"), REFERENCE)

    id: UUID = id_column()
    name: str = Field(max_length=100)
    url: str = Field(max_length=2000)
    secret: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = instant_column()
    created_by: str = Field(max_length=200)
    disabled_at: datetime | None = instant_column(nullable=True)
    staff_id: UUID | None = id_reference(nullable=True)
    old_secret: bytes | None = Field(default=None, sa_type=LargeBinary, nullable=True)
    old_secret_until: datetime | None = instant_column(nullable=True)
    failing_since: datetime | None = instant_column(nullable=True)
    disabled_reason: str | None = Field(default=None, max_length=20)


class SavedView(SQLModel, table=True):
    """An address of the inbox that one of our people keeps under a name; `address` is its query, without the page."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("staff_id", "name"), REFERENCE)

    id: UUID = id_column()
    staff_id: UUID = Field(sa_type=Id, foreign_key="staff.id")
    name: str = Field(max_length=60)
    address: str = Field(max_length=1000)
    created_at: datetime = instant_column()
