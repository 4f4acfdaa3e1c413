"""Makes the spreadsheet that people really send: 400 partners, odd columns, a title on top, and 21 things wrong.

The same rows are written as a workbook and as the semicolon CSV in Windows-1252 that a spreadsheet program saves.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from openpyxl import Workbook

HEADERS = (
    "Nr.", "Partner / Firma", "Partnertyp", "Status", "Paese", "Area vendite", "Referente", "E-Mail (business)",
    "Tel.", "Lingua", "Account Mgr", "Job title", "Cliente dal", "Note interne",
)  # fmt: skip
STAFF = (("Dana Keller", "dana@northwind.example"), ("Luis Vega", "luis@northwind.example"),
         ("Mei Tanaka", "mei@northwind.example"))  # fmt: skip
PARTNER_COUNT, SECOND_CONTACT_COUNT = 400, 60
DUPLICATE_COUNT, BAD_ADDRESS_COUNT, UNKNOWN_OWNER_COUNT = 9, 12, 7
HEADER_ROW = 3

_PLACES = (
    "Alpen", "Adria", "Béarn", "Côte d'Or", "Dolomiti", "Elba", "Forlì", "Göttingen", "Harz", "Istria",
    "Jura", "Köln", "León", "Málaga", "Nîmes", "Oslo", "Piemonte", "Québec", "Rhône", "Sør",
)  # fmt: skip
_TRADES = (
    "Logistik GmbH", "Sistemi S.r.l.", "Conseil SARL", "Broker Ltd", "Datos S.L.", "Assicurazioni S.p.A.", "Cloud AG",
    "Vertrieb KG", "Distribution Inc.", "Servizi", "Maßwerk GmbH", "Formación", "Intégration SA", "Trading B.V.",
    "Netzwerk", "Consulting", "Software Oy", "Spedizioni S.n.c.", "Partners LLP", "Ingeniería S.A.",
)  # fmt: skip
_KINDS = ("Reseller", "Händler", "ISV", "Dienstleister", "Broker", "System integrator")
_TIERS = ("Gold", "Silver", "Platinum", "")
_COUNTRIES = ("Italia", "Deutschland", "France", "ES", "Österreich", "Svizzera")
_REGIONS = ("DACH", "Sud Europa", "Nord Europa")
_OWNERS = ("Keller, Dana", "Luis Vega", "MEI TANAKA", "dana@northwind.example", "L. Vega")
_FIRST = ("Zoë", "José", "Müge", "Anaïs", "Jürgen", "Chloé", "Niccolò", "Ana", "Tom", "Inês")
_LAST = ("Weiß", "Lefèvre", "Núñez", "Rossi", "Öztürk", "D'Amico", "Gómez", "Björk", "Ferrari", "Keller")
_ROLES = ("Sales", "Vertriebsleiter", "CTO", "Responsabile acquisti", "")
_LANGUAGES = ("Italiano", "Deutsch", "fr", "Spanish", "en-GB")
_BAD_ADDRESSES = (
    "anna.rossi", "anna@", "@acme.example", "anna rossi@acme.example", "anna@acme", "anna@acme,example",
    "a@acme.example; b@acme.example", "anna@@acme.example", ".anna@acme.example", "anna@10.0.0.1",
    "anna@acme..example", "vedi note",
)  # fmt: skip


@dataclass(frozen=True)
class MessyRows:
    """Title, header and body as the cells of a sheet; numbers and days are what a workbook holds."""

    body: list[list[Any]]

    @property
    def sheet(self) -> list[list[Any]]:
        """All rows from the title down."""
        blank: list[Any] = [None] * len(HEADERS)
        return [["Partnerliste Q1 2026 – vertraulich", *blank[1:]], blank, list(HEADERS), *self.body]


def make_rows(seed: int = 7) -> MessyRows:
    """The rows, always the same for one seed."""
    random = Random(seed)
    names = [f"{place} {trade}" for place in _PLACES for trade in _TRADES]
    body = [_row(random, name, number) for number, name in enumerate(names)]
    for row, address in zip(random.sample(body, BAD_ADDRESS_COUNT), _BAD_ADDRESSES, strict=True):
        row[7] = address
    good = [row for row in body if row[7] not in _BAD_ADDRESSES]
    chosen = random.sample(good, SECOND_CONTACT_COUNT + DUPLICATE_COUNT + UNKNOWN_OWNER_COUNT)
    for row in chosen[-UNKNOWN_OWNER_COUNT:]:
        row[10] = "Tom Nobody"
    for number, row in enumerate(chosen[: SECOND_CONTACT_COUNT + DUPLICATE_COUNT]):
        body.append(_second_row(random, row, number))
    for number, row in enumerate(body, start=1):
        row[0] = number
    return MessyRows(body)


def _row(random: Random, name: str, number: int) -> list[Any]:
    first, last = random.choice(_FIRST), random.choice(_LAST)
    day = date(2012, 1, 1) + timedelta(days=random.randrange(5_000))
    phone: Any = random.choice([390_612_345_000 + number, f"+49 30 {1000 + number}", None])
    return [
        0, name, random.choice(_KINDS), random.choice(_TIERS), random.choice(_COUNTRIES), random.choice(_REGIONS),
        f"{last}, {first}" if number % 3 else f"{first} {last}", f"contact{number}@partner{number}.example", phone,
        random.choice(_LANGUAGES), random.choice(_OWNERS), random.choice(_ROLES), day,
        random.choice(["", "richiamare a marzo; \"urgente\"", "Rückruf, zweite Zeile\nhier"]),
    ]  # fmt: skip


def _second_row(random: Random, row: list[Any], number: int) -> list[Any]:
    """Another row about a partner: five with the same address, four with the name in another spelling, else new."""
    second = list(row)
    second[12], second[13] = row[12], ""
    if number < 5:
        second[7] = str(row[7]).upper() if number % 2 else row[7]
        return second
    second[6], second[7] = random.choice(_FIRST), f"second.{row[7]}"
    if number < DUPLICATE_COUNT:
        name = str(row[1])
        second[1] = (name.upper(), name.casefold(), name.replace(" ", "-"), name.replace(" ", ", ", 1))[number - 5]
    return second


def write_workbook(path: Path, rows: MessyRows) -> Path:
    """The rows as XLSX, with a legend, a hidden archive that looks even more like a list, and a merged title."""
    workbook = Workbook()
    legend = workbook.active
    assert legend is not None
    legend.title = "Legende"
    legend.append(["Status: Gold, Silver, Platinum. Bei Fragen an das Partnerteam."])
    sheet = workbook.create_sheet("Partner 2026")
    for cells in rows.sheet:
        sheet.append(cells)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADERS))
    archive = workbook.create_sheet("Archiv")
    archive.append(["Partner", "E-mail", "Owner", "Country", "Language", "Phone", "Role", "Region", "Tier", "Contact"])
    archive.append(["Old Ltd", "old@old.example", "Dana Keller", "IT", "it", "1", "x", "y", "Gold", "Old"])
    archive.sheet_state = "hidden"
    workbook.save(path)
    return path


def write_csv(path: Path, rows: MessyRows) -> Path:
    """The rows as a German or Italian spreadsheet program saves them: semicolons, Windows-1252, CR LF."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        [cell.strftime("%d.%m.%Y") if isinstance(cell, date) else cell for cell in row] for row in rows.sheet
    )
    path.write_bytes(text.getvalue().encode("cp1252"))
    return path
