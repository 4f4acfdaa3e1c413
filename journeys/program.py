"""What the journey map shows of the program in force: the five Ws, the names of personas, the first language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from feedback_engine.foundation import versions
from feedback_engine.foundation.definitions import LocalText
from feedback_engine.foundation.unit_of_work import Reading

FIVE_WS = ("who", "what", "when", "where", "why")


@dataclass(frozen=True, slots=True)
class Program:
    """The part of program.yaml that the map shows; `roles` are the words for each persona in contacts' records."""

    first_language: str = "en"
    five_ws: Mapping[str, LocalText] = field(default_factory=dict)
    personas: Mapping[str, LocalText] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def text(self, text: LocalText, locale: str) -> str:
        """A text for a reader of `locale`."""
        return text.get(locale, self.first_language)


def current(reading: Reading) -> Program:
    """The program in force; an installation without one has no Ws and no personas."""
    found = versions.in_force(reading, "program", "program")
    if found is None:
        return Program()
    body = found.body
    ws = body.get("five_ws") or {}
    return Program(
        first_language=next(iter(body.get("languages") or ()), "en"),
        five_ws={key: LocalText.model_validate(ws[key]) for key in FIVE_WS if ws.get(key)},
        personas={
            key: LocalText.model_validate(persona.get("name") or key)
            for key, persona in (body.get("personas") or {}).items()
        },
        roles={key: tuple(persona.get("roles") or ()) for key, persona in (body.get("personas") or {}).items()},
    )
