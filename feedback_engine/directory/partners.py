"""Writes partners: those an event's subject names, and those somebody describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from feedback_engine.directory import store
from feedback_engine.directory.changes import (
    Upserted,
    changed_partner,
    is_written,
    new_partner,
    outcome_of,
    search_text,
)
from feedback_engine.directory.families import FOLLOWED, MAX_DEPTH, refusal_of
from feedback_engine.directory.inputs import PartnerInput, clean_key
from feedback_engine.directory.views import PartnerView
from feedback_engine.foundation import ids
from feedback_engine.foundation.errors import Fault, Invalid
from feedback_engine.foundation.i18n import gettext
from feedback_engine.foundation.unit_of_work import Reading, UnitOfWork


def ensure_unconfirmed_partner(uow: UnitOfWork, key: str) -> PartnerView:
    """The partner of a key, made as `unconfirmed` if nobody has told us of it yet."""
    return ensure_unconfirmed_partners(uow, [key])[clean_key(key)]


def ensure_unconfirmed_partners(uow: UnitOfWork, keys: Iterable[str]) -> dict[str, PartnerView]:
    """The partners of these keys, by trimmed key; unknown ones are made as `unconfirmed`.

    Raises Invalid for a key that is empty, longer than 512 characters, or holds control characters.
    """
    wanted = sorted({clean_key(key) for key in keys})
    found = {partner.key: partner for partner in store.partners_by_key(uow.connection, wanted)}
    missing = [key for key in wanted if key not in found]
    if missing:
        _insert_partners(uow, map(_unconfirmed, missing))
        # Read again rather than believe our own rows: another writer may have been first with the same key.
        found |= {partner.key: partner for partner in store.partners_by_key(uow.connection, missing)}
    return found


def preview_partners(reading: Reading, inputs: Sequence[PartnerInput]) -> list[Upserted[PartnerView]]:
    """What `upsert_partners` would do with the same inputs, without doing it; new partners have a made-up id."""
    found, new = _known(reading, inputs)
    return _decide_partners(found | new, new, _parents(reading, inputs), inputs)


def upsert_partners(uow: UnitOfWork, inputs: Sequence[PartnerInput]) -> list[Upserted[PartnerView]]:
    """Write partners by key, one result for each input; a parent nobody told us of is made as `unconfirmed`.

    An input that would close a loop of parents, or make a chain deeper than 8, is `refused` and not written.
    """
    (found, new), parents = _known(uow, inputs), _parents(uow, inputs)
    foreseen = _decide_partners(found | new, new, parents, inputs)
    keys = sorted({result.view.key for result in foreseen if is_written(result)})
    if not keys:
        return foreseen  # A file that is uploaded again brings nothing new, so there is nothing to hold still.
    _insert_partners(uow, [new[key] for key in keys if key in new])
    held = {partner.key: partner for partner in store.partners_by_key(uow.connection, keys, lock=True)}
    results = _decide_partners(found | new | held, new, parents, inputs)
    latest = {result.view.key: result.view for result in results if is_written(result)}
    ensure_unconfirmed_partners(uow, {view.parent_key for view in latest.values() if view.parent_key})
    store.update_partners(uow.connection, [partner_row(view) | {"changed_at": uow.now} for view in latest.values()])
    _audit(uow, results)
    return results


def upsert_partner(uow: UnitOfWork, wanted: PartnerInput) -> PartnerView:
    """Write one partner by key. Raises Invalid when its parents would form a loop or too deep a chain."""
    result = upsert_partners(uow, [wanted])[0]
    if result.fault is not None:
        raise Invalid(result.fault.detail, [result.fault])
    return result.view


def _known(reading: Reading, inputs: Sequence[PartnerInput]) -> tuple[dict[str, PartnerView], dict[str, PartnerView]]:
    """The partners of the inputs' keys: those that exist, and those still to be made, of whom only the key is known."""
    keys = sorted({wanted.key for wanted in inputs})
    found = {partner.key: partner for partner in store.partners_by_key(reading.connection, keys)}
    return found, {key: _unconfirmed(key) for key in keys if key not in found}


def _unconfirmed(key: str) -> PartnerView:
    return new_partner(ids.new_id(ids.shard_of_key(key)), key)


def _insert_partners(uow: UnitOfWork, partners: Iterable[PartnerView]) -> None:
    rows = [partner_row(partner) | {"created_at": uow.now, "changed_at": uow.now} for partner in partners]
    store.insert_missing(uow.connection, store.PARTNER, rows)


def partner_row(view: PartnerView) -> dict[str, Any]:
    """The columns of a partner, but for its two instants."""
    return view._asdict() | {"shard": ids.shard_of(view.id), "search_text": search_text(view.name, view.key)}


def _parents(reading: Reading, inputs: Sequence[PartnerInput]) -> dict[str, str]:
    """Key to parent key of everybody above the parents that the inputs name."""
    parents: dict[str, str] = {}
    above = {wanted.parent_key for wanted in inputs if wanted.parent_key}
    for _ in range(FOLLOWED):
        if not above:
            break
        rows = store.parents_by_key(reading.connection, above)
        parents |= {row.key: row.parent_key for row in rows}
        above = {row.parent_key for row in rows if row.parent_key and row.parent_key not in parents}
    return parents


def _decide_partners(
    known: Mapping[str, PartnerView],
    new_keys: Iterable[str],
    parents: Mapping[str, str],
    inputs: Sequence[PartnerInput],
) -> list[Upserted[PartnerView]]:
    """One result for each input, in order; a second input of the same key sees what the first one did."""
    now_known, still_new = dict(known), set(new_keys)
    chains = {key: partner.parent_key for key, partner in known.items()} | dict(parents)
    results = []
    for wanted in inputs:
        before = now_known[wanted.key]
        after = changed_partner(before, wanted)
        fault = _family_fault(after, {**chains, after.key: after.parent_key})
        if fault is not None:
            results.append(Upserted(before, "refused", fault=fault))
            continue
        results.append(outcome_of(before, after, is_new=wanted.key in still_new))
        now_known[after.key], chains[after.key] = after, after.parent_key
        still_new.discard(after.key)
    return results


def _family_fault(partner: PartnerView, parents: Mapping[str, str]) -> Fault | None:
    refusal = refusal_of(partner.key, parents) if partner.parent_key else None
    if refusal == "loop":
        return Fault("/parent_key", gettext("This would make the partner its own parent; name another one."))
    if refusal == "too_deep":
        return Fault("/parent_key", gettext("More than {most} parents stand above it.", most=MAX_DEPTH))
    return None


def _audit(uow: UnitOfWork, results: Sequence[Upserted[PartnerView]]) -> None:
    """One line for a single partner, one for a whole batch: a log that lists 400 lines of one import hides the rest."""
    written = [result for result in results if is_written(result)]
    if len(written) == 1:
        only = written[0]
        uow.audit(f"partner.{only.outcome}", "partner", only.view.key, {"fields": list(only.changes)})
    elif written:
        created = sum(result.outcome == "created" for result in written)
        uow.audit("partners.written", "partner", "", {"created": created, "changed": len(written) - created})
