"""Pure. Definition files: strict YAML checked against pydantic models, every fault named with its line and remedy.

A slice writes its models on `Strict`, its texts as `LocalText`, and reads with `parse(Model, load(text, name=...))`.
Scalars are taken as they stand: `"7"` is no number, `yes` is no truth value, and 1 is no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    RootModel,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from feedback_engine.foundation.definition_faults import (
    DefinitionError,
    DefinitionFault,
    KeyPath,
    did_you_mean,
    pointer_of,
    shortened,
)
from feedback_engine.foundation.definition_messages import faults_of_validation
from feedback_engine.foundation.i18n import find_language
from feedback_engine.foundation.plain_text import find_refused
from feedback_engine.foundation.yaml_positions import MAX_CHARACTERS, Loaded, decode, load, scan

__all__ = [
    "DefinitionError",
    "DefinitionFault",
    "Key",
    "KeyPath",
    "Language",
    "Line",
    "Loaded",
    "LocalLine",
    "LocalText",
    "Paragraphs",
    "ShortText",
    "Strict",
    "TimeZone",
    "check",
    "decode",
    "did_you_mean",
    "load",
    "load_file",
    "parse",
    "pointer_of",
    "refusal",
    "scan",
    "scan_file",
    "shortened",
]

M = TypeVar("M", bound=BaseModel)

MAX_TEXT = 10_000
WRITTEN = {"written": True}
"""The context of what somebody wrote just now; without it, a model is made of what was published."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _make_scalars_strict(node: Any) -> None:
    """Set `strict` on every number, truth value and text inside a core schema."""
    if isinstance(node, list | tuple):
        for item in node:
            _make_scalars_strict(item)
    elif isinstance(node, dict):
        if node.get("type") in ("int", "float", "bool", "str"):
            node["strict"] = True
        for key, value in node.items():
            if key not in ("default", "metadata", "serialization"):
                _make_scalars_strict(value)


class Strict(BaseModel):
    """The base of every definition model: unknown keys are refused, no scalar is turned into another kind, and values
    never change after reading. Lists still become tuples, and texts dates, where a model wants them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        # Pydantic's own `strict` would also refuse a list for a tuple, because YAML arrives as Python values.
        _make_scalars_strict(handler.resolve_ref_schema(schema))
        return schema


def refusal(message: str, remedy: str = "", at: str = "") -> PydanticCustomError:
    """What a validator of a definition model raises when it knows what to write instead.

    `at` leads a validator of a whole model to the key that is wrong: `questions/0/text`.
    """
    # Pydantic reads braces in the template as fields, so texts travel as context.
    return PydanticCustomError("definition", "{message}", {"message": message, "remedy": remedy, "at": at})


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise refusal(f"`{shortened(value)}` is not a time zone.", "Write its name, like `Europe/Rome`.") from None
    return value


TimeZone = Annotated[str, AfterValidator(_zone)]
"""The name of a time zone that this machine knows."""


def _language(value: str, validation: ValidationInfo) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise refusal(f"`{shortened(value)}` is not a language tag.", "Write one like `en`, `it` or `pt-BR`.")
    # Which codes are known changes over the years, and what was published with one stays readable.
    if validation.context is not WRITTEN:
        return value
    found = find_language(value)
    if found is None:
        raise refusal(f"`{shortened(value)}` is not a language that is known.", "Write one like `en`, `it` or `pt-BR`.")
    if found != value:
        raise refusal(f"`{shortened(value)}` is an old code of a language.", f"Write `{found}`.")
    return value


Language = Annotated[str, AfterValidator(_language)]
"""A language tag (BCP 47), such as `en` or `pt-BR`."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.\-]{0,63}$")]
"""A stable name: begins with a small letter; small letters, digits, `_`, `-` and `.` follow; at most 64."""


def _line(value: str, at: str = "") -> str:
    """A line break in a name would end a header of a mail early, and a NUL is stored by no database."""
    refused = find_refused(value)
    if refused in ("U+000A", "U+000D"):
        raise refusal("The text goes over more than one line.", "Write it on one line.", at)
    if refused is not None:
        raise refusal(f"The text holds the control character {refused}.", "Delete it.", at)
    return value


def _paragraphs(value: str, at: str = "") -> str:
    refused = find_refused(value.replace("\n", " ").replace("\t", " "))
    if refused is not None:
        raise refusal(f"The text holds the control character {refused}.", "Delete it.", at)
    return value


Line = Annotated[str, AfterValidator(_line)]
"""A text of one line, without control characters."""

Paragraphs = Annotated[str, AfterValidator(_paragraphs)]
"""A text that may go over several lines; of control characters it may hold line breaks and tabs."""

ShortText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_line)
]
"""A name or title: one line of 1 to 200 characters."""


