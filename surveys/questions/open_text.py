"""Pure. An answer in the contact's own words."""

from __future__ import annotations

from typing import ClassVar, Literal

from feedback_engine.foundation.i18n import gettext_noop
from surveys.questions.base import Asked, Form, Given, Question, Refused, read_text


class OpenTextQuestion(Question):
    """A box of several lines, at most 5,000 characters."""

    kind: ClassVar[str] = "open_text"
    template: ClassVar[str] = "surveys/questions/open_text.html"

    type: Literal["open_text"]

    def parse(self, form: Form, asked: Asked) -> Given | Refused | None:
        text = read_text(form.get(self.field, ""), self.field)
        if isinstance(text, Refused):
            return text
        return Given(text=text) if text else None

    def show(self, given: Given) -> dict[str, str]:
        return {self.field: given.text or ""}

    def missing(self) -> str:
        return gettext_noop("Please write a few words.")
