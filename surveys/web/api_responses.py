"""The API of asks and answers: `GET /invitations`, `GET /responses`, and each by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, request

from feedback_engine.directory import reading as directory
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import allow, scope
from feedback_engine.foundation.web.paging import PAGING, cursor_of, limit_of, page_of
from surveys import reading as surveys
from surveys.reading import InvitationView, ResponseView
from surveys.store_lists import ListFilter

Listed = TypeVar("Listed", ResponseView, InvitationView)


def add_to(endpoints: Blueprint, engine: Engine) -> None:
    """Add the endpoints to the blueprint."""

    @endpoints.get("/responses")
    @allow(scope("responses:read"), reads=(*PAGING, "partner", "touchpoint"))
    def list_responses() -> dict[str, Any]:
        return _list(engine, surveys.list_responses, _Words.response)

    @endpoints.get("/responses/<uuid:response_id>")
    @allow(scope("responses:read"))
    def get_response(response_id: UUID) -> dict[str, Any]:
        with engine.work.read() as reading:
            found = surveys.response_detail(reading, response_id)
            return _Words(reading, [found]).response(found)

    @endpoints.get("/invitations")
    @allow(scope("invitations:read"), reads=(*PAGING, "partner", "touchpoint"))
    def list_invitations() -> dict[str, Any]:
        return _list(engine, surveys.list_invitations, _Words.invitation)

    @endpoints.get("/invitations/<uuid:invitation_id>")
    @allow(scope("invitations:read"))
    def get_invitation(invitation_id: UUID) -> dict[str, Any]:
        with engine.work.read() as reading:
            found = surveys.invitations_by_id(reading, [invitation_id]).get(invitation_id)
            if found is None:
                raise NotFound(gettext("There is no invitation with this id."))
            return _Words(reading, [found]).invitation(found)


class _Words:
    """The keys and addresses that stand for ids in what programs read."""

    def __init__(self, reading: Reading, rows: Iterable[ResponseView | InvitationView]) -> None:
        listed = list(rows)
        self._partners = directory.partners_by_id(reading, {row.partner_id for row in listed})
        self._contacts = directory.contacts_by_id(reading, {row.contact_id for row in listed})

    def response(self, row: ResponseView) -> dict[str, Any]:
        """A response as programs read it."""
        return {
            **self._common(row),
            "invitation_id": str(row.invitation_id),
            "at": row.at.isoformat(),
            "changed_at": row.changed_at.isoformat(),
            "revision": row.revision,
            "language": row.language,
            "wants_contact": row.wants_contact,
            "answers": [
                {
                    "question": answer.question,
                    "type": answer.kind,
                    "score": answer.score,
                    "choice": answer.choice,
                    "text": answer.text,
                }
                for answer in row.answers
            ],
        }

    def invitation(self, row: InvitationView) -> dict[str, Any]:
        """An invitation as programs read it; `disposition` is the AAPOR code, null while it may still be answered."""
        return {
            **self._common(row),
            "decision_id": str(row.decision_id),
            "event_id": str(row.event_id),
            "state": row.state,
            "reason": row.reason,
            "batch": row.batch,
            "send_at": row.send_at.isoformat(),
            "sent_at": row.sent_at.isoformat() if row.sent_at else None,
            "answered_at": row.answered_at.isoformat() if row.answered_at else None,
            "replayed": row.replayed,
            "disposition": row.disposition.code if row.disposition else None,
        }

    def _common(self, row: ResponseView | InvitationView) -> dict[str, Any]:
        partner, contact = self._partners.get(row.partner_id), self._contacts.get(row.contact_id)
        return {
            "id": str(row.id),
            "partner": partner.key if partner else None,
            "contact": (contact.email or None) if contact else None,
            "touchpoint": row.touchpoint,
            "survey": row.survey,
            "survey_version": row.survey_version,
        }


def _list(
    engine: Engine,
    read: Callable[[Reading, ListFilter, int], list[Listed]],
    present: Callable[[_Words, Listed], dict[str, Any]],
) -> dict[str, Any]:
    limit = limit_of(request.args)
    with engine.work.read() as reading:
        rows = read(reading, _filter(reading), limit + 1)
        words = _Words(reading, rows)
    return page_of(rows, limit, lambda row: (str(row.id),)).document(lambda row: present(words, row))


def _filter(reading: Reading) -> ListFilter:
    """What the list is narrowed to. Raises Invalid for a partner or a cursor that does not exist."""
    cursor, key = cursor_of(request.args, 1), request.args.get("partner", "")
    partner = directory.find_partner(reading, key) if key else None
    if key and partner is None:
        raise Invalid(gettext("There is no such partner."), [Fault("/partner", gettext("Give the key of a partner."))])
    return ListFilter(
        before=_id(cursor[0]) if cursor else None,
        partner_id=partner.id if partner else None,
        touchpoint=request.args.get("touchpoint") or None,
    )


def _id(text: object) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        words = gettext("Take next_cursor from the page before, unchanged, or leave it out.")
        raise Invalid(gettext("The cursor is not one of ours."), [Fault("/cursor", words)]) from None
