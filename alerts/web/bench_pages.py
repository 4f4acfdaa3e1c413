"""The alert bench `/program/alerts/bench` and `POST /alerts/bench`: a draft of the alerts over recorded answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from alerts import words
from alerts.routing import words as route_words
from alerts.trial import load_chart, telling
from alerts.trial import words as trial_words
from alerts.trial.overtaking import Overtaken, find_overtaken
from alerts.trial.plain_settings import PlainSetting, Scales, plain_settings, with_settings
from alerts.trial.rule_text import only_adds
from alerts.trial.telling import Told
from alerts.trial.trying import try_out
from alerts.trial.views import Draft
from alerts.web import bench_rule
from alerts.web.inputs import read_object
from alerts.web.team_pages import period_of
from feedback_engine.foundation.definition_faults import MOST_TOLD, DefinitionError, DefinitionFault
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.periods import LAST_QUARTER, PERIODS, Period, chosen_period
from feedback_engine.foundation.plain_text import as_counted, with_signs
from feedback_engine.foundation.unit_of_work import Actor, Reading
from feedback_engine.foundation.web.access import actor, allow, roles, scope
from feedback_engine.foundation.web.reader import reader_zone
from surveys import reading as surveys

STEERS = roles("program_owner")
MOST_SHOWN = 50
FIRST_SHOWN = 5
"""Of each group of differences: how many are listed at all, and how many before the others are asked for."""
_LONGEST_LINE = 120
_KNOWN = frozenset({"file", "from", "to"})
_LINE = "line-"
_SET, _SHOWN = "set/", "shown/"
_WHOLE = re.compile(r"[0-9]{1,6}")
_FRAMES = (("at-desk", load_chart.DESK), ("on-phone", load_chart.PHONE))


@dataclass(frozen=True, slots=True)
class Drafting:
    """What the roof knows of drafts: reading one into the program in force, the text and version in force, publishing.

    `publish` takes the version that a draft was made on, and says whether anything changed.
    """

    read: Callable[[Reading, str], Draft]
    text_in_force: Callable[[Reading], str]
    publish: Callable[[Actor, str, str], bool]
    by_files: Callable[[Reading], bool]
    version: Callable[[Reading], str]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A draft and what came of trying it; no trial where the text cannot be read.

    `asked`: it is another text than the one in force; `by_hand`: it differs in more than its plain numbers and new
    rules; `refused`: it was to be published. `wrong` are numbers that nobody can use, as they were typed, by the names
    of their fields; `live` those in force, by the same names. `version` names the alerts that the draft goes on from.
    `settings` are the numbers that have a field, `more` how many faults there are beside those that are told.
    """

    text: str
    days: int | str
    period: Period
    version: str
    settings: Sequence[PlainSetting] = ()
    scales: Scales = field(default_factory=dict)
    draft: Draft | None = None
    told: Told | None = None
    faults: Sequence[Fault] = ()
    more: int = 0
    by_files: bool = False
    asked: bool = False
    by_hand: bool = False
    refused: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)
    overtaken: Overtaken | None = None
    live: Mapping[str, int] = field(default_factory=dict)

    @property
    def departs(self) -> bool:
        """Whether a field holds another number than the one in force."""
        return bool(self.wrong) or any(self.live.get(each.field, each.value) != each.value for each in self.settings)

    @property
    def lines(self) -> int:
        """How many lines the text has."""
        return self.text.count("\n") + 1

    @property
    def wrong_lines(self) -> frozenset[int]:
        """Lines to which a fault leads."""
        named = (fault.pointer.removeprefix(_LINE) for fault in self.faults if fault.pointer.startswith(_LINE))
        return frozenset(int(number) for number in named)


