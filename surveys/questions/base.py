"""Pure. What every type of question can do: read an answer from a form, show one again, offer links in the mail."""

from __future__ import annotations

import unicodedata
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from feedback_engine.foundation.definitions import Key, LocalText, Strict
from feedback_engine.foundation.i18n import gettext_noop

TEXT_LIMIT = 5000
"""The most characters of one written answer."""

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: a score, the key of a choice, words; at least one of them."""

    score: int | None = None
    choice: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that cannot be taken: at which input, and what to do, as a text for gettext with its numbers."""

    input: str
    remedy: str
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question may know of the contact it is put to."""

    phone_known: bool = False


@dataclass(frozen=True, slots=True)
class MailChoice:
    """One link of a question inside the mail: `value` preselects it on the page, `label` is what is tapped."""

    value: str
    label: str


class Question(Strict):
    """The settings that all questions share; each type adds its own and says how its answers are read."""

    kind: ClassVar[str]
    metric: ClassVar[str | None] = None
    template: ClassVar[str]
    mail_columns: ClassVar[int] = 1
    takes_thought: ClassVar[bool] = True  # whether it counts in "1 minute, 2 questions"

    key: Key
    text: LocalText
    hint: LocalText | None = None
    required: bool = False

    @property
    def field(self) -> str:
        """The name of the question's input in a form; prefixed, so that no key collides with ours."""
        return f"q-{self.key}"

    @abstractmethod
    def parse(self, form: Form, asked: Asked) -> Given | Refused | None:
        """The answer in a form; None when the question was left empty."""

    @abstractmethod
    def show(self, given: Given) -> dict[str, str]:
        """The form fields that hold this answer, to show it again."""

    def preselect(self, value: str) -> dict[str, str]:
        """The form fields that a link in the mail fills in; empty for a value that was never offered."""
        return {}

    def mail_choices(self, locale: str, first: str) -> tuple[MailChoice, ...]:
        """The links to show inside the mail when this is the first question; `first` is the program's language."""
        return ()

    def fields(self) -> tuple[str, ...]:
        """Every form field of the question."""
        return (self.field,)

    def texts(self) -> tuple[tuple[str, LocalText], ...]:
        """Every text of the question with the name of its place, for checks of language and piping."""
        hint = (("hint", self.hint),) if self.hint else ()
        return (("text", self.text), *hint)

    def read(self, form: Form, asked: Asked) -> Given | Refused | None:
        """As `parse`, and an empty answer to a required question is refused."""
        parsed = self.parse(form, asked)
        if parsed is None and self.required:
            return Refused(self.field, self.missing())
        return parsed

    def missing(self) -> str:
        """What to do when a required answer was left out."""
        return gettext_noop("Please answer this question.")


def clean_text(raw: str) -> str | None:
    """Written words without control characters; None when they hold a NUL, which no honest keyboard types.

    Line ends become one newline; tabs and newlines stay; blanks at both ends go.
    """
    if "\0" in raw:
        return None
    if raw.isprintable():
        return raw.strip()
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs")).strip()


def read_text(raw: str, name: str, limit: int = TEXT_LIMIT) -> str | Refused:
    """The cleaned words of one input, or why they cannot be taken."""
    text = clean_text(raw)
    if text is None:
        return Refused(name, gettext_noop("This holds a sign that cannot be stored. Please type it again."))
    if len(text) > limit:
        remedy = gettext_noop("Please shorten this to {limit} characters; now it has {length}.")
        return Refused(name, remedy, {"limit": limit, "length": len(text)})
    return text
