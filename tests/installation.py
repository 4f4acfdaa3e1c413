"""A whole installation as it runs in production: wiring, pages on HTTP, SMTP, webhooks; only time is moved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import requests

from feedback_engine.app import program, program_files, wiring
from feedback_engine.app.program import ProgramFolder
from feedback_engine.app.wiring import App
from feedback_engine.directory import service as directory
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail.transports.folder import folder_of
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.conftest import START, database_at, leave
from tests.directory import builders
from tests.servers import MailServer, Taken, WebhookReceiver, free_port, serve

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

PASSWORD = "seven quiet herons"
MAIL_DOMAIN = "northwind.example"
HOLD = timedelta(minutes=61)
"""After it, what the starter program holds for an hour has left."""


@dataclass
class Installation:
    """An installation that is being served. Nothing happens behind the pages until `settle` is called."""

    app: App
    clock: MovedClock
    address: str
    mails: MailServer
    hooks: WebhookReceiver

    @property
    def engine(self) -> Engine:
        return self.app.engine

    def settle(self) -> int:
        """Let the worker do all that is due now."""
        return self.app.worker.run_until_idle()

    def later(self, **span: float) -> None:
        """Let time pass, then let the worker do what fell due."""
        self.clock.advance(timedelta(**span))
        self.settle()

    def letters(self, to: str) -> list[EmailMessage]:
        """The mails to an address that have left, oldest first."""
        if self.engine.settings.mail_transport == "smtp":
            return [taken.parsed for taken in self.mails.taken if taken.recipient == to]
        files = sorted(folder_of(self.engine.settings).glob("*.eml"))
        letters = [Taken("", "", file.read_bytes()).parsed for file in files]
        return [letter for letter in letters if to in str(letter["To"])]

    # ---- setting up

    def publish_starter(self, *, state: str = "live", replaced: Mapping[str, str] | None = None) -> None:
        """Put the starter program in force; `replaced` are words of program.yaml to write otherwise."""
        texts = program_files.starter_texts()
        for before, after in (replaced or {}).items():
            assert before in texts["program.yaml"]
            texts["program.yaml"] = texts["program.yaml"].replace(before, after)
        self.publish(texts, state=state)

    def publish(self, texts: Mapping[str, str], *, state: str = "live") -> None:
        """Put a program in force, given as its files."""
        program.publish(self.engine.work, SYSTEM, _read(tuple(texts.items())), "for tests")
        self.program_state(state)

    def program_state(self, state: str) -> None:
        """Put the program into a state."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            program_state.change(uow, state)

    def staff(self, name: str, role: str, **fields: Any) -> StaffView:
        """One of our people, with PASSWORD."""
        email = f"{name.partition(' ')[0].lower()}@{MAIL_DOMAIN}"
        return builders.staff(self.engine, email, role, password=PASSWORD, name=name, **fields)

    def many_partners(self, count: int) -> list[str]:
        """So many partners with a contact each; the contacts' addresses."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            made = directory.upsert_partners(
                uow, [directory.PartnerInput(key=f"p{n}", name=f"Partner {n}", kind="channel") for n in range(count)]
            )
            contacts = [
                (each.view.id, directory.ContactInput(email=f"c{n}@p{n}.example", role="sales manager"))
                for n, each in enumerate(made)
            ]
            directory.upsert_contacts(uow, self.engine.keys, contacts)
        return [contact.email for _, contact in contacts]

    def api_key(self, *scopes: str) -> str:
        """A key for programs with these scopes."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            return directory.add_api_key(uow, "CRM", scopes).key

    # ---- people and programs from outside

    def make_wave(self, session: requests.Session, name: str, touchpoint: str) -> str:
        """A wave for everybody; its key."""
        page = self.press(session, "/waves/new", name=name, touchpoint=touchpoint)
        return urlsplit(page.url).path.rpartition("/")[2]

    def signed_in(self, email: str) -> requests.Session:
        """A browser without a screen that has signed in by password."""
        session = requests.Session()
        self.press(session, "/sign-in", email=email, password=PASSWORD)
        return session

    def press(self, session: requests.Session, path: str, *, files: Any = None, **form: str) -> requests.Response:
        """Send a form of a page, with the token that every form carries; a failure ends the test."""
        place = "/account" if session.cookies else "/sign-in"
        token = _TOKEN.search(session.get(self.address + place, timeout=30).text)
        assert token is not None
        answer = session.post(self.address + path, {"csrf_token": token[1], **form}, files=files, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer

    def get(self, path: str, key: str, **query: str) -> Any:
        """What an API address answers, as JSON."""
        answer = requests.get(self.address + path, query, headers={"Authorization": f"Bearer {key}"}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post_event(self, key: str, event: dict[str, Any]) -> dict[str, Any]:
        """Send one CloudEvent as a CRM would; its receipt. A failure ends the test."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
        answer = requests.post(f"{self.address}/api/v1/events", json=event, headers=headers, timeout=30)
        assert answer.status_code == 202, answer.text
        document: dict[str, Any] = answer.json()
        return document


@cache
def _read(texts: tuple[tuple[str, str], ...]) -> ProgramFolder:
    """A program of these files, read once: most tests have the starter's."""
    return program.load_texts(dict(texts))


def cloud_event(number: int | str, partner: str, email: str, at: datetime, **attributes: Any) -> dict[str, Any]:
    """A decided deal registration of the starter's sales cycle, as a CRM tells it."""
    contact = {"email": email, "role": "sales manager"}
    return {
        "specversion": "1.0",
        "source": "crm",
        "id": f"DR-{number}",
        "type": "deal.registration_decided",
        "subject": partner,
        "time": at.isoformat(),
        "data": {"contact": contact, "reference": f"DR-{number}", "decision": "declined", **attributes},
    }


@contextmanager
def running(database_url: str, folder: Path, *, mail: Literal["smtp", "folder"] = "smtp") -> Iterator[Installation]:
    """An installation on this database, which has every table, served until the end of the block."""
    port, clock = free_port(), MovedClock(START)
    with MailServer() as mails, WebhookReceiver() as hooks:
        settings = Settings(
            database_url=database_url,
            var_dir=folder / "var",
            base_url=f"http://127.0.0.1:{port}",
            mail_transport=mail,
            smtp_url=mails.url,  # type: ignore[arg-type]
            mail_from=f"partners@{MAIL_DOMAIN}",
            webhook_allow_private=True,
        )
        app = wiring.build(settings, clock=clock, database=database_at(settings.database_url))
        try:
            with serve(app.web(), port) as address:
                yield Installation(app, clock, address, mails, hooks)
        finally:  # else the next test of this process would read what a failed one has written
            leave(app.engine.database)
