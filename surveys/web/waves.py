"""The waves of `/waves`: choose contacts, let their owners confirm, test, send, take back, and see what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory.reading import kind_words
from feedback_engine.foundation import program_state
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext, ngettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from feedback_engine.foundation.web.access import SIGNED_IN, actor, allow, current_staff, roles
from feedback_engine.foundation.web.leaving import kept_words, said_of_mail
from feedback_engine.foundation.web.reader import reader_zone
from feedback_engine.foundation.web.refusals import refusal_shown
from surveys import audience as audiences
from surveys import mail_waits, program, store, wave_reading, wave_store, waves
from surveys.audience import FIELDS, NOBODY, Candidate
from surveys.deciding_facts import OpenCases
from surveys.sampling import phrases
from surveys.wave_foresight import foresee_wave
from surveys.wave_store import OPEN_STATES, MemberRow, WaveRow

OWNER = roles("program_owner")
MAY_CONFIRM = roles("program_owner", "alliance_manager")
MEMBERS_A_PAGE = 200

Outcome = TypeVar("Outcome")


def add_to(blueprint: Blueprint, engine: Engine, open_cases: OpenCases) -> None:
    """Add the pages to the blueprint. `open_cases` comes from the floor above."""
    _add_reading(blueprint, engine, open_cases)
    _add_drafting(blueprint, engine)
    _add_deciding(blueprint, engine, open_cases)
    _add_sending(blueprint, engine)


def _add_reading(blueprint: Blueprint, engine: Engine, open_cases: OpenCases) -> None:
    @blueprint.get("/waves")
    @allow(SIGNED_IN)
    def wave_list() -> str:
        with engine.work.read() as reading:
            found = wave_store.list_waves(reading)
            counts = {wave.key: wave_reading.counts_of(reading, wave) for wave in found}
            names = _touchpoint_names(reading)
        may_draft = OWNER.admits(current_staff())
        return render_template("surveys/waves.html", waves=found, counts=counts, names=names, may_draft=may_draft)

    @blueprint.get("/waves/<key>")
    @allow(SIGNED_IN)
    def wave_page(key: str) -> str:
        return _draw_wave(engine, key, open_cases)


def _add_drafting(blueprint: Blueprint, engine: Engine) -> None:
    @blueprint.get("/waves/new")
    @allow(OWNER)
    def new_wave() -> str:
        return _draw_new(engine, request.args.get("name", ""), request.args.get("touchpoint", ""))

    @blueprint.post("/waves/new")
    @allow(OWNER)
    def create_wave() -> Response | tuple[str, int]:
        name, touchpoint = request.form.get("name", ""), request.form.get("touchpoint", "")
        audience = audiences.read(request.form.to_dict(flat=False))
        try:
            with engine.work.read() as reading:
                draft = waves.read_draft(reading, name, touchpoint, audience)
                chosen = [one for one in wave_reading.candidates(reading) if audience.admits(one)]
            with engine.work.begin(actor=actor()) as uow:
                key = waves.create_wave(uow, draft, chosen)
        except Invalid as error:
            return _draw_new(engine, name, touchpoint, error.faults), 422
        flash(ngettext("One contact was chosen.", "{n} contacts were chosen.", len(chosen)))
        return redirect(url_for("surveys.wave_page", key=key), 303)


def _add_deciding(blueprint: Blueprint, engine: Engine, open_cases: OpenCases) -> None:
    @blueprint.post("/waves/<key>/ask-owners")
    @allow(OWNER)
    def ask_owners(key: str) -> Response:
        _change(engine, key, waves.ask_owners)
        flash(gettext("The owners find this wave under Waves and can confirm or strike their contacts."))
        return _back(key)

    @blueprint.post("/waves/<key>/confirm")
    @allow(MAY_CONFIRM)
    def confirm(key: str) -> Response:
        wave, chosen = _chosen(engine, key)
        with engine.work.begin(actor=actor()) as uow:
            count = waves.confirm(uow, wave, chosen)
        flash(ngettext("One contact is confirmed.", "{n} contacts are confirmed.", count))
        return _back(key)

    @blueprint.post("/waves/<key>/strike")
    @allow(MAY_CONFIRM)
    def strike(key: str) -> Response | tuple[str, int]:
        wave, chosen = _chosen(engine, key)
        try:
            with engine.work.begin(actor=actor()) as uow:
                count = waves.strike(uow, wave, chosen, request.form.get("reason", ""))
        except Invalid as error:
            return _draw_wave(engine, key, open_cases, error.faults), 422
        flash(ngettext("One contact was struck.", "{n} contacts were struck.", count))
        return _back(key)


def _add_sending(blueprint: Blueprint, engine: Engine) -> None:
    @blueprint.post("/waves/<key>/test")
    @allow(OWNER)
    def send_test(key: str) -> Response:
        wave = _wave(engine, key)
        with refusal_shown():
            with engine.work.begin(actor=actor()) as uow:
                count = waves.send_test(uow, wave, current_staff().email)
            flash(ngettext("One test mail is on its way.", "{n} test mails are on their way.", count))
        return _back(key)

    @blueprint.post("/waves/<key>/send")
    @allow(OWNER)
    def send_wave(key: str) -> Response:
        with refusal_shown():
            count = waves.send_wave(engine, actor(), key)
            flash(ngettext("One contact is being decided about.", "{n} contacts are being decided about.", count))
            _say_hold(engine)
        return _back(key)

    @blueprint.post("/waves/<key>/send-now")
    @allow(OWNER)
    def send_now(key: str) -> Response:
        count = _change(engine, key, waves.send_wave_now)
        goes = ngettext("One mail leaves now.", "{n} mails leave now.", count)
        waits = ngettext("One mail is held no more.", "{n} mails are held no more.", count)
        with engine.work.read() as reading:
            flash(said_of_mail(reading, goes, waits))
        return _back(key)

    @blueprint.post("/waves/<key>/take-back")
    @allow(OWNER)
    def take_back(key: str) -> Response:
        count = _change(engine, key, waves.take_back_wave)
        flash(ngettext("One mail was taken back before it left.", "{n} mails were taken back before they left.", count))
        return _back(key)

    @blueprint.post("/waves/<key>/cancel")
    @allow(OWNER)
    def cancel_wave(key: str) -> Response:
        _change(engine, key, waves.cancel_wave)
        flash(gettext("The wave was given up; nobody was asked."))
        return _back(key)


# ---- pieces


def _draw_new(engine: Engine, name: str, touchpoint: str, faults: Sequence[Fault] = ()) -> str:
    raw = request.values.to_dict(flat=False)
    audience = audiences.read(raw)
    with engine.work.read() as reading:
        everybody = wave_reading.candidates(reading)
        places = wave_reading.surveyed_touchpoints(reading)
    chosen = [one for one in everybody if audience.admits(one)]
    return render_template(
        "surveys/wave_new.html",
        name=name,
        touchpoint=touchpoint,
        places=places,
        options=audiences.options(everybody),
        wanted=audience.wanted,
        labels=_labels(),
        kinds=kind_words(),
        fields=FIELDS,
        nobody=NOBODY,
        contacts=len(chosen),
        partners=len({one.partner.id for one in chosen}),
        unowned=sum(one.owner is None for one in chosen),
        faults=faults,
    )


def _draw_wave(engine: Engine, key: str, open_cases: OpenCases, faults: Sequence[Fault] = ()) -> str:
    staff = current_staff()
    start = _number(request.args.get("from", ""))
    may_send = staff.role in ("admin", "program_owner")
    with engine.work.read() as reading:
        wave = wave_reading.get_wave(reading, key)
        members = wave_reading.members_of(reading, wave, staff)
        counts = wave_reading.counts_of(reading, wave)
        became = _became(reading, wave)
        state = program_state.current(reading)
        rules = program.current(reading)
        place = next((one for one in wave_reading.surveyed_touchpoints(reading) if one.key == wave.touchpoint), None)
        foreseen = None
        if place is not None and wave.state in OPEN_STATES:
            # Companies are asked only so often: what is foreseen of some hangs on all the others.
            everybody = members if may_send else wave_reading.members_of(reading, wave)
            foreseen = foresee_wave(reading, engine.keys, wave, place, everybody, open_cases)
    return render_template(
        "surveys/wave.html",
        wave=wave,
        place=place,
        members=members[start : start + MEMBERS_A_PAGE],
        total=len(members),
        start=start,
        next_start=start + MEMBERS_A_PAGE if start + MEMBERS_A_PAGE < len(members) else None,
        suppressed=sum(member.suppressed for member in members),
        counts=counts,
        program_mode=state,
        test_addresses=sorted(rules.test_addresses),
        hold=phrases.duration(rules.hold.total_seconds()) if rules.hold else "",
        audience=_in_words(wave_reading.audience_of(wave).wanted, [member.candidate for member in members]),
        is_open=wave.state in OPEN_STATES,
        foreseen=foreseen,
        may_send=may_send,
        may_confirm=staff.role in ("admin", "program_owner", "alliance_manager"),
        reasons=refusal_words(),
        faults=faults,
        reason=request.form.get("reason", ""),
        **became,
    )


def _became(reading: Reading, wave: WaveRow) -> dict[str, Any]:
    """What became of each contact of a wave: asks, outcomes, what mail waits for, how many mails may leave now."""
    batch = wave_store.SOURCE + wave.key
    unsent = store.unsent_of_batch(reading, batch)
    waits = mail_waits.waits_of(reading, unsent)
    return {
        "asked": {ask.contact_id: ask for ask in wave_store.asks_of(reading, wave.id)},
        "outcomes": wave_store.decided_contacts(reading, wave.id),
        "waits": {key: mail_waits.words_of(wait, reader_zone()) for key, wait in waits.items()},
        "ready": len(mail_waits.ready_to_leave(reading, batch)) if unsent else 0,
    }


def _wave(engine: Engine, key: str) -> WaveRow:
    with engine.work.read() as reading:
        return wave_reading.get_wave(reading, key)


def _change(engine: Engine, key: str, change: Callable[[UnitOfWork, WaveRow], Outcome]) -> Outcome:
    """What `change` says of what it did to the wave of this key. Raises NotFound without one."""
    wave = _wave(engine, key)
    with engine.work.begin(actor=actor()) as uow:
        return change(uow, wave)


def _chosen(engine: Engine, key: str) -> tuple[WaveRow, list[MemberRow]]:
    """The wave, and those of the ticked members whose partner this reader may see; "all" ticks every one of them."""
    ticked = set(request.form.getlist("member"))
    with engine.work.read() as reading:
        wave = wave_reading.get_wave(reading, key)
        visible = wave_reading.members_of(reading, wave, current_staff())
    everybody = bool(request.form.get("all"))
    return wave, [one.row for one in visible if everybody or str(one.row.id) in ticked]


def _say_hold(engine: Engine) -> None:
    """Tell whoever sent a wave that mail waits on purpose, where it does, and that all mail is stopped."""
    with engine.work.read() as reading:
        hold, kept = program.current(reading).hold, kept_words(reading)
    if kept:
        flash(kept, "warn")
    if hold:
        flash(
            gettext(
                "Mail to those invited is held for {span}, so that you can take it back.",
                span=phrases.duration(hold.total_seconds()),
            )
        )


def _back(key: str) -> Response:
    return redirect(url_for("surveys.wave_page", key=key), 303)


def _number(text: str) -> int:
    return int(text[:6]) if text.isascii() and text.isdigit() else 0


def _touchpoint_names(reading: Reading) -> dict[str, str]:
    return {place.key: place.name for place in wave_reading.surveyed_touchpoints(reading)}


def _labels() -> dict[str, str]:
    return {
        "kind": gettext("Kind of partner"),
        "tier": gettext("Tier"),
        "region": gettext("Region"),
        "owner": gettext("Owner"),
        "role": gettext("Role of the contact"),
    }


def refusal_words() -> dict[str, str]:
    """The rules of sampling and the reasons of cancellation, as a reader of counts needs them."""
    return {
        "erased": gettext("asked to be forgotten"),
        "suppressed": gettext("opted out, or not deliverable"),
        "stale": gettext("the event is too old"),
        "condition": gettext("the condition of the touchpoint does not hold"),
        "persona": gettext("not one of the touchpoint's personas"),
        "hold": gettext("an open case or a hold"),
        "random_share": gettext("not drawn"),
        "quarantine": gettext("asked or answered too recently"),
        "contact_frequency": gettext("asked too often lately"),
        "account_cap": gettext("the company was asked too often lately"),
        "program_test": gettext("program in test, address not listed"),
        "program_draft": gettext("program was a draft"),
        "program_paused": gettext("program was paused"),
        "taken_back": gettext("taken back"),
        "unsubscribed": gettext("unsubscribed"),
        "erased_contact": gettext("asked to be forgotten"),
        "left": gettext("has left the partner"),
        "withdrawn": gettext("withdrawn at the last moment"),
        "mail_failed": gettext("the mail could not be sent"),
    }


def _in_words(wanted: Any, candidates: Sequence[Candidate]) -> list[tuple[str, str]]:
    """The filter as pairs of field and values."""
    owners = {str(one.owner.id): one.owner.name for one in candidates if one.owner}
    labels, said = _labels(), {"owner": owners, "kind": kind_words()}
    return [
        (labels[field], ", ".join(sorted(said.get(field, {}).get(value, value) for value in values)))
        for field, values in wanted.items()
        if values
    ]