def blueprint(engine: Engine, drafting: Drafting) -> Blueprint:
    """The page, to be mounted at the root."""
    pages = Blueprint("alert_bench", __name__, template_folder="../templates")

    @pages.get("/program/alerts/bench")
    @allow(STEERS)
    def show() -> str:
        with engine.work.read() as reading:
            return _draw(_tried(reading, drafting, None))

    @pages.post("/program/alerts/bench")
    @allow(STEERS)
    def try_draft() -> str | tuple[str, int]:
        with engine.work.read() as reading:
            typed = _typed(request.form, surveys.scales(reading))
            if bench_rule.is_sent(request.form):
                added = bench_rule.add(reading, typed.text, request.form)
                if added.text is None:
                    return added.page, 422 if added.is_refused else 200
                flash(added.said)
                typed = _Typed(added.text)
            tried = _tried(reading, drafting, typed)
            return (_draw(tried), 422) if tried.told is None else _draw(tried)

    @pages.get("/program/alerts/bench/rule")
    @allow(STEERS)
    def new_rule() -> str:
        with engine.work.read() as reading:
            version, (days, _) = drafting.version(reading), _period(reading)
            given = {"version": version, "days": str(days)}
            return bench_rule.draw(reading, drafting.text_in_force(reading), given)

    @pages.post("/program/alerts/bench/rule")
    @allow(STEERS)
    def ask_for_rule() -> str | tuple[str, int]:
        with engine.work.read() as reading:
            typed = _typed(request.form, surveys.scales(reading))
            if typed.faults:
                return _draw(_tried(reading, drafting, typed)), 422
            return bench_rule.draw(reading, typed.text, request.form)

    @pages.post("/program/alerts/bench/publish")
    @allow(STEERS)
    def publish() -> Response | tuple[str, int]:
        with engine.work.read() as reading:
            typed = _typed(request.form, surveys.scales(reading))
        try:
            if typed.faults:
                raise Invalid(gettext("This draft cannot be read."), typed.faults)
            changed = drafting.publish(actor(), typed.text, request.form.get("version", ""))
        except (Conflict, Invalid) as error:
            with engine.work.read() as reading:
                return _refused(reading, drafting, typed, error)
        if changed:
            flash(gettext("Published. The new alerts are in force."))
        else:
            flash(gettext("Nothing was changed: these alerts are in force already."))
        with engine.work.read() as reading:
            days, _ = _period(reading)
        return redirect(url_for("alert_bench.show", days=days, published="yes"), 303)

    return pages


def api(engine: Engine, drafting: Drafting) -> Blueprint:
    """The endpoint, to be mounted under /api/v1."""
    endpoints = Blueprint("alert_bench_api", __name__)

    @endpoints.post("/alerts/bench")
    @allow(scope("alerts:read"))
    def try_draft() -> dict[str, Any]:
        body = read_object()
        _check(body)
        with engine.work.read() as reading:
            text = body.get("file") or drafting.text_in_force(reading)
            draft = drafting.read(reading, text)
            from_at, to_at = period_of(reading, body)
            return telling.document(telling.tell(reading, try_out(reading, draft.program, from_at, to_at)), draft)

    return endpoints


# ---- reading


@dataclass(frozen=True, slots=True)
class _Typed:
    """A draft as it was typed; `wrong` are numbers that nobody can use, by the names of their fields."""

    text: str
    wrong: Mapping[str, str] = field(default_factory=dict)
    faults: Sequence[Fault] = ()


def _typed(form: Mapping[str, str], scales: Scales) -> _Typed:
    """The text, with those numbers whose fields hold something else than was shown in them.

    Whoever typed another number into the text alone means that one.
    """
    text = as_counted(form.get("draft", ""))
    known = {each.field: each for each in plain_settings(text, scales)}
    typed = {
        name.removeprefix(_SET): value.strip()
        for name, value in form.items()
        if name.startswith(_SET) and value.strip() != form.get(_SHOWN + name.removeprefix(_SET))
    }
    wrong = {name: value for name, value in typed.items() if not _may_be(known.get(name), value)}
    numbers = {name: int(value) for name, value in typed.items() if name not in wrong}
    return _Typed(with_settings(text, numbers), wrong, [_refusal(name, known.get(name)) for name in wrong])


def _may_be(setting: PlainSetting | None, value: str) -> bool:
    return setting is not None and bool(_WHOLE.fullmatch(value)) and setting.least <= int(value) <= setting.most


def _refusal(name: str, setting: PlainSetting | None) -> Fault:
    if setting is None:
        return Fault("draft", gettext("The file has no such number any more. Change it there."))
    named = {"least": setting.least, "most": setting.most}
    return Fault(_SET + name, gettext("Give a whole number from {least} to {most}.", **named))


def _check(body: Mapping[str, Any]) -> None:
    faults = [Fault(f"/{name}", gettext("There is no such field; remove it.")) for name in sorted(body.keys() - _KNOWN)]
    faults += [Fault(f"/{name}", gettext("Give text.")) for name in _KNOWN if not isinstance(body.get(name, ""), str)]
    if faults:
        raise Invalid(gettext("This draft cannot be read."), faults)


def _period(reading: Reading) -> tuple[int | str, Period]:
    """The period that was chosen, on the page or for it."""
    return chosen_period(request.values.get("days"), reading.now, ZoneInfo(reader_zone()))


