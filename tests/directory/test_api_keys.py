"""API keys: shown once, kept as a hash, open only what their scopes name."""

from __future__ import annotations

import pytest

from feedback_engine.directory import service, store_staff
from feedback_engine.directory.scopes import SCOPES, read_scopes
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, Invalid, NotFound
from feedback_engine.foundation.ids import new_reference_id
from feedback_engine.foundation.unit_of_work import SYSTEM


def add(engine: Engine, name: str = "CRM", *scopes: str) -> service.NewApiKey:
    with engine.work.begin(actor=SYSTEM) as uow:
        return service.add_api_key(uow, name, scopes or ["events:write"])


def test_a_key_opens_until_it_is_revoked(engine: Engine) -> None:
    made = add(engine)
    with engine.work.read() as now:
        assert service.find_api_key(now, made.key) == made.view
    with engine.work.begin(actor=SYSTEM) as uow:
        service.revoke_api_key(uow, made.view.id)
    with engine.work.read() as now:
        assert service.find_api_key(now, made.key) is None
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        service.revoke_api_key(uow, made.view.id)
    with pytest.raises(NotFound), engine.work.begin(actor=SYSTEM) as uow:
        service.revoke_api_key(uow, new_reference_id())


def test_the_database_does_not_hold_the_key(engine: Engine) -> None:
    made = add(engine)
    with engine.work.read() as now:
        row = now.connection.execute(store_staff.API_KEY.select()).one()
    assert made.key not in str(tuple(row))
    assert len(bytes(row.secret_hash)) == 32


def test_every_changed_key_is_refused(engine: Engine) -> None:
    key = add(engine).key
    others = [
        "",
        "fek_",
        key[:-1],
        key + "A",
        key.removeprefix("fek_"),
        key.upper(),
        add(engine, "other").key[:40] + key[40:],  # one key's id with another's secret
        *(key[:at] + ("A" if key[at] != "A" else "B") + key[at + 1 :] for at in range(4, len(key))),
        "fek_" + "é" * 64,
        "fek_!" + "A" * 63,  # no text of whole bytes
        "fek_" + "A" * 62 + "!!",
    ]
    with engine.work.read() as now:
        assert [other for other in others if service.find_api_key(now, other) is not None] == []


@pytest.mark.parametrize(
    ("scopes", "kept"),
    [
        (["events:write"], ("events:write",)),
        ([" partners:write ", "contacts:read", "contacts:read", ""], ("contacts:read", "partners:write")),
        (list(SCOPES), SCOPES),
    ],
)
def test_scopes_are_kept_once_in_one_order(scopes: list[str], kept: tuple[str, ...]) -> None:
    assert read_scopes(scopes) == kept


@pytest.mark.parametrize("scopes", [[], [""], ["events"], ["events:delete"], ["event:write"], ["*"]])
def test_an_unknown_scope_is_refused(scopes: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_scopes(scopes)
    assert refused.value.faults[0].pointer == "/scopes"


@pytest.mark.parametrize("name", ["", "  ", "n" * 101, "a\nb"])
def test_a_key_needs_a_name(engine: Engine, name: str) -> None:
    with pytest.raises(Invalid):
        add(engine, name)
