"""Files for tests of the import: small tables in any shape, and the messy workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from openpyxl import Workbook

from feedback_engine.directory.importing.findings import Finding
from feedback_engine.directory.importing.known import Known
from feedback_engine.directory.importing.mapping import guess_mapping
from feedback_engine.directory.importing.plan import ImportPlan, make_plan
from feedback_engine.directory.importing.table import Table
from feedback_engine.directory.importing.workbook import read_table
from feedback_engine.directory.views import ContactView, PartnerView, StaffView

MAY_OWN = frozenset({"admin", "program_owner", "alliance_manager"})


def csv_bytes(rows: Sequence[Sequence[object]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as a spreadsheet program writes them."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(*sheets: Sequence[Sequence[Any]], hidden: Sequence[int] = ()) -> bytes:
    """Sheets as a workbook; `hidden` names sheets by position."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = workbook.create_sheet(f"Sheet {number + 1}")
        for cells in rows:
            sheet.append(list(cells))
        sheet.sheet_state = "hidden" if number in hidden else "visible"
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def table(*rows: Sequence[object]) -> Table:
    """The table that is found in these rows."""
    return read_table(csv_bytes(rows))


def plan(*rows: Sequence[object], known: Known | None = None, new_partners: bool = True) -> ImportPlan:
    """What importing these rows would do, with their columns guessed."""
    read = table(*rows)
    known = known or Known()
    mapping = guess_mapping(read, [member.name for member in known.staff])
    return make_plan(read, mapping, known, new_partners=new_partners)


def reasons(findings: Sequence[Finding]) -> list[tuple[int, str]]:
    """Row and reason of each finding."""
    return [(finding.row, finding.reason.value) for finding in findings]


def known_partner(key: str, name: str, **fields: Any) -> PartnerView:
    """A partner of the register."""
    given = {
        "kind": "unknown", "tier": "", "region": "", "country": "", "time_zone": "", "side": "theirs",
        "state": "confirmed", "attributes": {}, "parent_key": "",
    }  # fmt: skip
    return PartnerView(id=UUID(int=sum(key.encode())), key=key, name=name, **(given | fields))


def known_contact(partner: PartnerView, email: str, **fields: Any) -> ContactView:
    """A contact of the register."""
    given = {"name": "", "role": "", "language": "", "time_zone": "", "phone": "", "state": "active"}
    return ContactView(
        id=UUID(int=sum(email.encode())), partner_id=partner.id, person=email.encode(), email=email, **(given | fields)
    )


def known_staff(name: str, email: str, role: str = "alliance_manager", *, active: bool = True) -> StaffView:
    """Somebody on our staff."""
    return StaffView(UUID(int=sum(email.encode())), email, name, role, None, "UTC", "en", active)


def register(
    *partners: PartnerView,
    contacts: Sequence[tuple[PartnerView, ContactView]] = (),
    staff: Sequence[StaffView] = (),
    owners: dict[str, StaffView] | None = None,
    forgotten: frozenset[str] = frozenset(),
) -> Known:
    """What the register knows."""
    return Known(
        partners={partner.key: partner for partner in partners},
        owners=owners or {},
        contacts={(partner.key, contact.email): contact for partner, contact in contacts},
        staff=staff,
        forgotten=forgotten,
        owning_roles=MAY_OWN,
    )
