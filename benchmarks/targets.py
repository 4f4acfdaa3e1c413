"""Pure. Every figure the engine must reach, as numbered in the chapter SPEED of the design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SOURCE = "SPEED"
"""The chapter of the design that every target comes from."""

Direction = Literal["at least", "at most"]
AT_LEAST: Direction = "at least"
AT_MOST: Direction = "at most"


@dataclass(frozen=True, slots=True)
class Target:
    """One figure to reach. `unit` is `x` for a ratio against what ran in turn; `absent` says why it cannot run here."""

    key: str
    what: str
    direction: Direction
    wanted: float
    unit: str = "x"
    absent: str = ""

    @property
    def number(self) -> str:
        """The number of the benchmark it belongs to: `4a` of `4a.single`."""
        return self.key.partition(".")[0]

    def holds(self, measured: float) -> bool:
        """Whether a measured figure reaches it."""
        return measured >= self.wanted if self.direction == AT_LEAST else measured <= self.wanted

    def words(self) -> str:
        """The wanted figure as it is read: `at least 0.25x`."""
        space = "" if self.unit == "x" else " "
        return f"{self.direction} {self.wanted:g}{space}{self.unit}"


_NO_PHP = "LimeSurvey is a PHP program, which the package index does not carry"
_LATER = "no benchmark yet"

TARGETS: tuple[Target, ...] = (
    Target("1.one", "round trip, 1 client, against django-survey-and-report", AT_LEAST, 12),
    Target("1.eight", "round trip, 8 clients, against django-survey-and-report", AT_LEAST, 12),
    Target("1.limesurvey", "round trip against LimeSurvey", AT_LEAST, 40, absent=_NO_PHP),
    Target("1.cpu", "CPU of a round trip, 1 client, web and worker", AT_MOST, 2.5, "ms"),
    Target("2.hello", "survey GET, 8 clients, against a Flask hello on the same server", AT_LEAST, 0.5),
    Target("2.statements", "SQL statements of a survey GET", AT_MOST, 3, "statements"),
    Target("2.p99", "survey GET, 8 clients, p99", AT_MOST, 10, "ms"),
    Target("3.raw", "durable submit, 8 clients, against raw SQLite FULL single-row commits", AT_LEAST, 0.25),
    Target("3.p99", "durable submit, 8 clients, p99", AT_MOST, 20, "ms"),
    Target("4a.hundred", "intake in batches of 100 against raw SQLite batch rows", AT_LEAST, 0.15),
    Target("4a.thousand", "intake in batches of 1,000 against raw SQLite batch rows", AT_LEAST, 0.15),
    Target("4a.single", "intake of single events, 8 clients, against a Flask hello", AT_LEAST, 0.3),
    Target("4a.postgresql", "intake on PostgreSQL in batches of 1,000 against COPY", AT_LEAST, 0.05),
    Target("4b.rows", "intake, decided and queued, against raw SQLite batch rows", AT_LEAST, 0.05),
    Target("4b.bytes", "database of an event, decided and queued", AT_MOST, 1500, "bytes"),
    Target("5.growthbook", "online decision, all rules, against GrowthBook's SDK", AT_LEAST, 1),
    Target("5.unleash", "online decision, all rules, against Unleash's SDK", AT_LEAST, 3),
    Target("6.kernel", "backtest without path dependence against the raw numpy kernel", AT_LEAST, 0.3, absent=_LATER),
    Target("6.million", "backtest of 1 million events, all rules", AT_MOST, 5, "s", absent=_LATER),
    Target("6.memory", "memory of a backtest", AT_MOST, 300, "MB", absent=_LATER),
    Target("7.render", "invitations rendered and queued against Jinja2 + MIME by hand", AT_LEAST, 0.3, absent=_LATER),
    Target("7.smtp", "SMTP out on 4 connections against reused smtplib", AT_LEAST, 1, absent=_LATER),
    Target("8.batches", "SendGrid batches against raw orjson + POST", AT_LEAST, 0.5, absent=_LATER),
    Target("8.queue", "SendGrid with queue reads and marks, from 10,000 up", AT_LEAST, 0.1, absent=_LATER),
    Target("9.idle", "low score to webhook, idle p50, beyond five raw commits after the same rest", AT_MOST, 3, "ms"),
    Target("9.idle_p99", "low score to webhook, idle p99, against five times the wanted p50", AT_MOST, 1),
    Target("9.alertmanager", "alerts at 8 clients against Alertmanager", AT_LEAST, 0.5),
    Target("9.p99", "alerts at 8 clients, p99 against Alertmanager's", AT_MOST, 1),
    Target("10.p50", "dashboard over 10 million responses, p50 in the engine", AT_MOST, 5, "ms", absent=_LATER),
    Target("10.growth", "dashboard, t(10M)/t(100k)", AT_MOST, 1.5, absent=_LATER),
    Target("10.duckdb", "dashboard against a DuckDB scan", AT_LEAST, 10, absent=_LATER),
    Target("11.idle", "memory of all processes, idle (PSS)", AT_MOST, 200, "MB"),
    Target("11.load", "memory under load with 10 million responses (PSS)", AT_MOST, 259, "MB", absent=_LATER),
)

BY_KEY = {target.key: target for target in TARGETS}


def of_benchmark(number: str) -> tuple[Target, ...]:
    """The targets of one benchmark, in their order."""
    return tuple(target for target in TARGETS if target.number == number)
