"""An installation whose web and worker run as processes of their own; the test looks at its database beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlmodel import SQLModel

from feedback_engine.app import migrating, program, program_files, wiring
from feedback_engine.app.wiring import App
from feedback_engine.directory import service as directory
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation import program_state
from feedback_engine.foundation.clock import MovedClock, SystemClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.mail import queue
from feedback_engine.foundation.settings import Settings
from feedback_engine.foundation.unit_of_work import SYSTEM
from journeys import service as journeys
from surveys.tokens import InvitationLinks, Links
from tests.directory import builders
from tests.faults.mail import CountingMailServer
from tests.faults.processes import Nursery, Process
from tests.faults.waiting import until
from tests.servers import free_port

MAIL_DOMAIN = "northwind.example"
_CHUNK = 250
_SEND_WINDOW = "  send_window:\n    days: [mon, tue, wed, thu, fri]\n    hours: 09:00-17:00\n"


@dataclass
class Installed:
    """One installation. `app` is the test's own way to its database; nothing of it runs unless it is asked to."""

    app: App
    folder: Path
    port: int
    mails: CountingMailServer
    children: Nursery
    environment: dict[str, str]
    _count: int = field(default=0)

    @property
    def engine(self) -> Engine:
        return self.app.engine

    # ---- processes

    def start(self, *arguments: str, **environment: str) -> Process:
        """Start a command of this installation."""
        self._count += 1
        log = self.folder / f"{arguments[0]}-{self._count}.log"
        return self.children.start(
            *arguments, environment={**self.environment, **environment}, folder=self.folder, log=log
        )

    def start_worker(self) -> Process:
        """`feedback-engine worker`."""
        return self.start("worker")

    def start_web(self, port: int | None = None) -> Process:
        """`feedback-engine web`, once it answers; on another port it is a second one beside the first."""
        at = port or self.port
        web = self.start("web", "--port", str(at))

        def answers() -> bool:
            assert web.alive, web.written()
            try:
                return requests.get(f"http://127.0.0.1:{at}/healthz", timeout=5).ok
            except requests.RequestException:
                return False

        until(answers, "the pages answer")
        return web

    # ---- content

    def partners(self, count: int, prefix: str = "p", owner: StaffView | None = None) -> None:
        """So many partners with a contact each."""
        for start in range(0, count, _CHUNK):
            numbers = range(start, min(start + _CHUNK, count))
            with self.engine.work.begin(actor=SYSTEM) as uow:
                wanted = [
                    directory.PartnerInput(key=f"{prefix}{n}", name=f"Partner {n}", kind="channel") for n in numbers
                ]
                made = directory.upsert_partners(uow, wanted)
                contacts = [
                    (each.view.id, directory.ContactInput(email=f"c@{prefix}{n}.example", role="sales manager"))
                    for n, each in zip(numbers, made, strict=True)
                ]
                directory.upsert_contacts(uow, self.engine.keys, contacts)
                if owner is not None:
                    directory.assign_owners(uow, [(each.view.id, owner.id) for each in made])

    def report(self, count: int, prefix: str = "p") -> None:
        """One decided deal for the contact of each of so many partners, as the CRM would tell them."""
        drafts = [
            journeys.EventDraft(
                index=n,
                source="crm",
                id=f"{prefix}-{n}",
                type="deal.registration_decided",
                subject=f"{prefix}{n}",
                at=None,
                contact=journeys.ContactDraft(f"c@{prefix}{n}.example"),
                attributes={"reference": f"DR-{n}", "decision": "declined"},
            )
            for n in range(count)
        ]
        journeys.record_events(self.engine.work, SYSTEM, drafts, keys=self.engine.keys)

    def invite(self, count: int, prefix: str = "p", owner: StaffView | None = None) -> None:
        """So many partners whose contact is invited; their mail is queued and due."""
        self.partners(count, prefix, owner)
        self.report(count, prefix)
        self.app.worker.react_until_idle()

    def staff(self, name: str, role: str, **fields: Any) -> StaffView:
        """One of our people."""
        return builders.staff(self.engine, f"{name}@{MAIL_DOMAIN}", role, name=name.title(), **fields)

    def api_key(self, *scopes: str) -> str:
        """A key for programs."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            return directory.add_api_key(uow, "CRM", scopes).key

    # ---- what stands in the database

    def rows(self, table: str, *columns: str) -> Sequence[Any]:
        """Every row of a table."""
        found = SQLModel.metadata.tables[table]
        wanted: list[Any] = [found.c[name] for name in columns] or [found]
        with self.engine.work.read() as reading:
            return list(reading.connection.execute(select(*wanted)))

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self.engine.work.read() as reading:
            found = reading.connection.execute(select(func.count()).select_from(SQLModel.metadata.tables[table]))
            return int(found.scalar_one())

    def mail_counts(self) -> dict[str, int]:
        """How many mails are in each state."""
        with self.engine.work.read() as reading:
            return queue.counts(reading)

    def paths_by_invitation(self) -> dict[UUID, str]:
        """The path of the survey page of each invitation."""
        links = Links(self.engine.keys)
        rows = self.rows("invitation", "id", "generation")
        return {row.id: InvitationLinks(links, row.id, row.generation).survey() for row in rows}

    def survey_paths(self) -> list[str]:
        """The path of every survey page."""
        return list(self.paths_by_invitation().values())

    def let_leases_run_out(self) -> None:
        """What fifteen seconds do once a holder is dead, so that a loop of kills need not wait for each."""
        with self.engine.work.begin(actor=SYSTEM) as uow:
            uow.connection.execute(update(SQLModel.metadata.tables["lease"]).values(expires_at=uow.now))

    def later(self, **span: float) -> App:
        """The same installation at a later time, for what only time settles; its worker has to be asked to work."""
        clock = MovedClock(SystemClock().now() + timedelta(**span))
        return wiring.build(self.engine.settings, clock=clock, database=self.engine.database)


@contextmanager
def installed(
    database_url: str, folder: Path, children: Nursery, mails: CountingMailServer, *, mail_url: str | None = None
) -> Iterator[Installed]:
    """An installation on this empty database: the starter program, live, without hold and send window."""
    port = free_port()
    settings = Settings(
        database_url=database_url,
        var_dir=folder / "var",
        base_url=f"http://127.0.0.1:{port}",
        mail_transport="smtp",
        smtp_url=SecretStr(mail_url or mails.url),
        mail_from=f"partners@{MAIL_DOMAIN}",
        webhook_allow_private=True,
    )
    migrating.upgrade(database_url)
    app = wiring.build(settings)
    made = Installed(app, folder, port, mails, children, _environment(settings))
    _go_live(app.engine)
    yield made
    children.bury_all()
    app.engine.database.dispose()


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as an operator gives them."""
    given = {
        "DATABASE_URL": settings.database_url,
        "VAR_DIR": str(settings.var_dir),
        "BASE_URL": settings.base_url,
        "MAIL_TRANSPORT": settings.mail_transport,
        "SMTP_URL": settings.smtp_url.get_secret_value(),
        "MAIL_FROM": settings.mail_from,
        "WEBHOOK_ALLOW_PRIVATE": "true",
    }
    return {f"FEEDBACK_ENGINE_{name}": value for name, value in given.items()}


def _go_live(engine: Engine) -> None:
    texts = program_files.starter_texts()
    written = texts["program.yaml"]
    for before, after in (("hold_minutes: 60", "hold_minutes: 0"), (_SEND_WINDOW, "")):
        assert before in written
        written = written.replace(before, after)
    program.publish(engine.work, SYSTEM, program.load_texts({**texts, "program.yaml": written}), "for tests")
    with engine.work.begin(actor=SYSTEM) as uow:
        program_state.change(uow, "live")
