"""Writes responses: the first sending, each change within 72 hours as a revision, and what is announced of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from feedback_engine.foundation import ids
from feedback_engine.foundation.unit_of_work import Actor, UnitOfWork, Work
from surveys import answering, response_store, store
from surveys.answering import Answered, Closed
from surveys.events import ResponseChanged, ResponseSubmitted, ScoredAnswer
from surveys.response_store import AnswerRow
from surveys.store import InvitationRow, ResponseRow


@dataclass(frozen=True, slots=True)
class Submission:
    """What a contact sends on an invitation; tier and region are the partner's now."""

    invitation: InvitationRow
    answers: tuple[Answered, ...]
    language: str
    tier: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """The answer is stored: as a new response, as a change, or as the same that was there."""

    response_id: UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The answer came too late, or what it answers was taken back."""

    reason: Closed


def submit(work: Work, submission: Submission) -> Received | NotTaken:
    """Store an answer, first or changed; sending the same twice is one response.

    The link is the permission: whoever calls this has opened a genuine one.
    """
    contact = Actor("partner", str(submission.invitation.contact_id), "contact")
    with work.begin(actor=contact) as uow:
        if store.take_answer(uow, submission.invitation):
            return _store_first(uow, submission)
        found = store.open_invitation(uow, submission.invitation.id)
        if found is None or found[0].generation != submission.invitation.generation:
            return NotTaken("unknown")
        invitation, response = found
        reason = answering.closed_because(
            invitation.state, invitation.answer_before, response.confirmed_at if response else None, uow.now
        )
        if reason is not None or response is None:
            return NotTaken(reason or "unknown")
        return _store_change(uow, submission, response)


def _store_first(uow: UnitOfWork, submission: Submission) -> Received:
    invitation = submission.invitation
    response_id = ids.new_id(invitation.shard)
    response_store.insert_response(uow, _response_row(submission, response_id, uow))
    response_store.insert_answers(uow, _answer_rows(uow, submission.answers, response_id, 1))
    uow.emit(
        ResponseSubmitted(
            **_announcement(submission, response_id), tier=submission.tier, region=submission.region, at=uow.now
        )
    )
    return Received(response_id, "submitted")


def _store_change(uow: UnitOfWork, submission: Submission, response: ResponseRow) -> Received:
    before = response_store.answer_rows(uow, response)
    if _same(before, submission.answers):
        return Received(response.id, "unchanged")
    changed = response_store.revise_response(
        uow,
        response,
        {
            "changed_at": uow.now,
            "language": submission.language,
            "wants_contact": answering.wants_contact(submission.answers),
            "has_comment": answering.has_comment(submission.answers),
        },
    )
    if not changed:
        # Two changes at the same moment: the other one stands, and the contact sees it on the receipt.
        return Received(response.id, "unchanged")
    revision = response.revision + 1
    response_store.insert_answers(uow, _answer_rows(uow, submission.answers, response.id, revision))
    uow.emit(
        ResponseChanged(
            **_announcement(submission, response.id),
            tier=response.tier,
            region=response.region,
            at=response.confirmed_at or uow.now,
            before=_scored_rows(before),
            revision=revision,
            changed_at=uow.now,
        )
    )
    return Received(response.id, "changed")


def _response_row(submission: Submission, response_id: UUID, uow: UnitOfWork) -> dict[str, Any]:
    invitation = submission.invitation
    return {
        "shard": invitation.shard,
        "id": response_id,
        "invitation_id": invitation.id,
        "partner_id": invitation.partner_id,
        "contact_id": invitation.contact_id,
        "touchpoint": invitation.touchpoint,
        "survey": invitation.survey,
        "survey_version": invitation.survey_version,
        "tier": submission.tier,
        "region": submission.region,
        "state": "confirmed",
        "revision": 1,
        "language": submission.language,
        "wants_contact": answering.wants_contact(submission.answers),
        "has_comment": answering.has_comment(submission.answers),
        "started_at": uow.now,
        "confirmed_at": uow.now,
        "changed_at": uow.now,
    }


def _answer_rows(
    uow: UnitOfWork, answers: Sequence[Answered], response_id: UUID, revision: int
) -> list[dict[str, Any]]:
    # Ids rise as they are made, so ordering by id is the order of the questions.
    return [
        {
            **ids.new_key(response_id),
            "response_id": response_id,
            "revision": revision,
            "question": answer.question.key,
            "kind": answer.question.kind,
            "score": answer.given.score,
            "choice": answer.given.choice,
            "text": answer.given.text,
            "at": uow.now,
        }
        for answer in answers
    ]


def _announcement(submission: Submission, response_id: UUID) -> dict[str, Any]:
    invitation = submission.invitation
    return {
        "partner_id": invitation.partner_id,
        "response_id": response_id,
        "invitation_id": invitation.id,
        "contact_id": invitation.contact_id,
        "touchpoint": invitation.touchpoint,
        "survey": invitation.survey,
        "survey_version": invitation.survey_version,
        "answers": answering.scored(submission.answers),
        "wants_contact": answering.wants_contact(submission.answers),
        "has_comment": answering.has_comment(submission.answers),
        "language": submission.language,
    }


def _scored_rows(rows: Sequence[AnswerRow]) -> tuple[ScoredAnswer, ...]:
    return tuple(
        ScoredAnswer(question=row.question, kind=row.kind, score=row.score) for row in rows if row.score is not None
    )


def _same(rows: Sequence[AnswerRow], answers: Sequence[Answered]) -> bool:
    stored = [(row.question, row.score, row.choice, row.text) for row in rows]
    return stored == [
        (answer.question.key, answer.given.score, answer.given.choice, answer.given.text) for answer in answers
    ]
