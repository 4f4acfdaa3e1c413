"""The page `/program`: who asks, and from where. It publishes a new version, or says which file to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from feedback_engine.directory import program_form
from feedback_engine.directory.program_definitions import (
    ProgramDefinition,
    is_placeholder_postal_address,
    is_placeholder_sender,
)
from feedback_engine.foundation import versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, Invalid, NotFound
from feedback_engine.foundation.i18n import current_locale, gettext, language_for_reader
from feedback_engine.foundation.unit_of_work import Actor, Reading
from feedback_engine.foundation.web.access import actor, allow, roles

STEERS = roles("program_owner")

ChangeProgram = Callable[[Actor, ProgramDefinition, str], None]
"""Publishes a changed program.yaml in place of the version given. Handed in by the roof, which publishes programs."""


def blueprint(engine: Engine, change: ChangeProgram) -> Blueprint:
    """The page, to be mounted at the root."""
    pages = Blueprint("program", __name__, template_folder="../templates")

    @pages.get("/program")
    @allow(STEERS)
    def show() -> str:
        version, program = _in_force(engine)
        return _draw(version, program, program_form.fields_of(program))

    @pages.post("/program")
    @allow(STEERS)
    def save() -> Response | tuple[str, int]:
        version, program = _in_force(engine)
        sent = {**program_form.fields_of(program), **request.form.to_dict()}
        try:
            wanted = program_form.read_form(request.form, program)
            change(actor(), wanted, request.form.get("version", ""))
        except Conflict as error:
            return _draw(version, program, sent, [Fault("", error.message)]), 409
        except Invalid as error:
            return _draw(version, program, sent, error.faults or [Fault("", error.message)]), 422
        flash(gettext("Saved. The new version of the program is in force."))
        return redirect(url_for("program.show"), 303)

    return pages


def _in_force(engine: Engine) -> tuple[str, ProgramDefinition]:
    with engine.work.read() as reading:
        return _read(reading)


def _read(reading: Reading) -> tuple[str, ProgramDefinition]:
    found = versions.in_force(reading, "program", "program")
    if found is None:
        raise NotFound(gettext("No program was published yet. Start the server once, or apply a program folder."))
    return found.version, ProgramDefinition.model_validate(found.body)


def _draw(version: str, program: ProgramDefinition, form: Mapping[str, str], faults: Sequence[Fault] = ()) -> str:
    return render_template(
        "directory/program.html",
        version=version,
        by_files=program.managed_by == "files",
        form=form,
        faults=faults,
        personas=[
            (f"personas/{key}/roles", key, persona.name.get(current_locale(), program.first_language))
            for key, persona in program.personas.items()
        ],
        questions=questions(),
        first=program.first_language,
        others=[(language, language_for_reader(language)) for language in program.languages[1:]],
        wrong_in=_languages_of(faults),
        placeholders=[
            words
            for words, still in (
                (program.sender.email, is_placeholder_sender(program.sender.email)),
                (program.postal_address, is_placeholder_postal_address(program.postal_address)),
            )
            if still
        ],
    )


def questions() -> list[tuple[str, str]]:
    """The five Ws, each with what it asks."""
    asked = {
        "who": gettext("Who takes part, on the partners’ side and on ours?"),
        "what": gettext("What do we want to hear about?"),
        "when": gettext("When on the journey do we ask?"),
        "where": gettext("Where in our organisation do changes happen?"),
        "why": gettext("Why do we ask?"),
    }
    return [(question, asked[question]) for question in program_form.FIVE_WS]


def _languages_of(faults: Sequence[Fault]) -> set[str]:
    """The languages in whose texts something is wrong, so that their part of the form stands open."""
    return {fault.pointer.rpartition("/")[2] for fault in faults if fault.pointer.startswith("/five_ws/")}
