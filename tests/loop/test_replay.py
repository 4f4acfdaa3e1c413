"""The ledger can be decided again from what it holds, whatever has become of partners, owners and addresses since."""

from __future__ import annotations

from feedback_engine.directory import reading as directory
from feedback_engine.directory import service
from feedback_engine.foundation.unit_of_work import SYSTEM
from surveys import decision_store, replay
from tests.directory import builders
from tests.installation import Installation, cloud_event

TIERED = {"sampling:\n": "sampling:\n  random_share: {rate: 0.5, by: partner.tier, rates: {Gold: 1.0}}\n"}
PARTNERS = 12


def test_replay_reproduces_every_record_after_everything_has_changed(installation: Installation) -> None:
    installation.publish_starter(replaced=TIERED)
    _live_through_spring(installation)
    with installation.engine.work.read() as reading:
        rows = decision_store.decisions_after(reading, 0, 1000)
    assert {row.outcome for row in rows} == {"invite", "drop", "defer"}
    assert {row.rule for row in rows} >= {None, "random_share", "quarantine", "suppressed", "hold"}
    _change_everything(installation)
    with installation.engine.work.read() as reading:
        report = replay.replay(reading)
    assert (report.count, report.not_replayable, report.different) == (len(rows), 0, [])


def _live_through_spring(installation: Installation) -> None:
    """Three events at each partner, ten days apart; one person opts out, and the program pauses for a while."""
    key = installation.api_key("events:write")
    dana = installation.staff("Dana Keller", "alliance_manager")
    for number in range(PARTNERS):
        tier = "Gold" if number % 2 else "Silver"
        partner = builders.partner(installation.engine, f"p{number}", kind="channel", tier=tier)
        builders.contact(installation.engine, partner, f"ana@p{number}.example", role="sales manager")
        builders.owned(installation.engine, dana, partner)
    for round_number in range(3):
        for number in range(PARTNERS):
            at = installation.clock.now()
            event = cloud_event(f"{round_number}-{number}", f"p{number}", f"ana@p{number}.example", at)
            installation.post_event(key, event)
        if round_number == 1:
            _suppress(installation, "ana@p1.example")
        if round_number == 2:
            installation.program_state("paused")
        installation.later(days=10)
    installation.program_state("live")
    installation.later(days=2)


def _suppress(installation: Installation, email: str) -> None:
    with installation.engine.work.begin(actor=SYSTEM) as uow:
        service.suppress(uow, installation.engine.keys.person(email), service.ALL, "opted_out")


def _change_everything(installation: Installation) -> None:
    """Other tiers, another owner, other addresses and roles, opt-outs, another plan."""
    luis = installation.staff("Luis Ferro", "alliance_manager")
    for number in range(PARTNERS):
        partner = builders.partner(installation.engine, f"p{number}", tier="Platinum", region="APAC", kind="servicing")
        builders.owned(installation.engine, luis, partner)
        with installation.engine.work.read() as reading:
            [contact] = directory.contacts_of(reading, [partner.id])[partner.id]
        with installation.engine.work.begin(actor=SYSTEM) as uow:
            service.mark_contact_left(uow, contact.id)
        builders.contact(
            installation.engine, partner, f"new@p{number}.example", role="engineer", time_zone="Asia/Tokyo"
        )
        _suppress(installation, contact.email)
    installation.publish_starter(replaced={"since_asked_days: 30": "since_asked_days: 7"})
