"""The page `/c/<token>`: what was said, found and done, and whether it is settled. GET and HEAD change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from limits import parse
from werkzeug.wrappers import Response

from alerts.reading import case_views
from alerts.settling import ladder, replying
from alerts.settling import store as settling_store
from alerts.settling import words as settling_words
from alerts.settling.flow import REPLIED, VERDICT_OF, VERDICTS, Over, Verdict
from alerts.settling.links import open_link, path_of
from alerts.settling.replying import LONGEST_REPLY, kept_words, last_words, over_now, verdict_of
from alerts.settling.store import SettlementRow
from alerts.threads.partner_words import Matter, read_matter
from feedback_engine.foundation import i18n
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid
from feedback_engine.foundation.i18n import format_datetime
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import PUBLIC, allow
from feedback_engine.foundation.web.security import rate_limits
from surveys import reading as surveys

GUESSES = parse("30 per minute")
"""The same tries as at the links of surveys, counted together with them."""

Answer = Response | str | tuple[str, int]
Fault = Literal["missing", "too_long", "busy", "late"]
"""Why an answer was not taken: it lacks a verdict or says too much, others were faster, we went on with the case."""

_STATUSES: Mapping[Fault, int] = {"missing": 422, "too_long": 422, "busy": 409, "late": 409}


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/c/<token>")
    @allow(PUBLIC)
    def show_settled(token: str) -> Answer:
        settlement_id = _open(engine, token)
        with engine.work.read() as reading:
            return _draw(engine, reading, settlement_id, {"verdict": request.args.get("a", "")})

    @pages.post("/c/<token>")
    @allow(PUBLIC)
    def say_if_settled(token: str) -> Answer:
        settlement_id = _open(engine, token)
        verdict = verdict_of(request.form.get("verdict", ""))
        fault: Fault | None = "missing"
        if settlement_id is not None and verdict is not None:
            fault = _reply(engine, settlement_id, verdict, request.form.get("words", ""))
        if settlement_id is None or fault is not None:
            with engine.work.read() as reading:
                return _draw(engine, reading, settlement_id, request.form, fault)
        language = request.form.get("l", "")
        query = {"l": language} if language in i18n.languages() else {}
        return redirect(request.script_root + path_of(engine.keys, settlement_id, **query), 303)


def _reply(engine: Engine, settlement_id: UUID, verdict: Verdict, text: str) -> Fault | None:
    """Take a word on a closing; why it could not be taken, None when it counts."""
    try:
        return None if replying.reply(engine.work, settlement_id, verdict, text) is None else "late"
    except Invalid:
        return "too_long"
    except Conflict:
        return "busy"


def _open(engine: Engine, token: str) -> UUID | None:
    """The settlement behind a link; None when it is not ours. Who guesses too often is told to wait (429)."""
    found = open_link(engine.keys, token)
    if found is None:
        rate_limits().count(GUESSES, "wrong link")
    return found


def _draw(
    engine: Engine,
    reading: Reading,
    settlement_id: UUID | None,
    form: Mapping[str, str],
    fault: Fault | None = None,
) -> str | tuple[str, int]:
    found = settling_store.find_both(reading, settlement_id) if settlement_id is not None else None
    matter = read_matter(reading, found[0], found[1].contact_id, request.values.get("l", "")) if found else None
    if found is None or matter is None:
        return _unknown(reading), 404
    row, settlement = found
    with i18n.use_locale(matter.language):
        over = over_now(reading, row, settlement)
        if over is not None and settlement.state not in REPLIED:
            return _closed(over, matter, kept_words(form.get("words", "")) if fault else ""), 410
        if fault is not None and over is not None:
            # What else is wrong with it can be mended no more.
            fault = "late" if _is_new(reading, settlement, form) else None
        drawn = _page(engine, reading, matter, settlement, form, over=over, fault=fault)
        return drawn if fault is None else (drawn, _STATUSES[fault])


def _is_new(reading: Reading, settlement: SettlementRow, form: Mapping[str, str]) -> bool:
    """Whether a form says something else than what counts: what was pressed twice is no news."""
    verdict, words = verdict_of(form.get("verdict", "")), kept_words(form.get("words", ""))
    return verdict not in (None, VERDICT_OF.get(settlement.state)) or words not in ("", last_words(reading, settlement))


def _page(
    engine: Engine,
    reading: Reading,
    matter: Matter,
    settlement: SettlementRow,
    form: Mapping[str, str],
    **how: Any,
) -> str:
    said = VERDICT_OF.get(settlement.state)
    before = last_words(reading, settlement) if said else ""
    typed = kept_words(form.get("words", before))
    chosen = form.get("verdict", "") if form.get("verdict", "") in VERDICTS else said or ""
    # What is told is where the word went on, be it in another case.
    row = replying.taken_up_by(reading, settlement) or matter.row
    return render_template(
        "alerts/settled.html",
        matter=matter,
        rung=row.ladder_rung,
        hear_by=_hear_by(reading, row.id, matter) if said in ("no", "partly") else "",
        program_name=matter.program.name,
        settlement=settlement,
        said=said,
        before=before,
        chosen=chosen,
        typed=typed,
        late_words=typed[:LONGEST_REPLY] if typed != before else "",
        is_cut=len(typed) > LONGEST_REPLY,
        verdicts=VERDICTS,
        words=settling_words,
        apart=ladder.apart_of(reading, row.id),
        is_brought=ladder.step_in_hand(reading, row) is not None,
        longest=LONGEST_REPLY,
        action=path_of(engine.keys, settlement.id),
        language_links=[(tag, path_of(engine.keys, settlement.id, l=tag)) for tag in i18n.languages()],
        **how,
    )


def _hear_by(reading: Reading, case_id: UUID, matter: Matter) -> str:
    """By when the partner hears from us, in their own zone; empty where that is owed no more."""
    case = case_views(reading, [case_id])[case_id]
    if not case.is_open or not case.awaits_contact or case.paused_at is not None or case.due_at <= reading.now:
        return ""
    return settling_words.hear_by(format_datetime(case.due_at, matter.zone, style="full"))


def _unknown(reading: Reading) -> str:
    """The page of a link that is not ours: nothing is known of the reader but the language of their browser."""
    wanted = request.values.get("l", "")
    with i18n.use_locale(wanted if wanted in i18n.languages() else i18n.current_locale()):
        return render_template(
            "alerts/settled_over.html",
            reason="unknown",
            matter=None,
            late_words="",
            program_name=surveys.program_in_force(reading).name,
            language_links=_in_each_language(),
        )


def _closed(reason: Over, matter: Matter, late_words: str) -> str:
    return render_template(
        "alerts/settled_over.html",
        reason=reason,
        matter=matter,
        late_words=late_words[:LONGEST_REPLY],
        longest=LONGEST_REPLY,
        is_cut=len(late_words) > LONGEST_REPLY,
        program_name=matter.program.name,
        language_links=_in_each_language(),
    )


def _in_each_language() -> list[tuple[str, str]]:
    return [(tag, f"{quote(request.path)}?l={tag}") for tag in i18n.languages()]
