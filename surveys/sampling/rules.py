"""Pure. The registry of sampling rules, in the order that names a refusal."""

from __future__ import annotations

from surveys.sampling import (
    account_cap,
    condition,
    contact_frequency,
    erased,
    hold,
    persona,
    quarantine,
    random_share,
    stale,
    suppressed,
)
from surveys.sampling.base import Rule

SAMPLING_RULES: tuple[Rule, ...] = (
    erased.RULE,
    suppressed.RULE,
    stale.RULE,
    condition.RULE,
    persona.RULE,
    hold.RULE,
    random_share.RULE,
    quarantine.RULE,
    contact_frequency.RULE,
    account_cap.RULE,
    # Quota, arbitration and the capacity brake take their places here.
)

RULES_BY_NAME = {rule.name: rule for rule in SAMPLING_RULES}
