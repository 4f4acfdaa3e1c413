"""Tells the owner of a case by mail, through the mail queue; `rendering` writes the mail when it is claimed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from alerts.channels.base import Channel, Notice
from alerts.notices.news import News
from alerts.notices.rules import held_back
from alerts.routing.walk import steering_role
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailOrder
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork

MAIL_KIND = "case-notification"
NOT_TOLD = ("transferred",)
"""Whoever takes over many cases gets one mail of all of them (`transfer_mail`)."""


def choose_recipients(reading: Reading, news: Sequence[News]) -> list[tuple[News, UUID]]:
    """The owner; while a team has the case, everybody in it; else, or when the team is empty, those who steer. That a
    case has ended concerns its owner alone.

    Whom the news names besides hears of it too. Whoever caused the news is not told of it.
    """
    told = [item for item in news if item.kind not in NOT_TOLD and not item.programs_only]
    staff = [member for member in directory.list_staff(reading) if member.active] if told else []
    teams = {member.team_id for member in staff if member.team_id is not None}
    steering = steering_role({member.role for member in staff})
    return [
        (item, member.id)
        for item in told
        for member in staff
        if _concerns(item, member, teams, steering) and member.id != item.by_staff_id
    ]


def _concerns(item: News, member: StaffView, teams: Collection[UUID], steering: str | None) -> bool:
    if member.id in item.also:
        return True
    if item.owner_id is not None or item.kind == "closed":
        return member.id == item.owner_id
    return member.team_id == item.team_id if item.team_id in teams else member.role == steering


def head_start(uow: UnitOfWork, news: str) -> timedelta:
    """As long as it can be taken back."""
    return held_back(news, uow.now)


def begin(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
    """Hand the notices to the mail queue. They are repeatable: a second copy costs less than a missed case."""
    queue.enqueue_all(
        uow,
        [
            MailOrder(
                kind=MAIL_KIND,
                shard=notice["shard"],
                ref_id=notice["id"],
                due_at=notice["due_at"],
                audience="staff",
                recipient_id=notice["recipient_id"],
                repeatable=True,
            )
            for notice in notices
        ],
    )


CHANNEL = Channel("email", "handed", choose_recipients, begin, head_start)
