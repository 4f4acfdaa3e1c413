"""Receivers of webhooks: rotation by two signatures, 410 and five days of failure end them, every try is logged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from alerts import service
from alerts.channels.signing import sign
from alerts.notices import delivery, endpoints, telling_log, trials
from feedback_engine.foundation import attempts, release_gate
from feedback_engine.foundation.chat import sending
from feedback_engine.foundation.engine import Engine
from feedback_engine.foundation.errors import Conflict, NotFound
from feedback_engine.foundation.unit_of_work import SYSTEM
from tests.alerts.builders import open_case, rows, staff_actor, world
from tests.alerts.site import browser, program
from tests.alerts.test_delivery import Receiver, deliver, listen, receiver, webhooks
from tests.alerts.told import Postbox, attempts_of
from tests.directory import builders as directory

__all__ = ["receiver"]


def verified(secret: str, message: tuple[dict[str, str], bytes]) -> bool:
    """Whether a receiver with this secret takes the message, by the specification's own library."""
    headers, body = message
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def today(engine: Engine) -> None:
    """Set the clock to the machine's: the library refuses what was signed long ago."""
    engine.clock.set(datetime.now(UTC))  # type: ignore[attr-defined]


def rotate(engine: Engine, endpoint_id: UUID, hours: float) -> str:
    with engine.work.begin(actor=SYSTEM) as uow:
        return endpoints.rotate_secret(uow, endpoint_id, timedelta(hours=hours))


