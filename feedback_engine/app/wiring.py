"""The whole loop on one page: who listens to what, who renders which mail, which pages there are. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import alerts.handlers
import alerts.handover.following
import alerts.handover.transfer_mail
import alerts.notices.digest_mail
import alerts.notices.receiver_mail
import alerts.notices.rendering
import alerts.reading
import alerts.settling.handlers
import alerts.settling.mail
import alerts.silences.mail
import alerts.threads.handlers
import alerts.threads.letter_mail
import alerts.threads.talk_mail
import journeys.handlers
import surveys.handlers
import surveys.rendering
import surveys.wave_mail
from alerts.channels import webhook
from alerts.clocks import ticking
from alerts.events import CaseClosed, ClosingUndone, PromiseOverdue
from alerts.notices import delivery, digests
from alerts.promises import ticking as promise_ticking
from alerts.raising import watching
from alerts.settling import ticks as settling_ticks
from alerts.threads import mailbox_reading, meeting_upkeep
from feedback_engine.app.worker import Chore, Worker
from feedback_engine.directory.events import ContactErased, ContactLeft, ContactUnsubscribed, OwnerChanged
from feedback_engine.directory.importing.uploads import erase_old_uploads
from feedback_engine.foundation import keys, request_keys, wakeups
from feedback_engine.foundation.clock import Clock, SystemClock
from feedback_engine.foundation.db import Database
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.events import Event
from feedback_engine.foundation.mail import attempt_log, queue
from feedback_engine.foundation.mail.events import MailBounced, MailSettled
from feedback_engine.foundation.mail.rest import Rest
from feedback_engine.foundation.mail.sending import Renderer, domain_of, send_due
from feedback_engine.foundation.mail.transports import transport_of
from feedback_engine.foundation.mail.transports.base import Transport
from feedback_engine.foundation.outbox import Batch, Handler
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM, Reading, Work
from feedback_engine.insights import rollups
from feedback_engine.outer_loop import handlers as outer_loop
from journeys.events import TouchpointReached
from surveys import deciding
from surveys.events import ResponseChanged, ResponseSubmitted
from surveys.invitations import expire_due, has_overdue

if TYPE_CHECKING:
    from flask import Flask

MAIL_PATIENCE = timedelta(milliseconds=30)
"""A letter is read in minutes, and drawing it takes longer than a webhook: one that was ordered together with it goes
first."""

WEBHOOK_WAY = timedelta(milliseconds=10)
"""A webhook is drawn and sent in three, if nothing else computes; the roll-ups of the same answer can wait for it."""

Reaction = Callable[[Batch[Any]], None]


def subscriptions(lane: deciding.DecidingLane) -> dict[type[Event], list[Reaction]]:
    """Who reacts to what. Events climb up; the reactions of one event run apart, each in its own transaction."""
    return {
        TouchpointReached: [lane.decide],
        MailSettled: [surveys.handlers.note_mail, alerts.settling.handlers.note_closing_mail],
        MailBounced: [
            surveys.handlers.mark_undeliverable,
            alerts.threads.handlers.note_returned,
            alerts.settling.handlers.note_bounce,
        ],
        ContactUnsubscribed: [surveys.handlers.cancel_open_invitations],
        ContactLeft: [surveys.handlers.cancel_for_who_left],
        ContactErased: [
            journeys.handlers.forget,
            surveys.handlers.forget,
            alerts.threads.handlers.forget_threads,
            alerts.settling.handlers.forget,
        ],
        # Somebody waits for a case, nobody for a roll-up, so alerts come first.
        ResponseSubmitted: [alerts.handlers.raise_alerts, rollups.keep],
        ResponseChanged: [alerts.handlers.raise_alerts, rollups.keep],
        OwnerChanged: [alerts.handover.following.follow_owner],
        CaseClosed: [outer_loop.consider_theme],
        PromiseOverdue: [alerts.handlers.look_at_partners],
        ClosingUndone: [outer_loop.consider_theme],
    }


LANES: Mapping[str, str] = {
    "surveys.deciding.decide": deciding.LANE,
    "feedback_engine.insights.rollups.keep": "rollups",
    "feedback_engine.outer_loop.handlers.consider_theme": "themes",
}
"""Reactions of which only one may run at a time, and the lease that makes sure of it."""


@dataclass(frozen=True, slots=True)
class App:
    """One installation, put together."""

    engine: Engine
    worker: Worker
    transport: Transport

    def web(self) -> Flask:
        """The web application."""
        return web_app(self.engine)


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transport: Transport | None = None,
    database: Database | None = None,
) -> App:
    """Put an installation together. `clock` and `transport` are for simulations and tests."""
    database = database or Database(settings.database_url)
    lane = deciding.DecidingLane(open_cases=_open_cases)
    handlers = handlers_of(subscriptions(lane))
    work = Work(database, clock or SystemClock(), subscribers_of(handlers), None)
    secret = settings.secret_key.get_secret_value() if settings.secret_key else None
    engine = Engine(settings, work.clock, database, work, keys.load(work, secret))
    # Woken only from here on, so that making the keys of a new installation needs no worker.
    work.wake = wakeups.sender_for(database, settings.var_dir)
    transport = transport or transport_of(settings)
    worker = Worker(engine, handlers, chores=_chores(engine, lane), mail=_mail_chores(engine, transport))
    return App(engine, worker, transport)


def handlers_of(subscribed: Mapping[type[Event], Sequence[Reaction]]) -> list[Handler]:
    """One named handler for each reaction, with all the events it listens to."""
    events_of: dict[str, list[type[Event]]] = {}
    reactions: dict[str, Reaction] = {}
    for event_type, listening in subscribed.items():
        for reaction in listening:
            name = name_of(reaction)
            reactions[name] = reaction
            events_of.setdefault(name, []).append(event_type)
    return [
        Handler(name, reaction, tuple(events_of[name]), lane=LANES.get(name)) for name, reaction in reactions.items()
    ]


def subscribers_of(handlers: Sequence[Handler]) -> dict[type[Event], tuple[str, ...]]:
    """The names of the handlers of each event."""
    event_types = {event_type for handler in handlers for event_type in handler.event_types}
    return {
        event_type: tuple(handler.name for handler in handlers if event_type in handler.event_types)
        for event_type in event_types
    }


def name_of(reaction: Reaction) -> str:
    """The stable name of a reaction: its module and its function, kept in outbox rows."""
    return f"{reaction.__module__}.{reaction.__name__}"


def renderers(engine: Engine) -> dict[str, Renderer]:
    """Who renders which kind of mail."""
    return {
        "invitation": partial(surveys.rendering.render, engine),
        "wave_test": partial(surveys.wave_mail.render, engine),
        "case-notification": partial(alerts.notices.rendering.render, engine),
        "case-letter": partial(alerts.threads.letter_mail.render, engine),
        "case-transfer": partial(alerts.handover.transfer_mail.render, engine),
        "digest": partial(alerts.notices.digest_mail.render, engine),
        "receiver-off": partial(alerts.notices.receiver_mail.render, engine),
        "notice-trial": partial(alerts.notices.receiver_mail.render_trials, engine),
        "case-closing": partial(alerts.settling.mail.render_closing, engine),
        "case-appeal": partial(alerts.settling.mail.render_appeal, engine),
        "silence-lapses": partial(alerts.silences.mail.render, engine),
        "case-talk": partial(alerts.threads.talk_mail.render, engine),
    }


def _chores(engine: Engine, lane: deciding.DecidingLane) -> list[Chore]:
    return [
        Chore(
            "deferred decisions",
            lambda claim: lane.decide_due(engine.work, claim.fence),
            lane=deciding.LANE,
            is_due=lane.has_due,
        ),
        Chore(
            "expired invitations",
            lambda _: expire_due(engine.work),
            is_due=has_overdue,
            every=timedelta(minutes=10),
        ),
        Chore(
            "clocks of cases",
            lambda claim: ticking.tick(engine.work, shards=claim.shards),
            is_due=ticking.is_due,
        ),
        Chore(
            "clocks of promises",
            lambda claim: promise_ticking.tick(engine.work, shards=claim.shards),
            is_due=promise_ticking.is_due,
        ),
        Chore(
            "daily look at partners",
            lambda claim: watching.watch(engine.work, claim.fence),
            lane="partner watch",
            is_due=watching.is_due,
        ),
        Chore(
            "meetings of cases",
            lambda claim: meeting_upkeep.follow(engine, shards=claim.shards),
            is_due=meeting_upkeep.is_due,
        ),
        Chore("digests", lambda _: digests.tick(engine.work), is_due=digests.is_due, every=timedelta(minutes=1)),
        Chore(
            "settlements",
            lambda claim: settling_ticks.tick(engine, shards=claim.shards),
            is_due=settling_ticks.is_due,
            every=timedelta(minutes=1),
        ),
        Chore(
            "old keys of requests",
            lambda _: _forget_old_keys(engine.work),
            is_due=request_keys.has_old,
            every=timedelta(minutes=10),
        ),
        Chore("old uploads", lambda _: erase_old_uploads(engine.work), every=timedelta(hours=1)),
        Chore(
            "abandoned mail",
            lambda _: _settle_abandoned(engine.work),
            is_due=queue.has_abandoned,
            every=timedelta(minutes=1),
        ),
    ]


def _mail_chores(engine: Engine, transport: Transport) -> list[Chore]:
    domain = domain_of(engine.settings)
    rendering, rest, mailbox = renderers(engine), Rest(), mailbox_reading.MailboxReader(engine)
    reads_mail = engine.settings.imap_url is not None
    return [
        Chore(
            "mail",
            lambda claim: send_due(
                engine.work, transport, rendering, holder=claim.holder, domain=domain, shards=claim.shards, rest=rest
            ),
            topic=queue.TOPIC,
            patience=MAIL_PATIENCE,
        ),
        Chore(
            "webhooks",
            lambda claim: delivery.deliver_due(engine, shards=claim.shards),
            topic=webhook.TOPIC,
            direct=WEBHOOK_WAY,
            give_back=partial(delivery.give_back, engine.work),
        ),
        # Several workers may look at once: what one has taken, the others know by its row.
        *([Chore("case mailbox", lambda _: mailbox.look_if_due())] if reads_mail else []),
    ]


def _forget_old_keys(work: Work) -> int:
    with work.begin(actor=SYSTEM) as uow:
        return request_keys.forget_old(uow)


def _settle_abandoned(work: Work) -> int:
    with work.begin(actor=SYSTEM) as uow:
        abandoned = queue.settle_abandoned(uow)
        for mail in abandoned:
            attempt_log.note(uow, mail, abandoned=True)
        return len(abandoned)


def _open_cases(reading: Reading, persons: Collection[bytes]) -> Collection[bytes]:
    return alerts.reading.open_case_persons(reading, persons)


def web_app(engine: Engine) -> Flask:
    """Every page and every API route, with the slots that higher floors fill on lower pages."""
    # Read here: a worker shows no pages, and need not hold them in memory.
    from feedback_engine.app import factory, pages
    from feedback_engine.directory.web import principal_loader
    from feedback_engine.foundation.web.slots import Slots

    slots = Slots()
    pages.fill_slots(engine, slots)
    return factory.create_app(
        engine,
        blueprints=pages.blueprints(engine, renderers(engine)),
        api=pages.api(engine),
        load_principal=principal_loader(engine),
        program_state=partial(pages.program_view, engine),
        unread_counts=partial(pages.unread_counts, engine),
        slots=slots,
    )
