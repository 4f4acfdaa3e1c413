"""The page `/transfers`: partners change hands, looked at beforehand; and what came to the reader lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from alerts import service
from alerts.handover import duties
from alerts.handover.duties import OpenCases, Transfer, TransferPreview
from feedback_engine.directory import reading as directory
from feedback_engine.directory.reading import PartnerFilter, PartnerView
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Fault, FeedbackError, Invalid, NotFound
from feedback_engine.foundation.i18n import gettext, ngettext
from feedback_engine.foundation.unit_of_work import Reading
from feedback_engine.foundation.web.access import StaffPrincipal, actor, allow, current_staff, roles

HANDS_OVER = roles("program_owner", "alliance_manager")
STEERS = ("admin", "program_owner")
_FIELDS = ("from", "to", "partners", "cases")
MOST_OFFERED = 60
"""Partners up to which they are chosen from a list; of more, names are typed."""


def add_to(pages: Blueprint, engine: Engine) -> None:
    """Add the page to the blueprint."""

    @pages.get("/transfers")
    @allow(HANDS_OVER)
    def show_transfers() -> str:
        with engine.work.read() as reading:
            return _show(reading, current_staff(), request.args)

    @pages.post("/transfers")
    @allow(HANDS_OVER)
    def transfer_partners() -> Response | tuple[str, int]:
        try:
            with engine.work.read() as reading:
                wanted = _read(reading, current_staff(), request.form)
                taker = directory.staff_by_id(reading, [wanted.to_id]).get(wanted.to_id)
            moved = service.transfer(engine.work, actor(), wanted)
        except (Invalid, Conflict, NotFound) as error:
            with engine.work.read() as reading:
                return _draw(reading, current_staff(), request.form, error), 422
        to = taker.name if taker else ""
        partners = ngettext("{n} partner moved to {name}.", "{n} partners moved to {name}.", moved.partners, name=to)
        cases = ngettext("{n} open case went along.", "{n} open cases went along.", moved.open_cases)
        promises = ngettext("{n} promise went along.", "{n} promises went along.", moved.promises)
        flash(" ".join([partners, cases, *([promises] if moved.promises else [])]))
        return redirect(url_for("alerts.show_transfers"), 303)


def read_transfer(
    reading: Reading, viewer: directory.Viewer, *, from_: UUID | None, to: UUID | None, keys: Sequence[str], cases: str
) -> Transfer:
    """A transfer as somebody asks for it. Raises Invalid with a pointer, NotFound for a partner they may not see.

    An alliance manager hands over their own partners and nobody else's.
    """
    if cases not in ("move", "finish"):
        words = gettext("Say “move” or “finish”.")
        raise Invalid(words, [Fault("/open_cases", words)])
    if to is None:
        words = gettext("Choose who takes over.")
        raise Invalid(words, [Fault("/to", words)])
    partner_ids = tuple(directory.get_visible_partner(reading, viewer, key).id for key in dict.fromkeys(keys))
    if viewer.role == "alliance_manager":
        from_ = viewer.id
    how: OpenCases = "move" if cases == "move" else "finish"
    return Transfer(to, from_, partner_ids, how)


def _read(reading: Reading, viewer: StaffPrincipal, form: MultiDict[str, str]) -> Transfer:
    return read_transfer(
        reading,
        viewer,
        from_=_uuid(form.get("from")),
        to=_uuid(form.get("to")),
        keys=[_key_meant(reading, viewer, text) for text in _named(form)],
        cases=form.get("cases", "move"),
    )


def _key_meant(reading: Reading, viewer: StaffPrincipal, text: str) -> str:
    """The key of the partner that a line means. Raises Invalid at `/partners`, with the line: there may be many."""
    try:
        return directory.get_partner_meant(reading, viewer, text, "/partners").key
    except directory.SeveralMeant:
        raise  # it names what was typed by itself, and the page offers what may be meant
    except Invalid as error:
        words = gettext("“{line}”: {fault}", line=text, fault=error.message)
        raise Invalid(words, [Fault("/partners", words)]) from error


def _show(reading: Reading, viewer: StaffPrincipal, form: MultiDict[str, str]) -> str:
    """The page, and what would move once somebody was chosen to take over."""
    if not form.get("to"):
        return _draw(reading, viewer, form)
    try:
        preview = duties.preview_transfer(reading, _read(reading, viewer, form))
    except (Invalid, Conflict, NotFound) as error:
        # Only looked at: the page says why it cannot be done, and nobody sent anything wrong.
        return _draw(reading, viewer, form, error)
    return _draw(reading, viewer, form, preview=preview)


def _draw(
    reading: Reading,
    viewer: StaffPrincipal,
    form: MultiDict[str, str],
    error: FeedbackError | None = None,
    preview: TransferPreview | None = None,
) -> str:
    owned = directory.owned_counts(reading)
    active = [each for each in directory.list_staff(reading) if each.active and each.role != "viewer"]
    givers = [each for each in directory.list_staff(reading) if owned.get(each.id)]
    offered, named = _offered(reading, viewer, form, owned), _named(form)
    return render_template(
        "alerts/transfers.html",
        form={**{name: form.get(name, "") for name in _FIELDS}, "partners": "\n".join(named)},
        offered=offered,
        chosen=[each.key for each in offered if each.key in named],
        typed="\n".join(text for text in named if text not in {each.key for each in offered}),
        steers=viewer.role in STEERS,
        own=owned.get(viewer.id, 0),
        givers=[(str(each.id), _with_count(each.name, owned[each.id])) for each in givers],
        # Who may only give their own away cannot be the one to whom it goes.
        takers=[(str(each.id), each.name) for each in active if viewer.role in STEERS or each.id != viewer.id],
        preview=preview,
        received=duties.received(reading, viewer.id),
        days=duties.REPLIES_WITHIN.days,
        partner_path=directory.partner_path,
        faults=_faults(error) if error else (),
        meant=_meant(form, error) if isinstance(error, directory.SeveralMeant) else (),
    )


def _offered(
    reading: Reading, viewer: StaffPrincipal, form: MultiDict[str, str], owned: Mapping[UUID, int]
) -> list[PartnerView]:
    """The partners of whoever hands over, by name, to choose from, or all where nobody is chosen; none where these are
    many."""
    giver = _uuid(form.get("from")) if viewer.role in STEERS else viewer.id
    if giver is None:
        page = directory.list_partners(reading, viewer, PartnerFilter(side="theirs"), limit=MOST_OFFERED)
        return [row.partner for row in page.rows] if page.next_cursor is None else []
    if owned.get(giver, 0) > MOST_OFFERED:
        return []
    partners = directory.partners_by_id(reading, directory.partners_owned_by(reading, giver))
    return sorted(partners.values(), key=lambda each: each.name.casefold())


def _with_count(name: str, partners: int) -> str:
    return ngettext("{name}, {n} partner", "{name}, {n} partners", partners, name=name)


def _faults(error: FeedbackError) -> Sequence[Fault]:
    pointed = error.faults if isinstance(error, Invalid) else ()
    return pointed or [Fault("/partners" if isinstance(error, NotFound) else "/from", error.message)]


def _meant(form: MultiDict[str, str], several: directory.SeveralMeant) -> list[tuple[str, str]]:
    """Each partner that one line may mean, and the address of the page with its key in that line."""
    lines = _named(form)
    typed: dict[str, Any] = {name: form[name] for name in _FIELDS if form.get(name)}

    def path(key: str) -> str:
        chosen = "\n".join(key if line == several.text else line for line in lines)
        return url_for("alerts.show_transfers", **{**typed, "partners": chosen})

    return [(path(each.key), f"{each.name} ({each.key})") for each in several.partners]


def _named(form: MultiDict[str, str]) -> list[str]:
    """The partners that were named: each its key where it was chosen, and what was typed, line by line."""
    lines = [line.strip() for text in form.getlist("partners") for line in text.splitlines()]
    return [line for line in dict.fromkeys(lines) if line]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
