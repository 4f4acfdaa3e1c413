"""The page `/account/notices`: what one is told of and when; and its summary on the pages of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from alerts.notices import choices as notice_choices
from alerts.notices import notification_store
from alerts.notices import store as notice_store
from alerts.notices import words as notice_words
from alerts.notices.rules import RHYTHMS, TOPICS, Choices, all_news, mode_of, next_digest
from alerts.notices.telling import choices_from
from feedback_engine.directory import reading as directory
from feedback_engine.foundation.chat.services import SERVICES, service_named, shown
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import format_date, gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff

_BOXES = ("grave_wakes", "grave_at_once")


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/account/notices")
    @allow(SIGNED_IN)
    def show_notices() -> str:
        return draw_notices(engine)

    @pages.post("/account/notices")
    @allow(SIGNED_IN)
    def save_notices() -> Response | tuple[str, int]:
        staff = current_staff()
        try:
            choices = notice_choices.read_choices(request.form, staff.time_zone)
        except Invalid as error:
            return draw_notices(engine, error.faults), 422
        with engine.work.begin(actor=actor()) as uow:
            notice_choices.save_choices(uow, staff.id, choices)
        flash(gettext("Saved."))
        return redirect(url_for("alerts.show_notices"), 303)


def draw_notices(engine: Engine, faults: tuple[Fault, ...] = (), *, secret: str = "") -> str:
    """The page as its reader sees it; with faults as it was typed, with a secret that is shown this once."""
    staff = current_staff()
    with engine.work.read() as reading:
        choices = _choices_of(reading, staff.id, staff.time_zone)
        chats = notice_store.chats_of(reading, [staff.id], active_only=False)
        own = notification_store.endpoints_of_staff(reading, [staff.id])
        upcoming = next_digest(choices, reading.now)
    offered = [service for service in SERVICES if service.key in engine.settings.chats]
    # A browser does not send a box that was left empty.
    typed, left_empty = "quiet_from" in request.form, dict.fromkeys(_BOXES, "")
    return render_template(
        "alerts/notices.html",
        staff=staff,
        form={**_form_of(choices), "chat": "", "webhook": "", **(left_empty if typed else {}), **request.form},
        typed_choices=typed,
        topics=list(TOPICS),
        upcoming=upcoming,
        chats=[(chat, _name_of(chat.service), shown(bytes(chat.url).decode())) for chat in chats],
        may_add_chat=bool(offered) and len(chats) < notice_choices.MOST_CHATS,
        services=offered,
        own=own[0] if own else None,
        secret=secret,
        faults=faults,
        notice_words=notice_words,
    )


def notice_summary(engine: Engine, staff_id: UUID, *, own: bool) -> Markup | None:
    """How somebody is told, in a few lines: on their own account with the way to change it, for admins to read."""
    with engine.work.read() as reading:
        member = directory.staff_by_id(reading, [staff_id]).get(staff_id)
        if member is None:
            return None
        choices = _choices_of(reading, staff_id, member.time_zone)
        upcoming = next_digest(choices, reading.now)
        chats = notice_store.chats_of(reading, [staff_id])
        hooks = [each for each in notification_store.endpoints_of_staff(reading, [staff_id]) if not each.disabled_at]
    ways = [
        notice_words.channel("email"),
        *(notice_words.channel("webhook") for _ in hooks),
        *(_name_of(chat.service) for chat in chats),
    ]
    differing = [(topic, mode) for topic in TOPICS if (mode := mode_of(choices, topic)) != "at_once"]
    return Markup(
        render_template(
            "alerts/notice_summary.html",
            choices=choices,
            upcoming=format_date(upcoming, choices.zone, style="weekday") if upcoming else "",
            in_one=all_news(choices) in RHYTHMS,
            grave_at_once=choices.grave_at_once and "digest" in dict(differing).values(),
            differing=[f"{notice_words.topic(topic)}: {notice_words.mode(mode)}" for topic, mode in differing],
            ways=ways,
            own=own,
            shown_minute=notice_choices.shown_minute,
            notice_words=notice_words,
        )
    )


def _choices_of(reading: Reading, staff_id: UUID, zone: str) -> Choices:
    return choices_from(notice_store.choices_of(reading, [staff_id]).get(staff_id), zone)


def _form_of(choices: Choices) -> Mapping[str, str]:
    return {
        **{notice_choices.PREFIX + topic: mode_of(choices, topic) for topic in TOPICS},
        "all": all_news(choices),
        "rhythm": choices.rhythm,
        "digest_at": notice_choices.shown_minute(choices.digest_minute),
        "weekday": str(choices.digest_weekday),
        "quiet_from": notice_choices.shown_minute(choices.quiet_from),
        "quiet_until": notice_choices.shown_minute(choices.quiet_until),
        **{box: "yes" if getattr(choices, box) else "" for box in _BOXES},
    }


def _name_of(service: str) -> str:
    found = service_named(service)
    return found.name if found else service
