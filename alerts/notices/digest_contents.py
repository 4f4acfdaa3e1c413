"""What stands in a digest: what is new, overdue, due next and waiting; on Mondays the week's figures and the oldest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from alerts import store, words
from alerts.notices.due_words import due_line
from alerts.notices.headlines import headline
from alerts.notices.rules import span_of
from alerts.notices.standing import is_told
from alerts.settling import notices as settling_notices
from alerts.viewing import case_views_of
from alerts.views import CaseView
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import StaffView
from feedback_engine.foundation.i18n import format_date, format_datetime, format_points, gettext, ngettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.statistics.nps import counted, score_interval
from surveys import reading as surveys

FEW = 30
MOST_LINES = 20
MOST_OLDEST = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to read: a case by its reference and partner, and what there is about it."""

    ref: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Section:
    """Some lines under a heading; `more` is how many are left out, for which there are the pages."""

    heading: str
    lines: Sequence[Line] = ()
    words: str = ""
    more: int = 0


ExtraSection = Callable[[Reading, StaffView, str, datetime], Section | None]
EXTRA_SECTIONS: tuple[ExtraSection, ...] = ()
"""What other nouns have to say in a digest, such as promises that fall due: reader, rhythm and since when are given."""


def has_any(view: Reading, member: StaffView, rhythm: str, from_at: datetime) -> bool:
    """Whether a digest would say anything beside the news that waits for it."""
    if store.open_cases_of_owner(view, member.id):
        return True
    return rhythm == "weekly" and bool(_scores(view, member, from_at, view.now))


def sections_of(view: Reading, member: StaffView, digest: Row[Any], news: Sequence[Row[Any]]) -> list[Section]:
    """The sections of a digest that have something to say, as things stand now, in the reader's language."""
    mine = case_views_of(view, store.open_cases_of_owner(view, member.id))
    ahead = view.now + span_of(digest.rhythm)
    running = [case for case in mine if case.paused_at is None and case.kind != "thanks"]
    sections = [
        _new(view, member, news),
        _cases(gettext("Overdue"), [case for case in running if case.due_at <= view.now], member),
        _cases(gettext("Due next"), [case for case in running if view.now < case.due_at <= ahead], member),
        _waiting([case for case in mine if case.paused_at is not None], member),
    ]
    if digest.rhythm == "weekly":
        later = sorted((case for case in running if case.due_at > ahead), key=lambda case: case.open_since)
        sections += [_figures(view, member, digest), _oldest(later, member)]
    sections += [extra(view, member, digest.rhythm, digest.from_at) for extra in EXTRA_SECTIONS]
    return [section for section in sections if section is not None]


def _new(view: Reading, member: StaffView, news: Sequence[Row[Any]]) -> Section | None:
    told = [row for row in news if is_told(view, member, row)]
    of_settling = settling_notices.read_told(view, told)
    cases = {case.id: case for case in case_views_of(view, store.cases_by_id(view, {row.case_id for row in told}))}
    lines = []
    for row in told:
        case = cases[row.case_id]
        about = headline(view, case, row, of_settling.get(row.id))
        lines.append(Line(case.ref, about, case.touchpoint_name))
    return _section(gettext("New"), lines)


def _cases(heading: str, cases: Sequence[CaseView], member: StaffView) -> Section | None:
    return _section(heading, [Line(case.ref, _name(case), due_line(case, member.time_zone)) for case in cases])


def _waiting(cases: Sequence[CaseView], member: StaffView) -> Section | None:
    """Cases whose clock stands still, and for whom they wait; their due times say nothing now."""
    return _section(gettext("Waiting"), [Line(case.ref, _name(case), _pause(case, member)) for case in cases])


def _pause(case: CaseView, member: StaffView) -> str:
    reason = words.pause(case.pause_reason or "")
    if case.paused_until is None:
        return gettext("{reason}, until somebody goes on", reason=reason)
    until = format_datetime(case.paused_until, member.time_zone, style="weekday")
    return gettext("{reason}, until {until}", reason=reason, until=until)


def _oldest(cases: Sequence[CaseView], member: StaffView) -> Section | None:
    lines = [
        Line(case.ref, _name(case), gettext("open since {day}", day=format_date(case.open_since, member.time_zone)))
        for case in cases[:MOST_OLDEST]
    ]
    return _section(gettext("Oldest of those that have time"), lines)


def _figures(view: Reading, member: StaffView, digest: Row[Any]) -> Section | None:
    """NPS of the week of the reader's own partners, never without n and interval."""
    scores = _scores(view, member, digest.until_at - timedelta(days=7), digest.until_at)
    figure = score_interval(counted(scores))
    if figure is None:
        return None
    told = gettext(
        "NPS {value} (n = {n}, 95 % interval {low} to {high})",
        value=format_points(figure.value),
        n=figure.n,
        low=format_points(figure.low),
        high=format_points(figure.high),
    )
    few = gettext("few answers")
    return Section(gettext("Last week, my partners"), words=f"{told}, {few}" if figure.n < FEW else told)


def _scores(view: Reading, member: StaffView, from_at: datetime, until_at: datetime) -> list[int]:
    """The NPS scores that the reader's partners gave in a span, each response as it stands."""
    partner_ids = directory.partners_owned_by(view, member.id)
    if not partner_ids:
        return []
    standing: dict[UUID, int | None] = {}
    for scores in surveys.scores_before(view, partner_ids, from_at, until_at).values():
        standing |= {score.response_id: score.score for score in scores if score.kind == "nps"}
    return [score for score in standing.values() if score is not None]


def _section(heading: str, lines: Sequence[Line]) -> Section | None:
    return Section(heading, lines[:MOST_LINES], more=max(0, len(lines) - MOST_LINES)) if lines else None


def _name(case: CaseView) -> str:
    return case.partner.name or case.partner.key


def more_words(count: int) -> str:
    """How many more there are than a mail can hold."""
    return ngettext("and one more", "and {n} more", count)
