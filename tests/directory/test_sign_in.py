"""Signing in by password and by link, and what ends a session."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from feedback_engine.directory import service, sign_in
from feedback_engine.directory.passwords import hash_password, is_password
from feedback_engine.directory.views import StaffView
from feedback_engine.foundation.clock import MovedClock
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM, UnitOfWork
from tests.directory import builders

PASSWORD = "seven quiet herons"


def link(engine: Engine, staff: StaffView) -> str:
    with engine.work.begin(actor=SYSTEM) as uow:
        return service.issue_sign_in_link(uow, engine.keys, staff.id)


def test_a_password_is_kept_as_argon2id_of_the_stated_cost() -> None:
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_password(PASSWORD, kept)
    assert not is_password(PASSWORD + " ", kept)
    assert not is_password(PASSWORD, None)
    assert not is_password("x" * 100_000, kept)


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        hash_password(password)


@pytest.mark.parametrize(
    ("email", "password", "name"),
    [
        ("dana@ours.example", PASSWORD, "dana"),
        (" DANA@Ours.example ", PASSWORD, "dana"),
        ("dana@ours.example", "seven loud herons", None),
        ("dana@ours.example", "", None),
        ("nobody@ours.example", PASSWORD, None),
        ("luis@ours.example", PASSWORD, None),  # has no password yet
        ("gone@ours.example", PASSWORD, None),  # disabled
        ("no address", PASSWORD, None),
    ],
)
def test_only_the_right_password_of_an_open_account_signs_in(
    engine: Engine, email: str, password: str, name: str | None
) -> None:
    builders.staff(engine, "dana@ours.example", password=PASSWORD)
    builders.staff(engine, "luis@ours.example")
    gone = builders.staff(engine, "gone@ours.example", password=PASSWORD)
    with engine.work.begin(actor=SYSTEM) as uow:
        service.disable_staff(uow, gone.id)
    signed_in = sign_in.sign_in(engine.work, email, password)
    assert (signed_in.staff.name if signed_in else None) == name


@pytest.mark.parametrize(
    "end",
    [
        lambda uow, staff: service.set_password(uow, staff.id, hash_password("a brand new password")),
        lambda uow, staff: service.disable_staff(uow, staff.id),
    ],
)
def test_sessions_and_links_die_with_a_new_password_and_a_closed_account(
    engine: Engine, end: Callable[[UnitOfWork, StaffView], object]
) -> None:
    dana = builders.staff(engine, password=PASSWORD)
    signed_in = sign_in.sign_in(engine.work, dana.email, PASSWORD)
    token = link(engine, dana)
    assert signed_in is not None
    with engine.work.read() as now:
        assert sign_in.find_session_staff(now, dana.id, signed_in.credential_version) == dana
        assert sign_in.find_link_staff(now, engine.keys, token) == dana
    with engine.work.begin(actor=SYSTEM) as uow:
        end(uow, dana)
    with engine.work.read() as now:
        assert sign_in.find_session_staff(now, dana.id, signed_in.credential_version) is None
        assert sign_in.find_link_staff(now, engine.keys, token) is None
    assert sign_in.use_link(engine.work, engine.keys, token) is None


def test_a_sign_in_link_works_once_within_the_hour(engine: Engine, clock: MovedClock) -> None:
    dana = builders.staff(engine)
    first, second = link(engine, dana), link(engine, dana)
    assert sign_in.use_link(engine.work, engine.keys, first) is None  # a newer one was made
    signed_in = sign_in.use_link(engine.work, engine.keys, second)
    assert signed_in is not None
    assert signed_in.staff == dana
    assert sign_in.use_link(engine.work, engine.keys, second) is None
    third = link(engine, dana)
    clock.advance(timedelta(hours=1))
    assert sign_in.use_link(engine.work, engine.keys, third) is None


def test_a_link_pressed_twice_at_once_signs_in_once(engine: Engine) -> None:
    token = link(engine, builders.staff(engine))
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda _: sign_in.use_link(engine.work, engine.keys, token), range(8)))
    assert sum(each is not None for each in tries) == 1


@pytest.mark.parametrize("purpose", ["survey", "unsubscribe", "sign-in "])
def test_a_token_of_another_purpose_signs_nobody_in(engine: Engine, purpose: str) -> None:
    dana = builders.staff(engine)
    link(engine, dana)
    with engine.work.read() as now:
        assert sign_in.find_link_staff(now, engine.keys, engine.keys.token(purpose, dana.id, 2)) is None
