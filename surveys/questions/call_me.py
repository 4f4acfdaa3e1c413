"""Pure. A wish to be called: whether, at which number, and when it suits in the contact's own zone."""

from __future__ import annotations

from typing import ClassVar, Literal

from feedback_engine.foundation.i18n import gettext_noop
from surveys.questions.base import Asked, Form, Given, Question, Refused, read_text

PHONE_LIMIT = 40
ANY_TIME = "any"
TIMES = {"09-12": (9, 12), "12-15": (12, 15), "15-18": (15, 18)}
"""The spans on offer, in whole hours of the contact's zone, by the key that is stored."""

_PHONE_SIGNS = frozenset("0123456789+-/(). ext")


class CallMeQuestion(Question):
    """A tick, a number (only needed when we know none), and a time. The choice is the time, the text the number."""

    kind: ClassVar[str] = "call_me"
    template: ClassVar[str] = "surveys/questions/call_me.html"
    takes_thought: ClassVar[bool] = False

    type: Literal["call_me"]
    required: Literal[False] = False

    @property
    def phone_field(self) -> str:
        """The name of the input for the number."""
        return f"{self.field}-phone"

    @property
    def time_field(self) -> str:
        """The name of the choice of times."""
        return f"{self.field}-time"

    def fields(self) -> tuple[str, ...]:
        return (self.field, self.phone_field, self.time_field)

    def parse(self, form: Form, asked: Asked) -> Given | Refused | None:
        if not form.get(self.field):
            return None
        phone = read_text(form.get(self.phone_field, ""), self.phone_field, PHONE_LIMIT)
        if isinstance(phone, Refused):
            return phone
        if not phone and not asked.phone_known:
            return Refused(self.phone_field, gettext_noop("Please give a number at which we can call."))
        if phone and not _is_phone(phone):
            return Refused(self.phone_field, gettext_noop("Please write the number in digits, like +351 91 234 5678."))
        time = form.get(self.time_field) or ANY_TIME
        if time != ANY_TIME and time not in TIMES:
            return Refused(self.time_field, gettext_noop("Please choose one of the times."))
        return Given(choice=time, text=phone)

    def show(self, given: Given) -> dict[str, str]:
        return {self.field: "yes", self.phone_field: given.text or "", self.time_field: given.choice or ANY_TIME}

    @staticmethod
    def times() -> tuple[str, ...]:
        """The times on offer, the one that leaves us free first."""
        return (ANY_TIME, *TIMES)

    @staticmethod
    def time_words(choice: str) -> str:
        """The words of a time, for gettext, with `{begin}` and `{end}` in whole hours."""
        return gettext_noop("{begin}:00 to {end}:00") if choice in TIMES else gettext_noop("any time")

    @staticmethod
    def time_numbers(choice: str) -> dict[str, str]:
        """The hours of a time as they are written: `09` and `12`."""
        if choice not in TIMES:
            return {}
        begin, end = TIMES[choice]
        return {"begin": f"{begin:02d}", "end": f"{end:02d}"}


def _is_phone(text: str) -> bool:
    digits = sum(sign in "0123456789" for sign in text)
    return digits >= 5 and all(sign in _PHONE_SIGNS for sign in text.lower())
