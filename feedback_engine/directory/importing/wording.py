"""Words for an import: the fields a column may fill, and for each finding what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from feedback_engine.directory.importing import vocabulary as words
from feedback_engine.directory.importing.findings import Finding, Reason
from feedback_engine.foundation.i18n import gettext, gettext_noop

_FIELD_WORDS: Mapping[str, str] = {
    words.PARTNER_KEY: gettext_noop("Partner: key"),
    words.PARTNER_NAME: gettext_noop("Partner: name"),
    words.KIND: gettext_noop("Partner: kind"),
    words.TIER: gettext_noop("Partner: tier"),
    words.REGION: gettext_noop("Partner: region"),
    words.COUNTRY: gettext_noop("Partner: country"),
    words.PARTNER_TIME_ZONE: gettext_noop("Partner: time zone"),
    words.PARENT: gettext_noop("Partner: parent company"),
    words.OWNER: gettext_noop("Partner: owner among our staff"),
    words.EMAIL: gettext_noop("Contact: e-mail address"),
    words.CONTACT_NAME: gettext_noop("Contact: full name"),
    words.FIRST_NAME: gettext_noop("Contact: first name"),
    words.LAST_NAME: gettext_noop("Contact: last name"),
    words.ROLE: gettext_noop("Contact: role"),
    words.LANGUAGE: gettext_noop("Contact: language"),
    words.PHONE: gettext_noop("Contact: phone"),
    words.CONTACT_TIME_ZONE: gettext_noop("Contact: time zone"),
    words.ATTRIBUTE: gettext_noop("Keep as an attribute of the partner"),
    words.LEFT_OUT: gettext_noop("Leave out"),
}

_REGISTER_WORDS: Mapping[str, str] = {
    "name": gettext_noop("name"),
    "kind": gettext_noop("kind"),
    "tier": gettext_noop("tier"),
    "region": gettext_noop("region"),
    "country": gettext_noop("country"),
    "time_zone": gettext_noop("time zone"),
    "parent_key": gettext_noop("parent company"),
    "owner": gettext_noop("owner"),
    "state": gettext_noop("state"),
    "role": gettext_noop("role"),
    "language": gettext_noop("language"),
    "phone": gettext_noop("phone"),
}

_VALUE_WORDS: Mapping[str, str] = {
    "channel": gettext_noop("channel"),
    "technology": gettext_noop("technology"),
    "servicing": gettext_noop("servicing"),
    "unknown": gettext_noop("unknown"),
    "confirmed": gettext_noop("confirmed"),
    "unconfirmed": gettext_noop("unconfirmed"),
}


def field_words(field: str) -> str:
    """What a column can be chosen to fill."""
    return gettext(_FIELD_WORDS[field])


def register_words(field: str) -> str:
    """A field of the register in a list of differences; an attribute by its own name."""
    return field.removeprefix("attributes.") if field.startswith("attributes.") else gettext(_REGISTER_WORDS[field])


def value_words(field: str, value: str) -> str:
    """A value of a field of the register: kinds and states in the reader's language, all else as it stands."""
    return gettext(_VALUE_WORDS[value]) if field in ("kind", "state") and value in _VALUE_WORDS else value


def wrong_words(finding: Finding) -> str:
    """What is wrong, in one sentence."""
    return _WRONG[finding.reason](finding)


def remedy_words(finding: Finding) -> str:
    """What to do about it, in one sentence or two."""
    return _REMEDIES[finding.reason](finding)


Words = Callable[[Finding], str]

