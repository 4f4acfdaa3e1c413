"""Which pages there are, what higher floors show on lower pages, and what the frame of every page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from flask import Blueprint

import alerts.web
import journeys.web
import surveys.web
from alerts import reading as alerts_reading
from alerts import service as alerts_service
from alerts.settling.links import PURPOSE as SETTLEMENT_LINK
from alerts.threads.letter_mail import addresses_of
from alerts.web import bench_pages
from alerts.web import mail_notes as case_mail
from feedback_engine.app import health, manual, program_draft
from feedback_engine.app.program import change_program
from feedback_engine.directory import web as directory
from feedback_engine.directory.reading import people_mentioned
from feedback_engine.directory.staffing import LINK_PURPOSE as SIGN_IN_LINK
from feedback_engine.directory.web import importing, program_pages
from feedback_engine.foundation import program_state, release_gate, versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.mail.queue import MailView
from feedback_engine.foundation.mail.sending import Renderer
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web import outbox
from feedback_engine.foundation.web.access import StaffPrincipal
from feedback_engine.foundation.web.navigation import ProgramView
from feedback_engine.foundation.web.outbox import MailNote
from feedback_engine.foundation.web.slots import Slots
from feedback_engine.insights import web as insights
from feedback_engine.outer_loop import web as outer_loop
from surveys.tokens import PURPOSES as INVITATION_LINKS
from surveys.web import decisions
from surveys.web import mail_notes as survey_mail

NAMELESS = "Feedback engine"
_LINKS = (*INVITATION_LINKS, SETTLEMENT_LINK, SIGN_IN_LINK)


def blueprints(engine: Engine, renderers: Mapping[str, Renderer]) -> list[Blueprint]:
    """Every page for people; `renderers` write mail."""
    find_keys = partial(_find_keys, engine)
    return [
        health.blueprint(engine),
        directory.blueprint(engine, directory.Farewell(alerts_reading.duties_of, alerts_service.close_account)),
        importing.blueprint(engine),
        program_pages.blueprint(engine, partial(change_program, engine.work)),
        journeys.web.blueprint(engine),
        surveys.web.blueprint(engine, alerts_reading.open_case_persons, alerts_reading.last_resort),
        decisions.blueprint(engine, alerts_reading.open_case_persons),
        alerts.web.blueprint(engine, find_keys),
        bench_pages.blueprint(engine, _drafting(engine)),
        outer_loop.blueprint(engine),
        insights.blueprint(engine),
        outbox.blueprint(engine, find_keys, _note_mails, renderers, people_mentioned),
        manual.blueprint(),
    ]


def _drafting(engine: Engine) -> bench_pages.Drafting:
    """What the alert bench needs of whoever publishes programs."""
    return bench_pages.Drafting(
        read=program_draft.read_draft,
        text_in_force=program_draft.text_in_force,
        publish=partial(program_draft.publish_draft, engine.work),
        by_files=program_draft.by_files,
        version=program_draft.alerts_version,
    )


def _find_keys(engine: Engine, signs: str) -> list[tuple[int, int]]:
    """Where in these signs links and reply addresses of this installation begin and end."""
    return [*engine.keys.tokens_in(_LINKS, signs), *addresses_of(engine).tags_in(signs)]


def _note_mails(reading: Reading, mails: Sequence[MailView]) -> Mapping[UUID, MailNote]:
    """What surveys and alerts say of their mails."""
    return {**survey_mail.note_mails(reading, mails), **case_mail.note_mails(reading, mails)}


def api(engine: Engine) -> list[Blueprint]:
    """Everything for programs, mounted under /api/v1."""
    return [
        directory.api(engine),
        journeys.web.api(engine),
        surveys.web.api(engine),
        decisions.api(engine),
        alerts.web.api(engine),
        bench_pages.api(engine, _drafting(engine)),
    ]


def fill_slots(engine: Engine, slots: Slots) -> None:
    """Let higher floors show something on the pages of lower ones."""
    journeys.web.fill_slots(engine, slots)
    surveys.web.fill_slots(engine, slots)
    alerts.web.fill_slots(engine, slots)
    insights.fill_slots(engine, slots)


def program_view(engine: Engine) -> ProgramView:
    """Name and state of the program, for the frame of every staff page."""
    with engine.work.read() as reading:
        program = versions.in_force(reading, "program", "program")
        return ProgramView(
            name=str(program.body["name"]) if program else NAMELESS,
            mode=program_state.current(reading),
            mail_stopped=queue.is_stopped(reading),
            stop_path="/outbox/stop",
            resume_path="/outbox/resume",
            held_back=release_gate.is_held(reading),
        )


def unread_counts(engine: Engine, staff: StaffPrincipal) -> Mapping[str, int]:
    """How many things wait for the reader, by place."""
    with engine.work.read() as reading:
        return {"inbox": alerts_reading.count_waiting(reading, staff)}
