"""The survey page before and while it is drawn: whom it is for, in which words, with which answers filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request

from feedback_engine.directory import reading as directory
from feedback_engine.foundation import i18n
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.security import content_policy
from journeys import reading as journeys
from surveys import piping, published
from surveys.answering import CHANGE_WINDOW
from surveys.invitation_mail import ends
from surveys.questions import Given, Question, Refused
from surveys.response_store import AnswerRow
from surveys.tokens import Links
from surveys.web.doors import Door, Visit
from surveys.web.letters import Letter, Letters, gap, read_letter
from surveys.wording import Happened, Recipient, Wording, place, word


@dataclass(frozen=True, slots=True)
class Reader:
    """What the page itself says of its reader, besides the survey's own texts; empty where it is not known."""

    owner: str
    phone_ending: str
    place: str
    zone: str

    @classmethod
    def of(cls, recipient: Recipient, language: str) -> Reader:
        """The reader that a recipient is; `place` is their time zone's city in `language`."""
        owner = recipient.owner.name if recipient.owner else ""
        return cls(owner, recipient.phone_ending, place(recipient.zone, language), recipient.zone)


@dataclass(frozen=True, slots=True)
class Page:
    """A page about one invitation, for one contact, in their words."""

    visit: Visit
    recipient: Recipient
    wording: Wording
    links: Links

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

    At most three statements: partner and event are only read where the page shows something of them.
    """
    invitation = visit.invitation
    contact = directory.find_contact(reading, invitation.contact_id)
    if contact is None or contact.state == "erased":
        return None
    survey = published.get_survey(reading, invitation.survey_version)
    partner = None
    if "partner.name" in survey.fields_used or not contact.time_zone:
        partner = directory.find_partner_of_id(reading, invitation.partner_id)
    told = journeys.event_told(reading, invitation.event_id) if survey.uses_event else None
    owner = door.owner(reading, invitation.partner_id)
    recipient = Recipient(contact, partner, owner, None if told is None else Happened(*told))
    wording = word(survey, door.program(reading), recipient, wanted or visit.answered_in)
    return Page(visit, recipient, wording, door.links)


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
    reader = Reader.of(page.recipient, page.wording.language)
    return _render(
        page.wording, reader, form, _paths(page), _switch(page, page.path, tap), tap, refused, page.change_until
    )


def draw_fresh(page: Page, letters: Letters, tapped: Mapping[str, str]) -> str:
    """The survey page for somebody who has sent nothing yet: as `draw` would, by a letter that many readers share."""
    wording, reader = page.wording, Reader.of(page.recipient, page.wording.language)
    words = {
        **{name: piping.clean(value) for name, value in wording.values.items()},
        "owner": reader.owner,
        "phone_ending": reader.phone_ending,
        "place": reader.place,
        **{f"path_{name}": path for name, path in _paths(page).items()},
    }
    key = (
        page.visit.invitation.survey_version,
        wording.language,
        request.script_root,
        tuple(tapped.items()),
        tuple(name for name, word in words.items() if word),
    )
    letter = letters.get(key, wording.program, lambda: _draw_letter(page, words, reader.zone, tapped))
    g.style_hashes = letter.style_hashes
    return letter.fill(words)


def _draw_letter(page: Page, words: Mapping[str, str], zone: str, tapped: Mapping[str, str]) -> Letter:
    """The page with a gap for every word that this reader has; words that are missing change what a page says."""
    gaps = {name: gap(name) if word else "" for name, word in words.items()}
    wording = replace(page.wording, values={name: gaps[name] for name in page.wording.values})
    reader = Reader(gaps["owner"], gaps["phone_ending"], gaps["place"], zone)
    paths = {name: gaps[f"path_{name}"] for name in _paths(page)}
    tap = next(iter(tapped.values()), "")
    drawn = _render(wording, reader, tapped, paths, _switch(page, gaps["path_send"], tap), tap, (), None)
    return read_letter(drawn, tuple(g.style_hashes))


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
    reader = Reader.of(recipient, wording.language)
    drawn = _render(wording, reader, form, paths, links, next(iter(form.values()), ""), (), None)
    policy = content_policy(g.get("style_hashes", ()))
    return drawn, policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")


def _paths(page: Page) -> dict[str, str]:
    send = page.path
    return {"send": send, "not_now": f"{send}/not-now", "stop": page.stop_path}


def _switch(page: Page, path: str, tap: str) -> list[tuple[str, str]]:
    return page.in_each_language(path, **({"a": tap} if tap else {}))


def _render(
    wording: Wording,
    reader: Reader,
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
            reader=reader,
            paths=paths,
            program_name=wording.program.name,
            language_links=language_links,
            questions=[_question(wording, reader, one, form, refused, tap) for one in wording.survey.questions],
            faults=[(fault.input, wording.say(fault.remedy, **fault.numbers)) for fault in refused],
            change_until=change_until,
            zone=reader.zone,
        )


def _question(
    wording: Wording,
    reader: Reader,
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
        "place": reader.place,
        "phone_ending": reader.phone_ending,
        "tapped": tap if question is wording.survey.first_question else "",
    }
