"""What the floors above may read of the surveys: responses with their words, last scores, comments, counts, asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from feedback_engine.foundation.errors import NotFound
from feedback_engine.foundation.i18n import current_locale, gettext
from feedback_engine.foundation.unit_of_work import Reading
from surveys import published, response_store, store, store_activity, store_lists, store_past
from surveys.asked_words import words_of_question
from surveys.definitions import SurveyDefinition
from surveys.dispositions import Disposition, Outcome, dispose
from surveys.launching import Check, Fallback, checklist
from surveys.metrics import SCALES
from surveys.other_mail import refusals as mail_refusals
from surveys.program import Program
from surveys.program import current as program_in_force
from surveys.questions import CallMeQuestion, SingleChoiceQuestion
from surveys.response_store import AnswerRow
from surveys.store import InvitationFields, InvitationRow, ResponseFields, ResponseRow
from surveys.store_answered import answered_between
from surveys.store_lists import CommentView, DecisionCounts, ListFilter, ScoreView, is_about
from surveys.store_past import ScoreThen

__all__ = [
    "AnswerView",
    "Check",
    "CommentView",
    "DecisionCounts",
    "Fallback",
    "InvitationView",
    "ListFilter",
    "Program",
    "ResponseView",
    "ScoreThen",
    "ScoreView",
    "answered_between",
    "answered_since",
    "checklist",
    "comments_of_revisions",
    "count_unsent",
    "decision_counts",
    "invitations_by_id",
    "invitations_of",
    "is_about",
    "last_scores",
    "latest_comments",
    "list_invitations",
    "list_responses",
    "list_surveys",
    "mail_refusals",
    "program_in_force",
    "response_detail",
    "responses_by_id",
    "responses_of",
    "scales",
    "scores_before",
    "scores_of_events",
    "sent_since",
    "words_of_question",
]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer with the words of its question; `choice_words` are those of the chosen answer or time."""

    question: str
    kind: str
    score: int | None
    choice: str | None
    text: str | None
    words: str = ""
    choice_words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseView(ResponseFields):
    """What came back on one invitation, in the revision in force. `at` is when it was first sent."""

    at: datetime
    answers: tuple[AnswerView, ...]
    event_id: UUID | None = None

    @property
    def score(self) -> AnswerView | None:
        """The first answer that has a score."""
        return next((answer for answer in self.answers if answer.score is not None), None)

    @property
    def comment(self) -> str:
        """The first words of their own; empty when there are none."""
        return next((answer.text for answer in self.answers if answer.kind == "open_text" and answer.text), "")

    @property
    def call(self) -> AnswerView | None:
        """The wish to be called: `choice` is the time (`09-12`, `any`), `text` the number, empty for the known one."""
        return next((answer for answer in self.answers if answer.kind == CallMeQuestion.kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView(InvitationFields):
    """One ask, and how it ended; `disposition` is None while it may still be answered."""

    disposition: Disposition | None


# ---- responses


def responses_by_id(reading: Reading, ids: Iterable[UUID], locale: str | None = None) -> dict[UUID, ResponseView]:
    """The responses with these ids, with their answers in force and the questions' words in `locale`."""
    rows = response_store.response_rows(reading, ids)
    answers = response_store.answers_of(reading, rows.values())
    invitations = store.invitations_by_id(reading, [row.invitation_id for row in rows.values()])
    return {
        row.id: _response(reading, row, answers[row.id], invitations.get(row.invitation_id), locale)
        for row in rows.values()
    }


def response_detail(reading: Reading, response_id: UUID, locale: str | None = None) -> ResponseView:
    """One response with its texts. Raises NotFound."""
    found = responses_by_id(reading, [response_id], locale).get(response_id)
    if found is None:
        raise NotFound(gettext("There is no such answer; it may have been erased."))
    return found


def responses_of(reading: Reading, partner_ids: Collection[UUID], limit: int = 20) -> list[ResponseView]:
    """The latest responses of these partners, newest first."""
    ids = store_lists.latest_response_ids(reading, partner_ids, limit)
    found = responses_by_id(reading, ids)
    return [found[response_id] for response_id in ids if response_id in found]


def list_responses(reading: Reading, wanted: ListFilter, limit: int) -> list[ResponseView]:
    """Responses, newest first by id, for a walk page by page."""
    ids = store_lists.list_response_ids(reading, wanted, limit)
    found = responses_by_id(reading, ids)
    return [found[response_id] for response_id in ids if response_id in found]


def last_scores(reading: Reading, partner_ids: Collection[UUID], limit: int = 5) -> dict[UUID, list[ScoreView]]:
    """The latest scores of each partner, at most `limit` each, newest first; partners without one are left out."""
    return store_lists.last_scores(reading, partner_ids, limit)


def scores_of_events(reading: Reading, event_ids: Collection[UUID]) -> dict[UUID, ScoreView]:
    """The first score that came back on the asks about each of these events; those without one are left out."""
    return store_lists.scores_of_events(reading, event_ids) if event_ids else {}


def latest_comments(
    reading: Reading,
    *,
    partner_ids: Collection[UUID] | None = None,
    touchpoint: str | None = None,
    limit: int = 10,
) -> list[CommentView]:
    """The latest written comments, newest first, of these partners or of all, at one touchpoint or at all."""
    return store_lists.latest_comments(reading, partner_ids, touchpoint, limit)


def scores_before(
    reading: Reading, partner_ids: Collection[UUID], from_at: datetime, to_at: datetime
) -> dict[UUID, list[ScoreThen]]:
    """Every score of these partners' responses first sent in [from_at, to_at], in every revision, oldest first.

    Each says from when it held, so that what stood at an instant is the same whenever it is asked (`ScoreThen`).
    """
    return store_past.scores_between(reading, partner_ids, from_at, to_at)


def answered_since(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When each of these partners answered after `since`, newest first; partners without an answer are left out."""
    return store_activity.answered_since(reading, partner_ids, since) if partner_ids else {}


def comments_of_revisions(reading: Reading, wanted: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], str]:
    """What was written in these revisions of responses; those without a word are left out."""
    return store_past.texts_of_revisions(reading, wanted)


# ---- asks


def invitations_by_id(reading: Reading, ids: Iterable[UUID]) -> dict[UUID, InvitationView]:
    """The invitations with these ids."""
    rows = store.invitations_by_id(reading, ids)
    return {row.id: _invitation(row, reading.now) for row in rows.values()}


def invitations_of(reading: Reading, partner_ids: Collection[UUID], limit: int = 50) -> list[InvitationView]:
    """The latest asks of these partners, newest first; asks over history are among them."""
    return [_invitation(row, reading.now) for row in store_lists.latest_invitations(reading, partner_ids, limit)]


def count_unsent(reading: Reading, partner_ids: Collection[UUID]) -> int:
    """How many invitations to contacts of these partners have not left."""
    return len(store.unsent_of_partners(reading, partner_ids)) if partner_ids else 0


def sent_since(reading: Reading, partner_ids: Collection[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When invitations left to contacts of each of these partners after `since`; partners without one are left out."""
    found: dict[UUID, list[datetime]] = {}
    for partner_id, at in store.sent_to_partners(reading, partner_ids, since) if partner_ids else ():
        found.setdefault(partner_id, []).append(at)
    return found


def list_invitations(reading: Reading, wanted: ListFilter, limit: int) -> list[InvitationView]:
    """Invitations, newest first by id, for a walk page by page."""
    return [_invitation(row, reading.now) for row in store_lists.list_invitations(reading, wanted, limit)]


def decision_counts(reading: Reading, from_at: datetime, to_at: datetime) -> dict[str, DecisionCounts]:
    """By touchpoint: how many events were decided in [from_at, to_at), and how many of them led to an invitation;
    imported history apart, because nobody was asked about it.

    An event with several contacts, or one decided again after a deferral, counts once.
    """
    return store_lists.decision_counts(reading, from_at, to_at)


def list_surveys(reading: Reading) -> list[tuple[str, SurveyDefinition]]:
    """Every survey in force with its version, by key."""
    return published.list_in_force(reading)


def scales(reading: Reading) -> dict[str | None, tuple[int, int]]:
    """The lowest and the highest score of each question in force that has one, by its key; by None, of all of them.

    What is asked on several scales has none.
    """
    found: dict[str | None, set[tuple[int, int]]] = {}
    for _, survey in list_surveys(reading):
        for question in survey.questions:
            if question.metric is not None:
                for key in (question.key, None):
                    found.setdefault(key, set()).add(SCALES[question.metric])
    return {key: next(iter(several)) for key, several in found.items() if len(several) == 1}


# ---- words


def _response(
    reading: Reading,
    row: ResponseRow,
    answers: Sequence[AnswerRow],
    invitation: InvitationRow | None,
    locale: str | None,
) -> ResponseView:
    survey = published.get_survey(reading, row.survey_version)
    return ResponseView(
        **_shared(row, ResponseFields),
        at=row.confirmed_at or row.changed_at,
        answers=tuple(_answer(survey, answer, locale or current_locale()) for answer in answers),
        event_id=invitation.event_id if invitation else None,
    )


def _shared(row: ResponseRow | InvitationRow, with_view: type[ResponseFields | InvitationFields]) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(with_view)}


def _answer(survey: SurveyDefinition, row: AnswerRow, locale: str) -> AnswerView:
    question = survey.find_question(row.question)
    words = question.text.get(locale) if question else row.question
    return AnswerView(
        row.question, row.kind, row.score, row.choice, row.text, words, _choice_words(question, row.choice, locale)
    )


def _choice_words(question: object, choice: str | None, locale: str) -> str:
    if choice is None:
        return ""
    if isinstance(question, SingleChoiceQuestion):
        found = question.find_choice(choice)
        return found.text.get(locale) if found else choice
    if isinstance(question, CallMeQuestion):
        return gettext(question.time_words(choice), **question.time_numbers(choice))
    return choice


def _invitation(row: InvitationRow, now: datetime) -> InvitationView:
    outcome = Outcome(
        invitation_state=row.state,
        answer_before=row.answer_before,
        declined=row.declined_at is not None,
        response_state="confirmed" if row.answered_at else None,
    )
    return InvitationView(**_shared(row, InvitationFields), disposition=dispose(outcome, now))
