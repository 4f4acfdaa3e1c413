"""Pure. A survey as YAML: its questions and its words in every language, checked before anybody is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from feedback_engine.foundation.definitions import Key, Language, Line, LocalLine, LocalText, Strict, refusal
from feedback_engine.foundation.errors import Fault
from surveys import piping
from surveys.questions import AnyQuestion, Question, ScaleQuestion

MOST_QUESTIONS = 12


class SurveyDefinition(Strict):
    """One file under `surveys/`.

    `phrases` gives the engine's own words ("Send", "Not now") in languages for which it brings none:
    `{ar: {Send: إرسال}}`.
    """

    survey: Key
    family: Key | None = None
    kind: Literal["touchpoint", "relationship"] = "touchpoint"
    title: LocalLine
    subject: LocalLine
    introduction: LocalText
    questions: tuple[AnyQuestion, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)
    thanks: LocalText
    send_within_days: int = Field(default=7, ge=1, le=90)
    answer_within_days: int = Field(default=14, ge=1, le=180)
    phrases: dict[Language, dict[str, Line]] = Field(default_factory=dict)

    @field_validator("questions")
    @classmethod
    def _keys_differ(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        keys = [question.key for question in questions]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise refusal(f"Two questions have the key `{twice[0]}`.", "Give each question a key of its own.")
        return questions

    @model_validator(mode="after")
    def _piping_is_sound(self) -> SurveyDefinition:
        for place, text in self.texts():
            for written in text.root.values():
                faults = piping.faults_in(written)
                if faults:
                    raise refusal(f"`{place}`: {faults[0]}", at=place)
        return self

    @property
    def family_key(self) -> str:
        """The family whose quarantine and opt-out this survey shares; by default its own."""
        return self.family or self.survey

    @property
    def first_question(self) -> Question:
        """The question that also stands inside the mail."""
        return self.questions[0]

    @property
    def send_within(self) -> timedelta:
        """After this time a mail that could not leave is dropped."""
        return timedelta(days=self.send_within_days)

    @property
    def answer_within(self) -> timedelta:
        """The time in which answers are taken, from when the mail falls due."""
        return timedelta(days=self.answer_within_days)

    def find_question(self, key: str) -> Question | None:
        """The question with this key."""
        return next((question for question in self.questions if question.key == key), None)

    def texts(self) -> Iterator[tuple[str, LocalText]]:
        """Every text with its place in the file."""
        for name in ("title", "subject", "introduction", "thanks"):
            yield name, getattr(self, name)
        for n, question in enumerate(self.questions):
            for name, text in question.texts():
                yield f"questions/{n}/{name}", text

    @cached_property
    def fields_used(self) -> frozenset[str]:
        """The names of all fields that the texts use."""
        used = (piping.fields_in(written) for _, text in self.texts() for written in text.root.values())
        return frozenset[str]().union(*used)

    @cached_property
    def fields_without_words(self) -> frozenset[str]:
        """The names of the fields that some text uses without words for where they are empty."""
        used = (piping.fields_without_words(written) for _, text in self.texts() for written in text.root.values())
        return frozenset[str]().union(*used)

    @cached_property
    def uses_event(self) -> bool:
        """Whether a text names something of the event, so that a page must read it."""
        return any(name.startswith("event.") for name in self.fields_used)

    @cached_property
    def event_fields(self) -> frozenset[str]:
        """The event attributes that the texts use, without `event.`; built-in fields are not among them."""
        return frozenset(
            name.partition(".")[2] for name in self.fields_used - piping.BUILT_IN if name.startswith("event.")
        )

    def languages(self, program_languages: Iterable[str]) -> tuple[str, ...]:
        """The languages in which every text is written, the program's own first and in its order."""
        known = tuple(program_languages)
        offered = self.offered_by_program.get(known)
        if offered is None:
            offered = self.offered_by_program[known] = self._languages(known)
        return offered

    @cached_property
    def offered_by_program(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The languages by those of the program: every page asks, and going through all texts takes its time."""
        return {}

    def _languages(self, known: tuple[str, ...]) -> tuple[str, ...]:
        every = [{*text.languages, *(known[:1] if "" in text.root else ())} for _, text in self.texts()]
        whole = set.intersection(*every)
        return tuple(dict.fromkeys([*(tag for tag in known if tag in whole), *sorted(whole)])) or tuple(known[:1])

    def metrics(self) -> tuple[str, ...]:
        """The metrics its questions feed, in order."""
        return tuple(dict.fromkeys(question.metric for question in self.questions if question.metric))


def choose_language(survey: SurveyDefinition, program_languages: Sequence[str], wanted: str) -> str:
    """The language to address somebody in: theirs, or its base (`pt` for `pt-BR`), else the survey's first."""
    offered = survey.languages(program_languages)
    tag = wanted.replace("_", "-")
    for candidate in (tag, tag.partition("-")[0]):
        if candidate in offered:
            return candidate
    return offered[0]


def read_body(body: Mapping[str, Any]) -> SurveyDefinition:
    """The survey of a stored version, which was checked when it was published."""
    return SurveyDefinition.model_validate(dict(body))


def body_of(survey: SurveyDefinition) -> dict[str, Any]:
    """The survey as it is stored in a version."""
    return survey.model_dump(mode="json", exclude_none=True)


def undeclared_fields(survey: SurveyDefinition, declared: Iterable[str]) -> list[Fault]:
    """The event fields that the survey pipes and that its touchpoints' events do not declare."""
    return [
        Fault("/" + place, f"The field {{{name}}} is not a declared attribute of the touchpoint's event.")
        for place, text in survey.texts()
        for name in sorted(set().union(*(piping.fields_in(written) for written in text.root.values())))
        if name not in piping.BUILT_IN and name.partition(".")[2] not in set(declared)
    ]


def remarks(survey: SurveyDefinition, program_languages: Iterable[str]) -> list[Fault]:
    """What is allowed but unwise, for the author to read: missing languages, too many questions, no score first."""
    found = [
        Fault("/" + place, f"There is no text in {', '.join(missing)}.")
        for place, text in survey.texts()
        if (missing := text.missing(list(program_languages)))
    ]
    if len(survey.questions) > 3:
        found.append(Fault("/questions", "More than 3 questions: each one more loses answers."))
    if not isinstance(survey.first_question, ScaleQuestion):
        found.append(Fault("/questions/0", "The first question has no score, so the mail can hold no numbers to tap."))
    return found
