"""PROMISES 22: hooks reach nothing inside, whoever typed what, also from the test button; a tripwire listens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alerts.notices import delivery, endpoints, trials
from alerts.notices import store as notice_store
from feedback_engine.foundation import http_client, ids
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import World, open_case, rows, staff_actor, world
from tests.alerts.site import browser, staff, token, words
from tests.alerts.test_delivery import Receiver, deliver, listen, receiver
from tests.directory import builders as directory
from tests.tripwires import tricks, tripwire_laid

__all__ = ["receiver"]


def strict(engine: Engine, **settings: Any) -> Engine:
    """The same installation with its settings as they are outside of tests."""
    changed = {"webhook_allow_private": False, **settings}
    return replace(engine, settings=engine.settings.model_copy(update=changed))


def slip_in(of: World, url: str, name: str) -> Any:
    """Store an address past every check, as an older release or a hand in the database may have left it."""
    with of.engine.work.begin(actor=SYSTEM) as uow:
        made = endpoints.add_endpoint(uow, name, "https://crm.example.com/")
        endpoints.notification_store.change_endpoint(uow, made.id, {"url": url})
    return made.id


def test_no_spelling_of_an_address_inside_is_stored_or_called(sqlite_engine: Engine) -> None:
    engine = strict(sqlite_engine)
    of = world(engine)
    with tripwire_laid() as wire:
        addresses = [f"{scheme}://{end}/" for end in tricks(wire.port) for scheme in ("https", "http")]
        addresses += [
            f"{scheme}://127.0.0.1:{wire.port}/" for scheme in ("gopher", "ftp", "file", "dict", "ws", "HTTP", "")
        ]
        assert len(addresses) > 100
        stored = []
        for number, address in enumerate(addresses):
            try:
                with engine.work.begin(actor=SYSTEM) as uow:
                    endpoints.add_endpoint(uow, f"Tried {number}", address)
                stored.append(address)
            except Invalid:
                pass
            slip_in(of, address, f"Slipped in {number}")
        # What is only seen through when the name is resolved may be stored; it is not called.
        assert {address.partition("://")[0] for address in stored} <= {"https"}
        open_case(of, 3)
        while delivery.deliver_due(engine):
            pass
        for row in rows(of, "webhook_endpoint"):
            verdict = trials.try_endpoint(engine, SYSTEM, row.id)
            assert verdict.outcome in ("given_up", "again"), row.url
    assert wire.connections == 0


def test_the_test_buttons_reach_nothing_inside(sqlite_engine: Engine) -> None:
    engine = strict(sqlite_engine)
    of = world(engine)
    ada = directory.staff(engine, "ada@ours.example", name="Ada", role="admin")
    with tripwire_laid() as wire:
        endpoint_id = slip_in(of, f"https://localhost:{wire.port}/", "Inside")
        with engine.work.begin(actor=staff_actor(ada)) as uow:
            endpoints.set_own_endpoint(uow, ada.id, f"https://127.1:{wire.port}/")
            chat_id = ids.new_reference_id()
            address = f"ntfys://localhost:{wire.port}/alerts".encode()
            chat = {"id": chat_id, "staff_id": ada.id, "service": "ntfy", "url": address, "created_at": uow.now}
            notice_store.insert_chat(uow, chat)
        client = browser(engine, staff(ada))
        csrf = {"csrf_token": token(client.get("/account/notices").text)}
        for path in (
            f"/admin/webhooks/{endpoint_id}/test",
            "/account/notices/webhook/test",
            f"/account/notices/chats/{chat_id}/test",
        ):
            answer = client.post(path, data=csrf)
            shown = words(client.get(answer.location).text)
            assert "The test did not arrive" in shown, path
            assert "private network" in shown, path
    assert wire.connections == 0


def test_a_name_that_turns_inside_after_it_was_checked_is_not_followed() -> None:
    with tripwire_laid() as wire:
        asked: list[str] = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

        url = f"https://rebind.example:{wire.port}/"
        assert http_client._address_of("rebind.example", wire.port, rebinding, allow_private=False) == "93.184.216.34"
        with pytest.raises(http_client.PermanentError, match="private network"):
            http_client.call(url, b"{}", {}, resolve=rebinding)
    assert wire.connections == 0


@pytest.mark.parametrize(
    ("inside", "url", "may"),
    [
        ("crm.inside.example", "http://crm.inside.example:8080/hook", True),
        ("other.example, CRM.inside.example.", "https://crm.inside.example/hook", True),
        ("crm.inside.example", "https://crm.inside.example./hook", True),
        ("crm.inside.example", "http://crm.inside.example.evil.example/hook", False),
        ("crm.inside.example", "http://crm.inside.example@evil.example/hook", False),
        ("crm.inside.example", "http://sub.crm.inside.example/hook", False),
        ("127.0.0.1", "http://127.0.0.1:8080/", True),
        ("127.0.0.1", "http://127.1:8080/", False),
        ("", "http:///", False),
        ("", "https://[::1", False),
    ],
)
def test_only_hosts_that_the_installation_names_may_lie_inside(
    sqlite_engine: Engine, inside: str, url: str, may: bool
) -> None:
    settings = strict(sqlite_engine, webhook_inside_hosts=inside).settings
    assert http_client.may_lie_inside(settings, url) is may


def test_a_receiver_inside_that_is_named_is_reached_and_no_other(sqlite_engine: Engine) -> None:
    engine = strict(sqlite_engine, webhook_inside_hosts="localhost")
    of = world(engine)
    with tripwire_laid() as wire:
        named = slip_in(of, f"http://localhost:{wire.port}/", "Named")
        other = slip_in(of, f"http://127.0.0.1:{wire.port}/", "Other")
        assert trials.try_endpoint(engine, SYSTEM, other).outcome == "given_up"
        assert wire.connections == 0
        assert "broke off" in (trials.try_endpoint(engine, SYSTEM, named).error or "")
    assert wire.connections == 1


def test_a_redirect_inside_is_not_followed(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    endpoint = listen(of, receiver)
    with tripwire_laid() as wire:
        receiver.statuses, receiver.headers = [307], {"Location": f"http://127.0.0.1:{wire.port}/"}
        open_case(of, 3)
        deliver(of)
        verdict = trials.try_endpoint(sqlite_engine, SYSTEM, endpoint.id)
        assert "Redirects are not followed" in (verdict.error or "")
    assert wire.connections == 0
    assert len(receiver.received) == 2
