"""Every text of the directory has its Italian."""

from __future__ import annotations

import pytest

from feedback_engine.directory import staffing
from feedback_engine.directory.addresses import deliverable_address
from feedback_engine.directory.web import words
from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.i18n import use_locale


def test_words_are_read_in_the_language_of_the_reader() -> None:
    with use_locale("it"):
        assert words.roles()["program_owner"] == "Responsabile del programma"
        with pytest.raises(Invalid, match="non è un dominio completo"):
            deliverable_address("ana@acme")
        with pytest.raises(Invalid) as refused:
            staffing.read_staff({"email": "ana@acme.example", "role": "boss"})
    assert refused.value.faults[0].detail.startswith("Scegliere uno di questi valori: 'admin'")
