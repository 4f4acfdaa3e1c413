"""How we speak to a partner about a case: in which language, in whose name, and what they had said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from alerts.store import CaseRow
from alerts.viewing import touchpoint_names
from alerts.words import out_of
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import ContactView, StaffView
from feedback_engine.foundation.i18n import gettext, languages, use_locale
from feedback_engine.foundation.mail.message import Address
from feedback_engine.foundation.plain_text import greeted_name
from feedback_engine.foundation.unit_of_work import Reading
from surveys import reading as surveys
from surveys.reading import Program, ResponseView


@dataclass(frozen=True, slots=True)
class Matter:
    """A case as its partner knows it: about which of our meetings, what they said, who of us answers for it.

    `score` and `most` are empty where they gave none, `question` is what they gave it to, as far as that is known;
    `comment` is empty where they wrote none, `owner` while nobody has it.
    """

    row: CaseRow
    contact: ContactView
    owner: StaffView | None
    program: Program
    language: str
    touchpoint: str
    score: int | None
    most: int
    question: str
    comment: str
    partner_name: str
    zone: str

    @property
    def first_name(self) -> str:
        """How the contact is greeted; empty when nobody knows the name."""
        return greeted_name(self.contact.name)

    @property
    def about(self) -> str:
        """What it is about, in words of the contact's own: they have answered, and opened no case of ours."""
        if self.row.response_id is None or not self.touchpoint:
            return gettext("How we work together")
        if self.row.contact_id == self.contact.id:
            return gettext("Your feedback on “{touchpoint}”", touchpoint=self.touchpoint)
        return gettext("Feedback on “{touchpoint}”", touchpoint=self.touchpoint)

    @property
    def owner_name(self) -> str:
        """Who of us it is about; the team where no single person has the case."""
        return self.owner.name if self.owner else gettext("the partner team")

    def sender(self, mail_from: str) -> Address:
        """In whose name a mail goes."""
        program = self.program
        name = f"{self.owner.name} ({program.name})" if self.owner else program.sender_name or program.name
        return Address(program.sender_email or mail_from, one_line(name))

    def reply_to(self) -> Address | None:
        """Where a reply goes: to the owner."""
        return Address(self.owner.email, one_line(self.owner.name)) if self.owner else None


def read_matter(reading: Reading, row: CaseRow, contact_id: UUID, wanted: str = "") -> Matter | None:
    """A case in the words for one contact, in the language `wanted` if we speak it; None when the contact is erased."""
    contact = directory.find_contact(reading, contact_id)
    if contact is None or contact.state == "erased":
        return None
    program = surveys.program_in_force(reading)
    language = choose_language((wanted, contact.language, program.first_language))
    partner = directory.find_partner_of_id(reading, row.partner_id)
    with use_locale(language):
        touchpoint = touchpoint_names(reading).get(row.touchpoint, row.touchpoint)
    response = surveys.responses_by_id(reading, [row.response_id], language).get(row.response_id)
    # The words and the score of somebody else are theirs: only who gave them reads them here.
    theirs = row.contact_id == contact.id
    return Matter(
        row=row,
        contact=contact,
        owner=_owner(reading, row),
        program=program,
        language=language,
        touchpoint=touchpoint,
        score=row.score if theirs else None,
        most=out_of(row.score_kind),
        question=_question_of(reading, row, response, wanted) if theirs and response else "",
        comment=response.comment if response and response.contact_id == contact.id else "",
        partner_name=(partner.name or partner.key) if partner else "",
        zone=contact.time_zone or (partner.time_zone if partner else "") or "UTC",
    )


def _question_of(reading: Reading, row: CaseRow, response: ResponseView, wanted: str) -> str:
    """The question to which the score of a case was given; empty where the answer has another one by now."""
    answer = response.score
    if answer is None or (answer.kind, answer.score) != (row.score_kind, row.score):
        return ""
    return surveys.words_of_question(reading, response, answer.question, wanted)


def letter_language(reading: Reading, contact: ContactView | None) -> str:
    """The language in which we write to somebody about a case, around the words of whoever writes."""
    known = contact.language if contact is not None else ""
    return choose_language((known, surveys.program_in_force(reading).first_language))


def choose_language(wanted: Iterable[str]) -> str:
    """The first of these languages that the interface speaks; English where it speaks none of them."""
    for tag in wanted:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in languages():
            return language
    return languages()[0]


def one_line(text: str) -> str:
    """A text that may stand in a header of a mail."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _owner(reading: Reading, row: CaseRow) -> StaffView | None:
    """Whose case it is, else whose partner; nobody who has left."""
    holder = directory.staff_by_id(reading, [row.owner_id]).get(row.owner_id) if row.owner_id else None
    owner = directory.owner_at(reading, row.partner_id, reading.now)
    return next((each for each in (holder, owner) if each is not None and each.active), None)