def test_while_a_secret_is_rotated_the_old_one_and_the_new_one_both_verify(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    today(engine)
    endpoint = listen(of, receiver)
    new = rotate(engine, endpoint.id, hours=0.01)
    open_case(of, 3)
    deliver(of)
    [first] = receiver.received
    assert first[0]["webhook-signature"].count("v1,") == 2
    assert verified(endpoint.secret, first)
    assert verified(new, first)
    of.later(seconds=40)
    open_case(of, 2)
    deliver(of)
    second = receiver.received[1]
    assert not verified(endpoint.secret, second)
    assert verified(new, second)
    assert not verified(new, (second[0], second[1] + b" "))


def test_each_secret_adds_the_signature_that_the_library_makes() -> None:
    at = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
    both = sign([b"new secret", b"old secret"], "msg_1", at, b"{}")["webhook-signature"].split()
    assert both == [Webhook(secret).sign("msg_1", at, "{}") for secret in (b"new secret", b"old secret")]


def test_the_endpoint_that_says_gone_hears_nothing_more_and_its_owner_is_told(
    engine: Engine, receiver: Receiver
) -> None:
    of = world(engine)
    ada = directory.staff(engine, "ada@ours.example", name="Ada", role="admin")
    endpoint = listen(of, receiver)
    receiver.statuses = [410]
    open_case(of, 3)
    open_case(of, 3, touchpoint="training.held")
    deliver(of)
    assert len(receiver.received) == 2  # both were on their way when it said so
    [row] = rows(of, "webhook_endpoint")
    assert (row.disabled_reason, row.disabled_at) == ("gone", of.now)
    mails = [mail.message for mail in Postbox(of).empty() if mail.message.recipient.email == ada.email]
    assert [mail.subject for mail in mails] == ["CRM hears of nothing any more"]
    assert "410" in mails[0].text
    open_case(of, 2)
    deliver(of)
    assert len(receiver.received) == 2
    with engine.work.begin(actor=SYSTEM) as uow:
        endpoints.enable_endpoint(uow, endpoint.id)
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        endpoints.enable_endpoint(uow, endpoint.id)
    receiver.statuses = [204]
    open_case(of, 1)
    deliver(of)
    assert len(receiver.received) == 3


def test_ones_own_webhook_that_is_gone_is_ones_own_business(sqlite_engine: Engine, receiver: Receiver) -> None:
    of = world(sqlite_engine)
    directory.staff(sqlite_engine, "ada@ours.example", name="Ada", role="admin")
    with sqlite_engine.work.begin(actor=staff_actor(of.dana)) as uow:
        endpoints.set_own_endpoint(uow, of.dana.id, receiver.url, allow_private=True)
    receiver.statuses = [410]
    open_case(of, 3)
    deliver(of)
    told = [mail.message for mail in Postbox(of).empty() if "hears of nothing" in mail.message.subject]
    assert [mail.recipient.email for mail in told] == [of.dana.email]
    assert "/account/notices" in told[0].text


@pytest.mark.parametrize(("successes", "off"), [((), True), ((3,), False)])
def test_after_five_days_without_a_success_an_endpoint_is_switched_off(
    engine: Engine, receiver: Receiver, successes: tuple[int, ...], off: bool
) -> None:
    of = world(engine)
    directory.staff(engine, "ada@ours.example", name="Ada", role="admin")
    listen(of, receiver)
    for day in range(6):
        receiver.statuses = [204] if day in successes else [500]
        open_case(of, 3, touchpoint=f"touchpoint.{day}")
        deliver(of)
        of.later(days=1)
    [row] = rows(of, "webhook_endpoint")
    assert (row.disabled_reason == "failing") is off
    told = [mail for mail in Postbox(of).empty() if "hears of nothing" in mail.message.subject]
    assert len(told) == off


def test_every_try_is_logged_with_what_the_receiver_said(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    listen(of, receiver)
    receiver.statuses, receiver.reply = [500, 503, 200], b"\x00so " + b"x" * 5000
    open_case(of, 3)
    for _ in range(3):
        deliver(of)
        of.later(minutes=2)
    found = sorted(rows(of, "delivery_attempt"), key=lambda row: row.at)
    assert [(row.outcome, row.status_code) for row in found] == [("again", 500), ("again", 503), ("sent", 200)]
    assert [row.next_at is not None for row in found] == [True, True, False]
    assert all(row.reply.startswith("\N{REPLACEMENT CHARACTER}so x") and len(row.reply) == 1024 for row in found)
    assert all(row.duration_ms is not None for row in found)
    # By the id of the request both sides find the same line in their logs.
    assert [headers["x-request-id"] for headers, _ in receiver.received] == [str(row.id) for row in found]
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    [endpoint] = rows(of, "webhook_endpoint")
    client = browser(engine, program("webhooks:read"))
    [document] = client.get(f"/api/v1/webhooks/{endpoint.id}/deliveries").json["data"]
    assert [(each["status_code"], each["request_id"]) for each in document["tries"]] == [
        (row.status_code, str(row.id)) for row in found
    ]


def test_the_log_is_complete_when_nobody_answers_a_worker_dies_or_it_is_given_up(sqlite_engine: Engine) -> None:
    of = world(sqlite_engine)
    listen(of, Receiver(url="http://127.0.0.1:9/hook"))  # nobody listens at the discard port
    opened = open_case(of, 3)
    deliver(of)
    of.later(minutes=1)
    delivery._claim(sqlite_engine.work, webhooks(of))  # and here the worker dies
    of.later(minutes=11)
    for _ in range(26):
        deliver(of)
        of.later(hours=1)
    outcomes = [outcome for outcome, _ in attempts_of(of, "webhook")]
    assert outcomes[:3] == ["again", "unclear", "again"]
    assert outcomes[-1] == "given_up"
    assert set(outcomes[2:-1]) == {"again"}
    with sqlite_engine.work.read() as view:
        told = [each for each in telling_log.told_of_case(view, opened.id) if each.channel == "webhook"]
        assert [len(each.attempts) for each in told] == [len(outcomes)]
        assert told[0].who == "CRM"
        last = telling_log.log(view, 1)[0]
    assert last.may_retry
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        telling_log.retry(uow, last.attempt.ref_id)
    deliver(of)
    # A day has passed since the first try, and still it is tried anew and not given up at once.
    assert [outcome for outcome, _ in attempts_of(of, "webhook")][-1] == "again"


def test_one_message_or_a_range_goes_again_under_its_own_id(engine: Engine, receiver: Receiver) -> None:
    of = world(engine)
    endpoint, other = listen(of, receiver), listen(of, receiver, "Other")
    for day in range(3):
        open_case(of, 3, touchpoint=f"touchpoint.{day}")
        deliver(of)
        of.later(days=1)
    first = sorted((row for row in webhooks(of) if row.recipient_id == endpoint.id), key=lambda row: row.created_at)
    before = len(receiver.received)
    with engine.work.begin(actor=SYSTEM) as uow:
        assert endpoints.send_again(uow, endpoint.id, notification_id=first[0].id) == 1
        assert endpoints.send_again(uow, other.id, notification_id=first[1].id) == 0  # it went to another
    with engine.work.begin(actor=SYSTEM) as uow:
        span = {"from_at": first[1].created_at, "until_at": first[2].created_at}
        assert endpoints.send_again(uow, endpoint.id, **span) == 1
    deliver(of)
    again = [headers["webhook-id"] for headers, _ in receiver.received[before:]]
    assert sorted(again) == sorted([str(first[0].id), str(first[1].id)])
    with engine.work.begin(actor=SYSTEM) as uow:
        service.disable_endpoint(uow, endpoint.id)
    with pytest.raises(Conflict), engine.work.begin(actor=SYSTEM) as uow:
        endpoints.send_again(uow, endpoint.id, notification_id=first[0].id)
    with pytest.raises(NotFound), engine.work.begin(actor=SYSTEM) as uow:
        endpoints.send_again(uow, first[0].id)


@pytest.mark.parametrize(
    ("status", "words"),
    [(200, "The test arrived; the answer was 200."), (500, "The test did not arrive: 127.0.0.1 answered 500.")],
)
def test_a_test_says_what_came_of_it_and_is_logged_and_changes_nothing_else(
    sqlite_engine: Engine, receiver: Receiver, status: int, words: str
) -> None:
    of = world(sqlite_engine)
    today(sqlite_engine)
    endpoint = listen(of, receiver)
    receiver.statuses = [status]
    verdict = trials.try_endpoint(sqlite_engine, SYSTEM, endpoint.id)
    assert trials.words_of(verdict) == words
    assert verified(endpoint.secret, receiver.received[0])
    with sqlite_engine.work.read() as view:
        [attempt] = attempts.newest(view, 10, recipient_id=endpoint.id)
    assert (attempt.about, attempt.status_code) == ("test", status)
    [row] = rows(of, "webhook_endpoint")
    assert row.failing_since is None
    with pytest.raises(NotFound):
        trials.try_endpoint(sqlite_engine, SYSTEM, endpoint.id, staff_id=of.dana.id)


def test_while_a_restored_database_waits_for_its_release_no_test_leaves(
    sqlite_engine: Engine, receiver: Receiver
) -> None:
    of = world(sqlite_engine)
    endpoint = listen(of, receiver)
    with sqlite_engine.work.begin(actor=SYSTEM) as uow:
        release_gate.hold(uow, of.now)
    with pytest.raises(Conflict):
        trials.try_endpoint(sqlite_engine, SYSTEM, endpoint.id)
    assert not receiver.received


def test_the_claim_outlives_the_longest_round_of_chats() -> None:
    longest = delivery.BATCH_SIZE * sending.DEADLINE + sending.START
    assert delivery.CLAIM_EXPIRES - timedelta(minutes=1) > longest
