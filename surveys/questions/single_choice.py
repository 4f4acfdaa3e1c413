"""Pure. One answer out of a list."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from feedback_engine.foundation.definitions import Key, LocalLine, LocalText, Strict, refusal
from feedback_engine.foundation.i18n import gettext_noop
from surveys.questions.base import Asked, Form, Given, MailChoice, Question, Refused


class Choice(Strict):
    """One of the answers offered. The key is what is stored, so words may be corrected later."""

    key: Key
    text: LocalLine


class SingleChoiceQuestion(Question):
    """A list of radio buttons; inside the mail one link a line."""

    kind: ClassVar[str] = "single_choice"
    template: ClassVar[str] = "surveys/questions/single_choice.html"

    type: Literal["single_choice"]
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=20)

    @field_validator("choices")
    @classmethod
    def _keys_differ(cls, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
        keys = [choice.key for choice in choices]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise refusal(f"Two choices have the key `{twice[0]}`.", "Give each choice a key of its own.")
        return choices

    def parse(self, form: Form, asked: Asked) -> Given | Refused | None:
        raw = form.get(self.field, "").strip()
        if not raw:
            return None
        return Given(choice=raw) if self.find_choice(raw) else Refused(self.field, self.missing())

    def find_choice(self, key: str) -> Choice | None:
        """The choice with this key."""
        return next((choice for choice in self.choices if choice.key == key), None)

    def show(self, given: Given) -> dict[str, str]:
        return {self.field: given.choice or ""}

    def preselect(self, value: str) -> dict[str, str]:
        return {self.field: value} if self.find_choice(value) else {}

    def mail_choices(self, locale: str, first: str) -> tuple[MailChoice, ...]:
        return tuple(MailChoice(choice.key, choice.text.get(locale, first)) for choice in self.choices)

    def texts(self) -> tuple[tuple[str, LocalText], ...]:
        return (*super().texts(), *((f"choices/{n}/text", choice.text) for n, choice in enumerate(self.choices)))

    def missing(self) -> str:
        return gettext_noop("Please choose one of the answers.")
