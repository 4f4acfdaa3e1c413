"""Pure. What an import found wrong or doubtful, row by row: a reason key, never words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """What a finding means for its row."""

    ROW_REFUSED = "row_refused"
    CONTACT_REFUSED = "contact_refused"
    ROW_LEFT_OUT = "row_left_out"
    DUPLICATE = "duplicate"
    NOTE = "note"


class Reason(StrEnum):
    """Why a finding was made; `EFFECTS` says what follows from it."""

    NO_PARTNER = "no_partner"
    NO_NAME = "no_name"
    TOTAL_ROW = "total_row"
    PARTNER_TOO_LONG = "partner_too_long"
    PARTNER_AMBIGUOUS = "partner_ambiguous"
    PARTNER_UNKNOWN = "partner_unknown"
    ADDRESS_MISSING = "address_missing"
    ADDRESS_WRONG = "address_wrong"
    SEVERAL_ADDRESSES = "several_addresses"
    FORGOTTEN = "forgotten"
    SAME_ADDRESS = "same_address"
    OTHER_SPELLING = "other_spelling"
    ALIKE = "alike"
    SAME_NAME = "same_name"
    OWNER_UNKNOWN = "owner_unknown"
    OWNER_AMBIGUOUS = "owner_ambiguous"
    OWNER_ONLY_LOOKS = "owner_only_looks"
    KIND_UNKNOWN = "kind_unknown"
    COUNTRY_UNKNOWN = "country_unknown"
    LANGUAGE_UNKNOWN = "language_unknown"
    TIME_ZONE_UNKNOWN = "time_zone_unknown"
    PARENT_UNKNOWN = "parent_unknown"
    PARENT_LOOP = "parent_loop"
    TOO_LONG = "too_long"
    DISAGREES = "disagrees"
    CONTACT_LEFT = "contact_left"


_REFUSES_ROW = {
    Reason.NO_PARTNER, Reason.NO_NAME, Reason.PARTNER_TOO_LONG, Reason.PARTNER_AMBIGUOUS, Reason.PARTNER_UNKNOWN,
}  # fmt: skip
_REFUSES_CONTACT = {Reason.ADDRESS_MISSING, Reason.ADDRESS_WRONG, Reason.SEVERAL_ADDRESSES, Reason.FORGOTTEN}
_DUPLICATES = {Reason.SAME_ADDRESS, Reason.OTHER_SPELLING, Reason.ALIKE, Reason.SAME_NAME}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found at one cell: row as the spreadsheet counts, header of the column, what stood there.

    `other` is what it collides with (the value kept, the other spelling), `other_row` where that stands (0: in the
    register), `limit` a length, `detail` what the check of an address said, in words.
    """

    row: int
    column: str
    value: str
    reason: Reason
    other: str = ""
    other_row: int = 0
    limit: int = 0
    detail: str = ""

    @property
    def effect(self) -> Effect:
        """What it means for the row."""
        if self.reason in _REFUSES_ROW:
            return Effect.ROW_REFUSED
        if self.reason in _REFUSES_CONTACT:
            return Effect.CONTACT_REFUSED
        if self.reason is Reason.TOTAL_ROW:
            return Effect.ROW_LEFT_OUT
        return Effect.DUPLICATE if self.reason in _DUPLICATES else Effect.NOTE
