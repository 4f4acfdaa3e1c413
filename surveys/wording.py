"""Pure. The words for one contact: their language, the fields filled in, the names and dates as they read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel.dates import get_timezone, get_timezone_location
from markupsafe import Markup

from feedback_engine.directory.reading import ContactView, PartnerView, StaffView
from feedback_engine.foundation import i18n
from feedback_engine.foundation.definitions import LocalText
from feedback_engine.foundation.plain_text import greeted_name
from surveys import piping
from surveys.definitions import SurveyDefinition, choose_language
from surveys.program import Program
from surveys.words import Say, speaker

SECONDS_A_QUESTION = 15


@dataclass(frozen=True, slots=True)
class Happened:
    """The touchpoint event that made us ask; `of_wave` one that a wave made, because it wanted to ask."""

    at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    of_wave: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom we ask, about what, and who of us answers for the partner."""

    contact: ContactView
    partner: PartnerView | None = None
    owner: StaffView | None = None
    happened: Happened | None = None

    @property
    def zone(self) -> str:
        """The contact's own time zone, else the partner's."""
        return self.contact.time_zone or (self.partner.time_zone if self.partner else "") or "UTC"

    @property
    def phone_ending(self) -> str:
        """The last three digits of the number we know; a page reached by link shows no more of it."""
        digits = [sign for sign in self.contact.phone if sign.isdecimal()]
        return "".join(digits[-3:]) if len(digits) >= 5 else ""


@dataclass(frozen=True, slots=True)
class Wording:
    """A survey's texts for one reader. `say` speaks the engine's own words in their language."""

    survey: SurveyDefinition
    program: Program
    language: str
    say: Say
    values: piping.Values

    def text(self, local: LocalText) -> str:
        """A text with its fields filled in, not escaped."""
        return piping.fill(self._of(local), self.values)

    def html(self, local: LocalText) -> Markup:
        """A text with its fields filled in, escaped, lines kept."""
        filled = piping.fill_html(self._of(local), self.values)
        return Markup(filled.replace("\n", "<br>"))  # fill_html has escaped everything

    def effort(self) -> str:
        """What answering costs: "1 minute, 2 questions"."""
        count = max(1, sum(question.takes_thought for question in self.survey.questions))
        minutes = max(1, round(count * SECONDS_A_QUESTION / 60))
        long = self.say("1 minute") if minutes == 1 else self.say("{n} minutes", n=minutes)
        many = self.say("1 question") if count == 1 else self.say("{n} questions", n=count)
        return self.say("{time}, {questions}", time=long, questions=many)

    def _of(self, local: LocalText) -> str:
        return local.get(self.language, self.program.first_language)


def word(survey: SurveyDefinition, program: Program, recipient: Recipient, wanted: str = "") -> Wording:
    """The words of a survey for a contact, in `wanted` where it is offered, else in the contact's language."""
    language = choose_language(survey, program.languages, wanted or recipient.contact.language)
    say = speaker(survey, language)
    with i18n.use_locale(language):
        return Wording(survey, program, language, say, _values(survey, program, recipient, language, say))


@lru_cache(maxsize=1024)
def place(zone: str, language: str) -> str:
    """The city a time zone is named for, as "Lisbon" or "Lisbona"."""
    return str(get_timezone_location(get_timezone(zone), locale=language.replace("-", "_"), return_city=True))


def _values(
    survey: SurveyDefinition, program: Program, recipient: Recipient, language: str, say: Say
) -> dict[str, str]:
    """What the fields that the survey uses stand for; the name is always there, for the greeting."""
    name = recipient.contact.name.strip()
    values = {
        "contact.name": name,
        "contact.first_name": greeted_name(name),
        "partner.name": recipient.partner.name if recipient.partner else "",
        "program.name": program.name,
    }
    happened = recipient.happened
    if happened is None:
        return values
    if "event.date" in survey.fields_used:
        values["event.date"] = i18n.format_date(happened.at, recipient.zone, language, "long")
    used = survey.event_fields & happened.attributes.keys()
    return values | {f"event.{field}": _shown(happened.attributes[field], language, say) for field in used}


def _shown(value: Any, language: str, say: Say) -> str:
    """An attribute as people write it. Whole numbers stay ungrouped: most of them are somebody's reference."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, float):
        return i18n.format_measure(value, language)
    return str(value)
