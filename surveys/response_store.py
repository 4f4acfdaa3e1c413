"""All SQL about responses and their answers. Core rows throughout: these are the hot paths."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from feedback_engine.foundation import bulk
from feedback_engine.foundation.ids import shard_of
from feedback_engine.foundation.prepared import Prepared
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork
from surveys.models import Answer, Response
from surveys.store import ResponseRow, by_shard

_RESPONSE = Response.__table__  # type: ignore[attr-defined]
_ANSWER = Answer.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer of the revision in force."""

    question: str
    kind: str
    score: int | None
    choice: str | None
    text: str | None


_ANSWER_FIELDS = tuple(field.name for field in fields(AnswerRow))
_RESPONSE_FIELDS = tuple(ResponseRow.__dataclass_fields__)
_RESPONSE_COLUMNS = [_RESPONSE.c[name] for name in _RESPONSE_FIELDS]
_RESPONSES = bulk.Lookup(_RESPONSE_COLUMNS, by=[_RESPONSE.c.shard, _RESPONSE.c.id])
_ANSWERS_OF = bulk.Lookup(
    (_ANSWER.c.id, _ANSWER.c.response_id, *(_ANSWER.c[name] for name in _ANSWER_FIELDS)),
    by=[_ANSWER.c.shard, _ANSWER.c.response_id, _ANSWER.c.revision],
)

_ANSWERS = Prepared(
    select(*(_ANSWER.c[name] for name in _ANSWER_FIELDS))
    .where(
        _ANSWER.c.shard == bindparam("shard"),
        _ANSWER.c.response_id == bindparam("response_id"),
        _ANSWER.c.revision == bindparam("revision"),
    )
    .order_by(_ANSWER.c.id)
)


# ---- reading


def response_rows(reading: Reading, ids: Iterable[UUID]) -> dict[UUID, ResponseRow]:
    """The responses with these ids."""
    found = _RESPONSES.rows(reading.connection, [(shard_of(each), each) for each in ids])
    rows = (ResponseRow(**dict(zip(_RESPONSE_FIELDS, values, strict=True))) for values in found)
    return {row.id: row for row in rows}


def answer_rows(reading: Reading, response: ResponseRow) -> list[AnswerRow]:
    """The answers of the revision in force, in the order of the questions."""
    rows = _ANSWERS.all(reading.connection, shard=response.shard, response_id=response.id, revision=response.revision)
    return [AnswerRow(*row) for row in rows]


def answers_of(reading: Reading, responses: Collection[ResponseRow]) -> dict[UUID, list[AnswerRow]]:
    """The answers in force of many responses, with one statement."""
    found: dict[UUID, list[AnswerRow]] = {response.id: [] for response in responses}
    keys = [(response.shard, response.id, response.revision) for response in responses]
    for _, response_id, *values in sorted(_ANSWERS_OF.rows(reading.connection, keys), key=itemgetter(0)):
        found[response_id].append(AnswerRow(*values))
    return found


# ---- writing


def insert_response(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Write a new response."""
    bulk.insert_rows(uow.connection, _RESPONSE, [row])


def revise_response(uow: UnitOfWork, response: ResponseRow, values: Mapping[str, Any]) -> bool:
    """Put the next revision in force; False when somebody else made one meanwhile."""
    changed = uow.connection.execute(
        update(_RESPONSE)
        .where(_RESPONSE.c.shard == response.shard, _RESPONSE.c.id == response.id)
        .where(_RESPONSE.c.revision == response.revision)
        .values(revision=response.revision + 1, **values)
    ).rowcount
    return changed == 1


def insert_answers(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the answers of one revision."""
    bulk.insert_rows(uow.connection, _ANSWER, rows)


def blank_texts(uow: UnitOfWork, contact_ids: Sequence[UUID]) -> None:
    """Forget every word these contacts wrote, in all revisions; scores stay, they name nobody."""
    for shard, of_shard in by_shard(contact_ids).items():
        theirs = select(_RESPONSE.c.id).where(_RESPONSE.c.shard == shard, _RESPONSE.c.contact_id.in_(of_shard))
        uow.connection.execute(
            update(_ANSWER)
            .where(_ANSWER.c.shard == shard, _ANSWER.c.response_id.in_(theirs), _ANSWER.c.text.is_not(None))
            .values(text="")
        )
        uow.connection.execute(
            update(_RESPONSE)
            .where(_RESPONSE.c.shard == shard, _RESPONSE.c.contact_id.in_(of_shard))
            .values(has_comment=False)
        )
