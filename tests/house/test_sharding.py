"""The watch over all tests sees what it should see."""

from __future__ import annotations

import pytest
from sqlalchemy import Delete, Update, delete, tuple_, update

from feedback_engine.foundation.leases import LeaseRow
from feedback_engine.foundation.outbox_rows import Outbox
from feedback_engine.foundation.prepared import Prepared, names_its_shard

OUTBOX = Outbox.__table__  # type: ignore[attr-defined]
LEASE = LeaseRow.__table__  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (delete(OUTBOX), False),  # everything, everywhere
        (update(OUTBOX).where(OUTBOX.c.handler == "h"), False),  # across all shards
        (update(OUTBOX).values(shard=3).where(OUTBOX.c.handler == "h"), False),  # set, not asked
        (update(OUTBOX).where(OUTBOX.c.shard == 3), True),
        (delete(OUTBOX).where(tuple_(OUTBOX.c.shard, OUTBOX.c.id).in_([])), True),  # by whole keys
        (update(LEASE).where(LEASE.c.name == "deciding"), True),  # belongs to no partner
    ],
)
def test_a_change_of_partners_rows_names_its_shard(statement: Update | Delete, expected: bool) -> None:
    assert names_its_shard(statement) is expected


def test_a_change_that_names_no_shard_cannot_be_prepared() -> None:
    with pytest.raises(ValueError, match="names no shard"):
        Prepared(delete(OUTBOX).where(OUTBOX.c.handler == "h"))
