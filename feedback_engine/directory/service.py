"""The directory's write door: everything that changes partners, contacts, ownership, consent, staff and API keys."""

from __future__ import annotations

from feedback_engine.directory.absences import AbsenceInput, end_absence, read_absence, set_absence
from feedback_engine.directory.api_keys import NewApiKey, add_api_key, find_api_key, revoke_api_key
from feedback_engine.directory.changes import Upserted
from feedback_engine.directory.consent import ALL, Cause, family_scope
from feedback_engine.directory.contacts import (
    mark_contact_back,
    mark_contact_left,
    move_contact,
    preview_contacts,
    upsert_contact,
    upsert_contacts,
)
from feedback_engine.directory.inputs import ContactInput, PartnerInput, clean_key, read_contact, read_partner
from feedback_engine.directory.merging import check_merge, merge_partners, undo_merge
from feedback_engine.directory.ownership import assign_owner, assign_owners, check_may_own
from feedback_engine.directory.partners import (
    ensure_unconfirmed_partner,
    ensure_unconfirmed_partners,
    preview_partners,
    upsert_partner,
    upsert_partners,
)
from feedback_engine.directory.passwords import hash_password
from feedback_engine.directory.staffing import (
    StaffChange,
    StaffInput,
    add_staff,
    change_staff,
    check_closable,
    disable_staff,
    enable_staff,
    ensure_team,
    issue_sign_in_link,
    read_staff,
    read_staff_change,
    set_password,
)
from feedback_engine.directory.suppressing import Stop, erase_person, lift_suppression, suppress, suppress_all

__all__ = [
    "ALL",
    "AbsenceInput",
    "Cause",
    "ContactInput",
    "NewApiKey",
    "PartnerInput",
    "StaffChange",
    "StaffInput",
    "Stop",
    "Upserted",
    "add_api_key",
    "add_staff",
    "assign_owner",
    "assign_owners",
    "change_staff",
    "check_closable",
    "check_may_own",
    "check_merge",
    "clean_key",
    "disable_staff",
    "enable_staff",
    "end_absence",
    "ensure_team",
    "ensure_unconfirmed_partner",
    "ensure_unconfirmed_partners",
    "erase_person",
    "family_scope",
    "find_api_key",
    "hash_password",
    "issue_sign_in_link",
    "lift_suppression",
    "mark_contact_back",
    "mark_contact_left",
    "merge_partners",
    "move_contact",
    "preview_contacts",
    "preview_partners",
    "read_absence",
    "read_contact",
    "read_partner",
    "read_staff",
    "read_staff_change",
    "revoke_api_key",
    "set_absence",
    "set_password",
    "suppress",
    "suppress_all",
    "undo_merge",
    "upsert_contact",
    "upsert_contacts",
    "upsert_partner",
    "upsert_partners",
]
