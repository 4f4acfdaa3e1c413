"""Pure. What may be written about partners and contacts: cleaned, bounded, and refused with a pointer to each fault.

In both inputs a field that is None is left as it is and an empty text clears it, so a spreadsheet without some
column never empties it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from feedback_engine.directory.addresses import deliverable_address, identity_of
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import find_language, gettext, gettext_noop
from feedback_engine.foundation.plain_text import one_line

LONGEST_KEY = 512
MOST_ATTRIBUTES = 100
LONGEST_ATTRIBUTE = 1_000
_LARGEST_WHOLE = 2**63  # the whole numbers a condition can count with
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Kind = Literal["channel", "technology", "servicing", "unknown"]
Side = Literal["ours", "theirs"]
Scalar = str | int | float | bool | None

Input = TypeVar("Input", bound=BaseModel)


def _refusal(words: str) -> PydanticCustomError:
    # Pydantic reads braces in a template as fields, so the words travel as a value.
    return PydanticCustomError("text", "{words}", {"words": words})


def line(longest: int) -> BeforeValidator:
    def clean(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return one_line(value, longest)
        except ValueError as error:
            raise _refusal(str(error)) from None

    return BeforeValidator(clean)


def not_empty(value: str) -> str:
    if not value:
        raise _refusal(gettext("It is empty; fill it in."))
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known_zone(value: str) -> str:
    if value and value not in _zones():
        raise _refusal(gettext("“{zone}” is not a time zone; write one like Europe/Rome.", zone=value))
    return value


def language_tag(value: str) -> str:
    """`IT` and `it_IT` are read as the tags `it` and `it-IT`, and `iw`, as Hebrew was written once, as `he`."""
    tag = value.replace("_", "-")
    if value and not _LANGUAGE.fullmatch(tag):
        raise _refusal(gettext("“{language}” is not a language tag; write one like it or pt-BR.", language=value))
    found = find_language(tag)
    if value and found is None:
        unknown = gettext(
            "“{language}” is not a language that is known; write its code, like it or pt-BR.", language=value
        )
        raise _refusal(unknown)
    return found or ""


def _address(value: str) -> str:
    try:
        return deliverable_address(value)
    except Invalid as error:
        raise _refusal(error.message) from None


def _few_enough(values: dict[str, Scalar]) -> dict[str, Scalar]:
    if len(values) > MOST_ATTRIBUTES:
        raise _refusal(gettext("A partner keeps at most {most} attributes.", most=MOST_ATTRIBUTES))
    return values


def _attribute_name(name: str) -> str:
    try:
        cleaned = one_line(name, 64)
    except ValueError as error:
        raise _refusal(str(error)) from None
    if not cleaned:
        raise _refusal(gettext("An attribute needs a name."))
    return cleaned


def _attribute(value: Any) -> Scalar:
    if not isinstance(value, Scalar):
        raise _refusal(gettext("An attribute is a text, a number, true, false or null."))
    if isinstance(value, str):
        try:
            return one_line(value, LONGEST_ATTRIBUTE)
        except ValueError as error:
            raise _refusal(str(error)) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise _refusal(gettext("A number must be finite."))
    if isinstance(value, int) and not -_LARGEST_WHOLE <= value < _LARGEST_WHOLE:
        raise _refusal(gettext("The number is too large to count with."))
    return value


Address = Annotated[str, AfterValidator(_address)]
Zone = Annotated[str, line(64), AfterValidator(_known_zone)]
Attributes = Annotated[
    dict[Annotated[str, AfterValidator(_attribute_name)], Annotated[Any, AfterValidator(_attribute)]],
    AfterValidator(_few_enough),
]


class PartnerInput(BaseModel):
    """A partner as somebody outside describes it; `key` is its name in their systems and never changes.

    Attributes are merged: those given are set, those given as None are removed, the others stay.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    key: Annotated[str, line(LONGEST_KEY), AfterValidator(not_empty)]
    name: Annotated[str, line(200)] | None = None
    kind: Kind | None = None
    tier: Annotated[str, line(64)] | None = None
    region: Annotated[str, line(64)] | None = None
    country: Annotated[str, line(64)] | None = None
    time_zone: Zone | None = None
    parent_key: Annotated[str, line(LONGEST_KEY)] | None = None
    side: Side | None = None
    attributes: Attributes | None = None


class ContactInput(BaseModel):
    """Somebody at a partner as somebody outside describes them; the address says who they are."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    email: Address
    name: Annotated[str, line(200)] | None = None
    role: Annotated[str, line(100)] | None = None
    language: Annotated[str, line(35), AfterValidator(language_tag)] | None = None
    time_zone: Zone | None = None
    phone: Annotated[str, line(40)] | None = None

    @property
    def identity(self) -> str:
        """The normalised address, from which the person's hash is made."""
        return identity_of(self.email)


def read_partner(raw: object) -> PartnerInput:
    """A partner out of parsed JSON or a row. Raises Invalid with one fault for each wrong field."""
    return read_fields(PartnerInput.model_validate, raw, gettext_noop("This partner cannot be stored as it is."))


def read_contact(raw: object) -> ContactInput:
    """A contact out of parsed JSON or a row. Raises Invalid with one fault for each wrong field."""
    return read_fields(ContactInput.model_validate, raw, gettext_noop("This contact cannot be stored as it is."))


def clean_key(text: str, pointer: str = "/key") -> str:
    """A partner key trimmed. Raises Invalid when it is empty, too long or holds control characters."""
    try:
        return not_empty(one_line(text, LONGEST_KEY))
    except ValueError as error:
        raise Invalid(str(error), [Fault(pointer, str(error))]) from None


def read_fields(validate: Callable[[Any], Input], raw: object, message: str) -> Input:
    """`raw` checked by a model's `model_validate`. Raises Invalid with one fault for each wrong field.

    `message` says it in a sentence; it is translated here, because most of what is read needs no such words.
    """
    if not isinstance(raw, Mapping):
        raise Invalid(gettext(message), [Fault("", gettext("Give an object of named fields."))])
    try:
        return validate(raw)
    except ValidationError as error:
        raise Invalid(gettext(message), [_fault(each) for each in error.errors(include_url=False)]) from None


def _fault(error: ErrorDetails) -> Fault:
    # Pydantic marks a wrong key of a mapping by a last step "[key]", which is no place in what was sent.
    path = [str(part) for part in error["loc"] if part != "[key]"]
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
    words = {
        "missing": gettext("This field is needed."),
        "extra_forbidden": gettext("There is no such field; remove it, or put it under attributes."),
        "string_type": gettext("Give text."),
        "dict_type": gettext("Give an object of named fields."),
        "literal_error": gettext("Choose one of {choices}.", choices=error.get("ctx", {}).get("expected", "")),
    }.get(error["type"], error["msg"])
    return Fault(pointer, words)
