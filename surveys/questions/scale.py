"""Pure. The common ground of nps, csat and ces: one row of numbers with a word at each end."""

from __future__ import annotations

from typing import ClassVar

from feedback_engine.foundation.definitions import LocalLine, LocalText
from feedback_engine.foundation.i18n import gettext_noop
from surveys.metrics import SCALES
from surveys.questions.base import Asked, Form, Given, MailChoice, Question, Refused


class ScaleQuestion(Question):
    """A question answered by one whole number of its metric's scale."""

    template: ClassVar[str] = "surveys/questions/scale.html"
    default_low: ClassVar[str]
    default_high: ClassVar[str]

    required: bool = True
    low: LocalLine | None = None
    high: LocalLine | None = None

    @property
    def scores(self) -> range:
        """The numbers to choose from."""
        low, high = SCALES[self.metric or ""]
        return range(low, high + 1)

    def parse(self, form: Form, asked: Asked) -> Given | Refused | None:
        raw = form.get(self.field, "").strip()
        if not raw:
            return None
        # int() would also read "٧", "1_0" and " 7": only what the page offers is an answer.
        if raw not in map(str, self.scores):
            return Refused(self.field, self.missing(), self._ends())
        return Given(score=int(raw))

    def read(self, form: Form, asked: Asked) -> Given | Refused | None:
        answer = super().read(form, asked)
        return Refused(answer.input, answer.remedy, self._ends()) if isinstance(answer, Refused) else answer

    def show(self, given: Given) -> dict[str, str]:
        return {self.field: str(given.score)}

    def preselect(self, value: str) -> dict[str, str]:
        return {self.field: value} if value in map(str, self.scores) else {}

    def mail_choices(self, locale: str, first: str) -> tuple[MailChoice, ...]:
        return tuple(MailChoice(str(score), str(score)) for score in self.scores)

    def texts(self) -> tuple[tuple[str, LocalText], ...]:
        ends = (("low", self.low), ("high", self.high))
        return (*super().texts(), *((name, text) for name, text in ends if text))

    def missing(self) -> str:
        return gettext_noop("Please choose a number from {low} to {high}.")

    def _ends(self) -> dict[str, int]:
        return {"low": self.scores[0], "high": self.scores[-1]}
