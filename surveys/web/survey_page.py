"""The survey page before and while it is drawn: whom it is for, in which words, with which answers filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import i18n
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.security import content_policy
from surveys import published
from surveys.answering import CHANGE_WINDOW
from surveys.invitation_mail import ends
from surveys.questions import Asked, CallMeQuestion, Given, Question, Refused
from surveys.recipients import what_happened
from surveys.response_store import AnswerRow
from surveys.tokens import Links
from surveys.web.doors import Door, Visit
from surveys.wording import Recipient, Wording, place, word


@dataclass(frozen=True, slots=True)
class Page:
    """A page about one invitation, for one contact, in their words."""

    visit: Visit
    recipient: Recipient
    wording: Wording
    links: Links

    @property
    def asked(self) -> Asked:
        """What the questions may know of the contact."""
        return Asked(phone_known=bool(self.recipient.phone_ending))

    @property
    def path(self) -> str:
        """The path of the survey page."""
        return self._path("survey")

    @property
    def not_now_path(self) -> str:
        """The path of the page that says "not now"."""
        return f"{self.path}/not-now"

    @property
    def stop_path(self) -> str:
        """The path of the page that ends these mails."""
        return self._path("unsubscribe")

    @property
    def receipt_path(self) -> str:
        """The path of the receipt."""
        return self._path("receipt")

    @property
    def change_until(self) -> datetime | None:
        """Until when what was answered may be changed; None while nothing was answered."""
        response = self.visit.response
        return response.confirmed_at + CHANGE_WINDOW if response and response.confirmed_at else None

    def in_each_language(self, path: str, **query: str) -> list[tuple[str, str]]:
        """The same page in every language of the survey, for the switch on top."""
        offered = self.wording.survey.languages(self.wording.program.languages)
        return [(tag, f"{path}?{urlencode({'l': tag, **query})}") for tag in offered]

    def _path(self, purpose: Any) -> str:
        return self.links.path(purpose, self.visit.invitation.id, self.visit.invitation.generation)


def open_page(door: Door, reading: Reading, visit: Visit, wanted: str) -> Page | None:
    """The page of a visit, in the language `wanted` where the survey has it; None when the contact was erased.

    At most two statements: partner and event are only read where the page shows something of them.
    """
    invitation = visit.invitation
    contact = directory.contacts_by_id(reading, [invitation.contact_id]).get(invitation.contact_id)
    if contact is None or contact.state == "erased":
        return None
    survey = published.get_survey(reading, invitation.survey_version)
    partner = None
    if "partner.name" in survey.fields_used or not contact.time_zone:
        partner = directory.partners_by_id(reading, [invitation.partner_id]).get(invitation.partner_id)
    happened = what_happened(reading, {invitation.event_id}, survey.event_fields) if survey.uses_event else {}
    owner = door.owner(reading, invitation.partner_id)
    recipient = Recipient(contact, partner, owner, happened.get(invitation.event_id))
    answered_in = visit.response.language if visit.response else ""
    return Page(visit, recipient, word(survey, door.program(reading), recipient, wanted or answered_in), door.links)


def stored_form(page: Page, rows: Sequence[AnswerRow]) -> dict[str, str]:
    """What was answered before, as form fields."""
    shown: dict[str, str] = {}
    for row in rows:
        question = page.wording.survey.find_question(row.question)
        if question is not None:
            shown |= question.show(Given(row.score, row.choice, row.text))
    return shown


def draw(
    page: Page, form: Mapping[str, str], *, tapped: Mapping[str, str] | None = None, refused: Sequence[Refused] = ()
) -> str:
    """The survey page as HTML; `tapped` is what a link in the mail preselected."""
    tap = next(iter((tapped or {}).values()), "")
    paths = {"send": page.path, "not_now": page.not_now_path, "stop": page.stop_path}
    links = page.in_each_language(page.path, **({"a": tap} if tap else {}))
    return _render(page.wording, page.recipient, form, paths, links, tap, refused, page.change_until)


def draw_beside(page: Page, template: str, **values: Any) -> str:
    """A page beside the survey, such as its receipt, drawn in the survey's language."""
    wording = page.wording
    with i18n.use_locale(wording.language):
        return render_template(template, _=wording.say, page=page, program_name=wording.program.name, **values)


def draw_preview(wording: Wording, recipient: Recipient, path: str, answer: str) -> tuple[str, str]:
    """The survey page to be looked at only, and the content policy that lets our own pages frame it.

    Its button leads back to the preview, so nothing can be sent.
    """
    form = wording.survey.first_question.preselect(answer)
    paths = {"send": None, "not_now": path, "stop": path}
    links = [(tag, f"{path}?{urlencode({'l': tag})}") for tag in wording.survey.languages(wording.program.languages)]
    drawn = _render(wording, recipient, form, paths, links, next(iter(form.values()), ""), (), None)
    policy = content_policy(g.get("style_hashes", ()))
    return drawn, policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


def _render(
    wording: Wording,
    recipient: Recipient,
    form: Mapping[str, str],
    paths: Mapping[str, str | None],
    language_links: list[tuple[str, str]],
    tap: str,
    refused: Sequence[Refused],
    change_until: datetime | None,
) -> str:
    with i18n.use_locale(wording.language):
        return render_template(
            "surveys/respond.html",
            _=wording.say,
            wording=wording,
            recipient=recipient,
            paths=paths,
            program_name=wording.program.name,
            language_links=language_links,
            questions=[_question(wording, recipient, one, form, refused, tap) for one in wording.survey.questions],
            faults=[(fault.input, wording.say(fault.remedy, **fault.numbers)) for fault in refused],
            change_until=change_until,
            zone=recipient.zone,
        )


def _question(
    wording: Wording,
    recipient: Recipient,
    question: Question,
    form: Mapping[str, str],
    refused: Sequence[Refused],
    tap: str,
) -> dict[str, Any]:
    """What the template of one question is given."""
    low, high = ends(wording, question)
    return {
        "asked": question,
        "template": question.template,
        "words": wording.html(question.text),
        "hint": wording.html(question.hint) if question.hint else "",
        "low": low,
        "high": high,
        "value": {name: form.get(name, "") for name in question.fields()},
        "faults": {fault.input: wording.say(fault.remedy, **fault.numbers) for fault in refused},
        "place": place(recipient.zone, wording.language) if isinstance(question, CallMeQuestion) else "",
        "phone_ending": recipient.phone_ending,
        "tapped": tap if question is wording.survey.first_question else "",
    }
