"""The pages of the import: choose a file, say what its columns mean, look at what would change, confirm."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from babel import Locale, UnknownLocaleError
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedback_engine.directory import reading as directory
from feedback_engine.directory.importing import uploads
from feedback_engine.directory.importing.apply import apply_plan
from feedback_engine.directory.importing.mapping import ColumnMapping, check_mapping
from feedback_engine.directory.importing.plan import ImportPlan, make_plan
from feedback_engine.directory.importing.refused_rows import refused_rows_csv
from feedback_engine.directory.importing.register import read_known
from feedback_engine.directory.importing.summary import Summary, languages_not_offered, summarise
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.importing.uploads import Upload, get_upload
from feedback_engine.directory.importing.vocabulary import ATTRIBUTE, FIELDS, LEFT_OUT
from feedback_engine.directory.importing.wording import (
    field_words,
    register_words,
    remedy_words,
    value_words,
    wrong_words,
)
from feedback_engine.directory.importing.workbook import MAX_BYTES, read_table
from feedback_engine.directory.ownership import MAY_OWN
from feedback_engine.directory.program_definitions import ProgramDefinition
from feedback_engine.foundation import versions
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import current_locale, gettext, ngettext
from feedback_engine.foundation.web.access import actor, allow, current_staff, roles
from feedback_engine.foundation.web.security import KILOBYTE, body_limit, rate_limit

OWNERS = roles("program_owner")
LISTED = 50
"""Lines shown of each list; the file of refused rows holds them all."""

_CHOSEN = "chosen_owners"
_EXAMPLES = 3
_LONGEST_EXAMPLE = 40


def blueprint(engine: Engine) -> Blueprint:
    """The pages under /import."""
    pages = Blueprint("importing", __name__, template_folder="../templates")
    _add_upload_pages(pages, engine)
    _add_column_pages(pages, engine)
    _add_review_pages(pages, engine)
    return pages


def _add_upload_pages(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/import")
    @allow(OWNERS)
    def choose() -> str:
        return _upload_page(engine, ())

    @pages.post("/import")
    @allow(OWNERS)
    @body_limit(MAX_BYTES + 64 * KILOBYTE)
    @rate_limit("30 per minute")
    def upload() -> AnyResponse | tuple[str, int]:
        try:
            name, table = _read_chosen_file()
        except Invalid as error:
            return _upload_page(engine, [Fault("/file", error.message)]), 422
        upload_id = uploads.keep_upload(engine.work, actor(), current_staff().id, name, table)
        return redirect(url_for("importing.columns", upload_id=upload_id), 303)

    @pages.post("/import/<uuid:upload_id>/discard")
    @allow(OWNERS)
    def discard(upload_id: UUID) -> AnyResponse:
        found = _get(engine, upload_id)
        with engine.work.begin(actor=actor()) as uow:
            uploads.discard_upload(uow, found.id)
        flash(gettext("{file} was discarded. Nothing of it was kept.", file=found.file_name))
        return redirect(url_for("importing.choose"), 303)


def _add_column_pages(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/import/<uuid:upload_id>/columns")
    @allow(OWNERS)
    def columns(upload_id: UUID) -> str:
        found = _get(engine, upload_id)
        with engine.work.read() as reading:
            proposed, remembered = uploads.propose_mapping(reading, "partners", found.table)
        return _columns_page(found, found.mapping or proposed, remembered=remembered, faults=())

    @pages.post("/import/<uuid:upload_id>/columns")
    @allow(OWNERS)
    def choose_columns(upload_id: UUID) -> AnyResponse | tuple[str, int]:
        found = _get(engine, upload_id)
        if found.result is not None:
            return redirect(url_for("importing.review", upload_id=upload_id), 303)
        mapping = _chosen_mapping(found.table)
        faults = check_mapping(found.table, mapping)
        if faults:
            return _columns_page(found, mapping, remembered=False, faults=faults), 422
        with engine.work.begin(actor=actor()) as uow:
            uploads.choose_mapping(uow, found, mapping)
        return redirect(url_for("importing.review", upload_id=upload_id), 303)


def _add_review_pages(pages: Blueprint, engine: Engine) -> None:
    @pages.get("/import/<uuid:upload_id>")
    @allow(OWNERS)
    def review(upload_id: UUID) -> AnyResponse | str:
        found = _get(engine, upload_id)
        if found.mapping is None:
            return redirect(url_for("importing.columns", upload_id=upload_id), 303)
        plan = _plan(engine, found, found.mapping, (found.result or {}).get(_CHOSEN, {}))
        template = "directory/import_result.html" if found.result else "directory/import_review.html"
        summary = summarise(plan)
        return render_template(
            template,
            upload=found,
            plan=plan,
            summary=summary,
            unspoken=_unspoken(engine, summary),
            listed=LISTED,
            choices=_owner_choices(engine),
            may_add_staff=current_staff().role == "admin",
            **_words(),
        )

    @pages.post("/import/<uuid:upload_id>")
    @allow(OWNERS)
    def confirm(upload_id: UUID) -> AnyResponse:
        found = _get(engine, upload_id)
        if found.mapping is None or found.result is not None:
            return redirect(url_for("importing.review", upload_id=upload_id), 303)
        plan = _plan(engine, found, found.mapping)
        if plan.digest != request.form.get("digest"):
            flash(gettext("The register has changed since you looked. These are the figures now."), "warn")
        else:
            owners = _chosen_owners(engine, plan)
            if owners:
                plan = _plan(engine, found, found.mapping, owners)
            result = apply_plan(engine.work, engine.keys, actor(), plan, reference=str(upload_id))
            with engine.work.begin(actor=actor()) as uow:
                uploads.record_result(uow, upload_id, {**result, _CHOSEN: owners})
        return redirect(url_for("importing.review", upload_id=upload_id), 303)

    @pages.get("/import/<uuid:upload_id>/refused.csv")
    @allow(OWNERS)
    def refused(upload_id: UUID) -> Response:
        found = _get(engine, upload_id)
        plan = _plan(engine, found, found.mapping or {})
        content = refused_rows_csv(found.table, [*plan.refused, *plan.duplicates])
        headers = {"Content-Disposition": 'attachment; filename="rows-to-mend.csv"'}
        return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def _get(engine: Engine, upload_id: UUID) -> Upload:
    with engine.work.read() as reading:
        return get_upload(reading, current_staff().id, upload_id)


def _plan(
    engine: Engine, upload: Upload, mapping: ColumnMapping, owners: Mapping[str, str] = MappingProxyType({})
) -> ImportPlan:
    with engine.work.read() as reading:
        known = read_known(reading, engine.keys)
    chosen = {person: UUID(staff_id) for person, staff_id in owners.items()}
    return make_plan(upload.table, mapping, known, chosen_owners=chosen)


def _unspoken(engine: Engine, summary: Summary) -> list[str]:
    """A sentence for each language of contacts that the program in force does not offer."""
    with engine.work.read() as reading:
        found = versions.in_force(reading, "program", "program")
    if found is None:
        return []
    program = ProgramDefinition.model_validate(found.body)
    return [
        ngettext(
            "{n} contact has {language}, which the program does not offer; they get {first}.",
            "{n} contacts have {language}, which the program does not offer; they get {first}.",
            contacts,
            language=_name_of(language),
            first=_name_of(program.first_language),
        )
        for language, contacts in languages_not_offered(summary, program.languages)
    ]


def _name_of(language: str) -> str:
    """A language's name in the reader's language; its code where no name is known."""
    try:
        return Locale.parse(language, sep="-").get_display_name(Locale.parse(current_locale(), sep="-")) or language
    except (UnknownLocaleError, ValueError):
        return language


def _owner_choices(engine: Engine) -> list[tuple[str, str]]:
    """Who may answer for a partner whose owner the file names in a way we cannot tell."""
    with engine.work.read() as reading:
        staff = [member for member in directory.list_staff(reading) if member.active and member.role in MAY_OWN]
    return [("", gettext("Leave without an owner")), *((str(member.id), member.name) for member in staff)]


def _chosen_owners(engine: Engine, plan: ImportPlan) -> dict[str, str]:
    """Who was chosen beside each name of an owner that nobody bears, by `same_person`; only who was offered."""
    offered = {staff_id for staff_id, _ in _owner_choices(engine)} - {""}
    open_names = [match.person for match in summarise(plan).owners if not match.owner_name]
    chosen = {person: request.form.get(f"owner/{number}", "") for number, person in enumerate(open_names)}
    return {person: staff_id for person, staff_id in chosen.items() if staff_id in offered}


def _read_chosen_file() -> tuple[str, Table]:
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        raise Invalid(gettext("Choose a file first: an Excel workbook (.xlsx) or a CSV file."))
    return chosen.filename, read_table(chosen.read(MAX_BYTES + 1))


def _upload_page(engine: Engine, faults: Any) -> str:
    with engine.work.read() as reading:
        recent = uploads.list_uploads(reading, current_staff().id)
    return render_template("directory/import.html", faults=faults, recent=recent)


def _columns_page(upload: Upload, mapping: ColumnMapping, *, remembered: bool, faults: Any) -> str:
    rows = [
        {
            "name": f"column/{index}",
            "column": column,
            "examples": _examples(upload.table.column_cells(index)),
            "field": mapping.get(column.header, LEFT_OUT),
        }
        for index, column in enumerate(upload.table.columns)
    ]
    options = [(field, field_words(field)) for field in (*FIELDS, ATTRIBUTE, LEFT_OUT)]
    return render_template(
        "directory/import_columns.html",
        upload=upload, rows=rows, options=options, remembered=remembered, faults=faults,
    )  # fmt: skip


def _examples(cells: list[str]) -> list[str]:
    """The first few different texts of a column, shortened."""
    different = dict.fromkeys(" ".join(cell.split()) for cell in cells if cell.strip())
    first = list(different)[:_EXAMPLES]
    return [text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…" for text in first]


def _chosen_mapping(table: Table) -> dict[str, str]:
    """The mapping as posted; what is missing or unknown is left out, so that only offered fields get in."""
    offered = {*FIELDS, ATTRIBUTE}
    chosen = {column.header: request.form.get(f"column/{index}", "") for index, column in enumerate(table.columns)}
    return {header: field if field in offered else LEFT_OUT for header, field in chosen.items()}


def _words() -> dict[str, Any]:
    return {
        "wrong_words": wrong_words,
        "remedy_words": remedy_words,
        "register_words": register_words,
        "value_words": value_words,
    }