def _tried(reading: Reading, drafting: Drafting, typed: _Typed | None) -> _Tried:
    in_force = drafting.text_in_force(reading)
    days, period = _period(reading)
    scales, present = surveys.scales(reading), drafting.version(reading)
    made_on = present if typed is None else request.form.get("version", "")
    typed = typed or _Typed(in_force)
    numbered = _same_numbers(in_force, typed.text)
    draft, found, more = _read(reading, drafting, typed.text)
    # Where a number is wrong, the text holds another one than was meant: there is nothing to compare.
    compared = draft.program if draft and not typed.wrong else None
    overtaken = find_overtaken(reading, made_on, compared, scales)
    return _Tried(
        text=typed.text,
        days=days,
        period=period,
        # Whoever has read where the draft differs from what is in force by now goes on from that.
        version=made_on if overtaken and overtaken.departures is None else present,
        settings=plain_settings(typed.text, scales),
        scales=scales,
        draft=draft,
        # A trial of other numbers than those in the fields would be taken for theirs.
        told=_told(reading, draft, period) if draft and not typed.faults else None,
        faults=[*typed.faults, *found],
        more=more,
        by_files=drafting.by_files(reading),
        asked=typed.text.strip() != in_force.strip(),
        by_hand=numbered.strip() != typed.text.strip() and not only_adds(numbered, typed.text),
        wrong=typed.wrong,
        overtaken=overtaken,
        live={each.field: each.value for each in plain_settings(in_force)},
    )


def _told(reading: Reading, draft: Draft, period: Period) -> Told:
    trial = try_out(reading, draft.program, period.from_at, min(period.to_at, reading.now))
    return telling.tell(reading, trial)


def _read(reading: Reading, drafting: Drafting, text: str) -> tuple[Draft | None, Sequence[Fault], int]:
    """The draft, if the text can be read as one, what is wrong with it, and of how much more that is not told."""
    try:
        draft = drafting.read(reading, text)
    except Invalid as error:
        return None, *_faults(error, text)
    return draft, *_quoted(draft.faults, text)


def _same_numbers(text: str, other: str) -> str:
    """A text with the numbers of another one."""
    return with_settings(text, {each.field: each.value for each in plain_settings(other)})


def _faults(error: Invalid, text: str) -> tuple[Sequence[Fault], int]:
    if isinstance(error, DefinitionError):
        return _quoted(error.definition_faults, text)
    return error.faults or [Fault("draft", error.message)], 0


def _quoted(faults: Sequence[DefinitionFault], text: str) -> tuple[Sequence[Fault], int]:
    """The first faults with what their lines say, and how many more there are."""
    lines = text.split("\n")
    return [_with_line(fault, lines) for fault in faults[:MOST_TOLD]], max(0, len(faults) - MOST_TOLD)


def _with_line(fault: DefinitionFault, lines: Sequence[str]) -> Fault:
    """A fault with what its line says, which leads to the number of that line beside the box of the draft."""
    line = lines[fault.line - 1].strip() if 0 < fault.line <= len(lines) else ""
    if not line:
        return Fault("draft", str(fault))
    told = gettext("{fault} The line reads: {line}", fault=str(fault), line=with_signs(line[:_LONGEST_LINE]))
    return Fault(f"{_LINE}{fault.line}", told)


def _refused(reading: Reading, drafting: Drafting, typed: _Typed, error: Conflict | Invalid) -> tuple[str, int]:
    tried = _tried(reading, drafting, typed)
    if isinstance(error, Invalid):
        faults, more = _faults(error, typed.text)
        return _draw(replace(tried, faults=faults, more=more, asked=True, refused=True)), 422
    # Whoever was overtaken reads by whom and in what; else the program is none that pages change.
    faults = tried.faults if tried.overtaken else [Fault("draft", error.message)]
    return _draw(replace(tried, faults=faults, asked=True, refused=True)), 409


# ---- showing


def _draw(tried: _Tried) -> str:
    charts = []
    if tried.told is not None:
        drawn = ((name, load_chart.place(tried.told.trial.loads, frame)) for name, frame in _FRAMES)
        charts = [(name, chart) for name, chart in drawn if chart is not None]
    return render_template(
        "alerts/bench.html",
        tried=tried,
        told=tried.told,
        draft=tried.draft,
        charts=charts,
        busiest=load_chart.busiest,
        periods=PERIODS,
        last_quarter=LAST_QUARTER,
        words=words,
        route_words=route_words,
        trial_words=trial_words,
        most=MOST_SHOWN,
        first=FIRST_SHOWN,
        reader=actor().id,
    )