class LocalText(RootModel[dict[str, str]]):
    """A text in one or more languages. A bare string in YAML means the program's first language, held under ``""``."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _bare_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"": value}
        if not isinstance(value, Mapping):
            wrong = "empty" if value is None else f"`{shortened(value)}`"
            raise refusal(
                f"A text is wanted here, not {wrong}.", "Write text in quotes, or one text for each language."
            )
        return value

    @model_validator(mode="after")
    def _whole(self, validation: ValidationInfo) -> LocalText:
        if not self.root:
            raise refusal("The text is missing.", "Write it, or one text for each language.")
        for language, text in self.root.items():
            if language:
                _language(language, validation)
            if not text.strip():
                raise refusal(f"The text for `{language}` is empty." if language else "The text is empty.", "Write it.")
            if len(text) > MAX_TEXT:
                raise refusal(f"The text has more than {MAX_TEXT} characters.", "Shorten it.")
            self._check_signs(text, at=language)
        return self

    @classmethod
    def _check_signs(cls, text: str, at: str) -> None:
        """Refuse characters that have no place in such a text, at its language."""
        _paragraphs(text, at)

    @model_serializer
    def _as_written(self) -> str | dict[str, str]:
        return self.root[""] if set(self.root) == {""} else dict(self.root)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        text = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
        by_language = {
            "type": "object",
            "patternProperties": {f"^{_LANGUAGE.pattern}$": text},
            "additionalProperties": False,
            "minProperties": 1,
        }
        return {
            "title": "LocalText",
            "description": "A text, or one text for each language.",
            "anyOf": [text, by_language],
        }

    @property
    def languages(self) -> frozenset[str]:
        """The languages written out; empty for a bare text."""
        return frozenset(language for language in self.root if language)

    def get(self, locale: str, first: str = "en") -> str:
        """The text for a locale: `pt-BR`, else `pt`, else the program's first language, else any (by language tag)."""
        for wanted in (locale, locale.replace("_", "-"), re.split("[-_]", locale)[0], "", first):
            if wanted in self.root:
                return self.root[wanted]
        return self.root[min(self.root)]

    def missing(self, languages: Iterator[str] | list[str] | tuple[str, ...]) -> list[str]:
        """The given languages that this text lacks; a bare text stands for the first of them."""
        wanted = list(languages)
        present = self.languages | (set(wanted[:1]) if "" in self.root else set())
        return [language for language in wanted if language not in present]


class LocalLine(LocalText):
    """A localised text of one line, for names, titles, subjects and labels; blanks around it are dropped."""

    @model_validator(mode="before")
    @classmethod
    def _trimmed(cls, value: Any) -> Any:
        # YAML's `>` and `|` end a text with a line break, which its author does not see.
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, Mapping):
            return {key: text.strip() if isinstance(text, str) else text for key, text in value.items()}
        return value

    @classmethod
    def _check_signs(cls, text: str, at: str) -> None:
        _line(text, at)


def scan_file(path: Path, *, name: str | None = None) -> Loaded:
    """Read a file of strict YAML; `name` is what faults call it. Whatever is wrong stands in `faults` of the result."""
    shown = name or path.name
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CHARACTERS * 4 + 1)
        return scan(decode(content, name=shown), name=shown)
    except DefinitionError as error:
        return Loaded(shown, faults=list(error.definition_faults))
    except OSError as error:
        wrong = f"The file cannot be read: {error.strerror}."
        return Loaded(shown, faults=[DefinitionFault(shown, 0, wrong, "Check its permissions.")])


def load_file(path: Path, *, name: str | None = None) -> Loaded:
    """As `scan_file`, but raises DefinitionError when anything is wrong."""
    loaded = scan_file(path, name=name)
    if loaded.faults:
        raise DefinitionError(loaded.faults)
    return loaded


def check(
    model: type[M], loaded: Loaded, at: KeyPath = (), outer: type[BaseModel] | None = None
) -> tuple[M | None, list[DefinitionFault]]:
    """The model made of the value at a path, or None and every fault of its shape, with lines.

    `outer` is the model of the whole file, so that a key put too deep is told where it belongs.
    """
    value = loaded.value
    for part in at:
        value = value[part]
    if not isinstance(value, Mapping) and not issubclass(model, RootModel):
        what = "empty" if value is None else "not a mapping"
        return None, [loaded.fault(at, f"The {'file' if not at else 'value'} is {what}.", "Write `key: value` lines.")]
    try:
        return model.model_validate(value, context=WRITTEN), []
    except ValidationError as error:
        return None, faults_of_validation(error, model, loaded, at, outer)


def parse(model: type[M], loaded: Loaded, at: KeyPath = ()) -> M:
    """The model made of a loaded file, or of its part at a path. Raises DefinitionError with every fault found."""
    made, faults = check(model, loaded, at)
    if made is None or loaded.faults:
        raise DefinitionError([*loaded.faults, *faults])
    return made