_WRONG: Mapping[Reason, Words] = {
    Reason.NO_PARTNER: lambda _: gettext("The row names no partner."),
    Reason.NO_NAME: lambda f: gettext("The row gives the key “{key}”, but no partner's name.", key=f.value),
    Reason.TOTAL_ROW: lambda f: gettext("“{text}” looks like a total row.", text=f.value),
    Reason.PARTNER_TOO_LONG: lambda f: gettext("The partner's name or key has more than {n} characters.", n=f.limit),
    Reason.PARTNER_AMBIGUOUS: lambda f: gettext("Several partners are called “{name}”.", name=f.value),
    Reason.PARTNER_UNKNOWN: lambda f: gettext("There is no partner “{name}” in the register.", name=f.value),
    Reason.ADDRESS_MISSING: lambda _: gettext("The contact has no e-mail address."),
    Reason.ADDRESS_WRONG: lambda f: gettext("“{address}” is not an e-mail address.", address=f.value),
    Reason.SEVERAL_ADDRESSES: lambda f: gettext("“{addresses}” are several addresses in one cell.", addresses=f.value),
    Reason.FORGOTTEN: lambda _: gettext("This person asked to be forgotten."),
    Reason.SAME_ADDRESS: lambda f: gettext(
        "{address} stands in row {row} too, at the same partner.", address=f.value, row=f.other_row
    ),
    Reason.OTHER_SPELLING: lambda f: gettext(
        "“{name}” is written “{other}” in row {row}; they are taken as one partner.",
        name=f.value, other=f.other, row=f.other_row,
    ),
    Reason.ALIKE: lambda f: (
        gettext("“{name}” looks like “{other}” in row {row}.", name=f.value, other=f.other, row=f.other_row)
        if f.other_row
        else gettext("“{name}” looks like “{other}” in the register.", name=f.value, other=f.other)
    ),
    Reason.SAME_NAME: lambda f: (
        gettext(
            "“{name}” has the same name as the partner in row {row}, but another key.", name=f.value, row=f.other_row
        )
        if f.other_row
        else gettext("“{name}” has the same name as a partner in the register, but another key.", name=f.value)
    ),
    Reason.OWNER_UNKNOWN: lambda f: gettext("Nobody on our staff is called “{name}”.", name=f.value),
    Reason.OWNER_AMBIGUOUS: lambda f: gettext("“{name}” may be {people}.", name=f.value, people=f.other),
    Reason.OWNER_ONLY_LOOKS: lambda f: gettext("{name} may look, but not own partners.", name=f.other),
    Reason.KIND_UNKNOWN: lambda f: gettext("“{text}” is no kind of partner that we know.", text=f.value),
    Reason.COUNTRY_UNKNOWN: lambda f: gettext("“{text}” is no country that we know.", text=f.value),
    Reason.LANGUAGE_UNKNOWN: lambda f: gettext("“{text}” is no language that we know.", text=f.value),
    Reason.TIME_ZONE_UNKNOWN: lambda f: gettext("“{text}” is no time zone that we know.", text=f.value),
    Reason.PARENT_UNKNOWN: lambda f: gettext("There is no partner “{name}” to be the parent.", name=f.value),
    Reason.PARENT_LOOP: lambda f: gettext(
        "With “{name}” as parent the companies would own each other in a circle, or in too many steps.", name=f.value
    ),
    Reason.TOO_LONG: lambda f: gettext("The text has more than {n} characters.", n=f.limit),
    Reason.DISAGREES: lambda f: gettext(
        "“{text}” here, but “{other}” in row {row} for the same partner.",
        text=f.value, other=f.other, row=f.other_row,
    ),
    Reason.CONTACT_LEFT: lambda f: gettext("{address} is marked as having left.", address=f.value),
}  # fmt: skip

_REMEDIES: Mapping[Reason, Words] = {
    Reason.NO_PARTNER: lambda _: gettext("Write the partner's name into this row, or delete the row."),
    Reason.NO_NAME: lambda _: gettext("Write the partner's name into this row, or delete the row."),
    Reason.TOTAL_ROW: lambda _: gettext(
        "It is left out, and nothing is to be done. If a partner is called so, give it a key or a country."
    ),
    Reason.PARTNER_TOO_LONG: lambda _: gettext("Shorten it; put remarks into a column of their own."),
    Reason.PARTNER_AMBIGUOUS: lambda _: gettext("Add a column with the partner's key, so that we know which one."),
    Reason.PARTNER_UNKNOWN: lambda _: gettext("Correct the name, or import the partner first."),
    Reason.ADDRESS_MISSING: lambda _: gettext("Add the address; without one nobody can be asked."),
    Reason.ADDRESS_WRONG: lambda f: gettext("{why} Correct the cell and import again.", why=f.detail),
    Reason.SEVERAL_ADDRESSES: lambda _: gettext("Keep one; give each further person a row of their own."),
    Reason.FORGOTTEN: lambda _: gettext("Delete the row from the spreadsheet too; nothing of it is stored here."),
    Reason.SAME_ADDRESS: lambda f: gettext("Delete one of the two rows; row {row} counts.", row=f.other_row),
    Reason.OTHER_SPELLING: lambda _: gettext("Write the name alike in all rows. Two partners of one name need keys."),
    Reason.ALIKE: lambda _: gettext("If it is one partner, write the name alike and import again. If not, do nothing."),
    Reason.SAME_NAME: lambda _: gettext("If it is one partner, use one key and import again. If not, do nothing."),
    Reason.OWNER_UNKNOWN: lambda _: gettext("Correct the name, or add this person to the staff, and import again."),
    Reason.OWNER_AMBIGUOUS: lambda _: gettext("Write the person's e-mail address instead of the name."),
    Reason.OWNER_ONLY_LOOKS: lambda _: gettext("Name somebody else, or change their role under Admin."),
    Reason.KIND_UNKNOWN: lambda _: gettext("Write channel, technology or servicing."),
    Reason.COUNTRY_UNKNOWN: lambda _: gettext("Write the country's name or its two letters, such as Italy or IT."),
    Reason.LANGUAGE_UNKNOWN: lambda _: gettext("Write the language's name or its code, such as Italian or it."),
    Reason.TIME_ZONE_UNKNOWN: lambda _: gettext("Write a time zone such as Europe/Rome."),
    Reason.PARENT_UNKNOWN: lambda _: gettext("Write the parent's name as in its own row, or add a row for it."),
    Reason.PARENT_LOOP: lambda _: gettext("Leave the cell empty for the company at the top."),
    Reason.TOO_LONG: lambda _: gettext("Shorten the text and import again."),
    Reason.DISAGREES: lambda f: gettext("Write the right one in both rows; now row {row} counts.", row=f.other_row),
    Reason.CONTACT_LEFT: lambda _: gettext("If they are back, say so on the partner's page."),
}
