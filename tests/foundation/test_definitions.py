"""Strict YAML: what is refused, in which line, with what remedy; and that nothing hostile takes long."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BeforeValidator, Field
from ruamel.yaml import YAML

from feedback_engine.foundation.definitions import (
    DefinitionError,
    DefinitionFault,
    Key,
    LocalText,
    ShortText,
    Strict,
    check,
    load,
    load_file,
    parse,
    refusal,
    scan,
)
from feedback_engine.foundation.json_schema import draft7
from feedback_engine.foundation.yaml_positions import MAX_CHARACTERS, MAX_LINE, MAX_VALUES, plain_scalar


class Nps(Strict):
    type: Literal["nps"]
    text: LocalText


class Csat(Strict):
    type: Literal["csat"]
    text: LocalText
    scale: int = Field(default=5, ge=2, le=7)


class Share(Strict):
    rate: float
    by: str | None = None


class Gap(Strict):
    days: int
    on_hit: Literal["refuse", "defer"] = "refuse"


class Rules(Strict):
    share: float | Share = 1.0
    quarantine: Gap | list[Gap] | None = None
    hold: bool = False


class Survey(Strict):
    survey: Key
    name: ShortText
    questions: tuple[Annotated[Nps | Csat, Field(discriminator="type")], ...] = ()
    rules: Rules = Rules()
    limits: dict[Key, int] = Field(default_factory=dict)


HEAD = "survey: a\nname: A\n"


def faults_in(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        parse(Survey, scan(text, name="a.yaml"))
    return [str(fault) for fault in refused.value.definition_faults]


@pytest.mark.parametrize(
    ("text", "line", "says", "remedy"),
    [
        ("a: 1\na: 2", 2, "`a` stands twice; first in line 1", "Keep one"),
        ("a: {b: 1, b: 2}", 1, "`b` stands twice", "Keep one"),
        ("- a\n- !!python/object/apply:os.system [x]", 2, "!!python/object/apply:os.system", "plain value"),
        ("a: !!str 5", 1, "The tag `!!str`", "plain value"),
        ("a: !x 5", 1, "The tag `!x`", "in quotes"),
        ("condition: !event.won", 1, "The tag `!event.won`", "in quotes"),
        ("a: &b 1", 1, "The anchor `&b`", "Delete"),
        ("a: 1\nb: *a", 2, "The alias `*a`", "Write the value out"),
        ("<<: {a: 1}", 1, "The merge key `<<`", "Write the keys out"),
        ("%YAML 1.1\n---\na: 1", 2, "directive", "Delete that line"),
        ("a: 1\n---\nb: 1", 2, "A second document", "one document"),
        ("1: a", 1, "The key `1` is not text", "quotes"),
        ("true: a", 1, "The key `true` is not text", "quotes"),
        ("~: a", 1, "The key `~` is not text", "quotes"),
        ("a: 1\n[b]: c", 2, "where a key should be", "word as key"),
        ("a: .nan", 1, "`.nan` is not a finite number", "quotes"),
        ("a: -.inf", 1, "`-.inf` is not a finite number", "quotes"),
        ("a: 1e999", 1, "`1e999` is not a finite number", "quotes"),
        ("a: 1234567890123456789", 1, "more than 18 digits", "quotes"),
        ('a: 1\nb: "\\0"', 2, "escaped control character", "Delete"),
        ('a: "\\ud800"', 1, "escaped control character", "Delete"),
        ("a: 1\nb: \0", 2, "control character U+0000", "Delete"),
        ("a: x\x1b[31m", 1, "control character U+001B", "Delete"),
        ("a: \u2028", 1, "control character U+2028", "Delete"),
        ("a:\tb\n\tc: 1", 1, "cannot start any token", "spaces, not tabs"),
        ("a: 1\n b: 2", 2, "mapping values are not allowed", "indentation"),
        ("a: 'x\nb: 1", 2, "unexpected end", "Close the quote"),
        ("a: @x", 1, "cannot start any token", "quotes"),
        ('a: "\\UFFFFFFFF"', 0, "not readable YAML", "escapes"),
        ("a: " + "x" * MAX_LINE, 1, "longer than", "Break it"),
        ("a: " + "[" * 300, 1, "brackets", "over lines"),
        ("#" + " x\n" * MAX_CHARACTERS, 0, "larger than", "Split"),
        ("- a\n" * (MAX_VALUES + 1), MAX_VALUES, "more than", "Split"),
        ("[\n" * 100, 65, "deeper than 64 levels", "Flatten"),
        ("".join(" " * level + "a:\n" for level in range(100)), 65, "deeper than 64 levels", "Flatten"),
    ],
)
def test_what_strict_yaml_refuses_has_a_line_and_a_remedy(text: str, line: int, says: str, remedy: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        load(text, name="some.yaml")
    fault = refused.value.definition_faults[-1]
    assert (fault.file, fault.line) == ("some.yaml", line)
    assert says in fault.message
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),  # Norway stays a country
        ("yes", "yes"),  # YAML 1.1 would make it true
        ("off", "off"),
        ("09:00", "09:00"),  # not 540 minutes
        ("2026-01-31", "2026-01-31"),  # dates are read by the model that wants one
        ("039123", "039123"),  # a phone number
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
    ],
)
def test_unquoted_words_mean_what_a_reader_expects(written: str, value: Any) -> None:
    loaded = load(f"key: {written}", name="a")
    assert loaded.value == {"key": value}
    assert type(loaded.value["key"]) is type(value)


def test_quoted_words_are_always_text() -> None:
    assert load("a: '12'\nb: \"true\"\nc: |\n  1\n", name="a").value == {"a": "12", "b": "true", "c": "1\n"}


def test_every_key_and_item_knows_its_line() -> None:
    loaded = load("a: 1\nb:\n  - c: 2\n    d: |\n      long\n      text\n  - e\nf: {g: 3}\n", name="a")
    expected = {("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 0, "c"): 3, ("b", 0, "d"): 4, ("b", 1): 7, ("f", "g"): 8}
    assert {path: loaded.line(path) for path in expected} == expected
    assert loaded.line(("b", 0, "missing", "deeper")) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "nmae: x", "a.yaml:3: Unknown key `nmae`."),
        (HEAD + "questoins: []", "a.yaml:3: Unknown key `questoins`. Did you mean `questions`?"),
        (HEAD + "rules:\n  quarantin: {days: 3}", "4: Unknown key `quarantin` in `rules`. Did you mean `quarantine`?"),
        (HEAD + "rules:\n  quarantine:\n    - day: 3", "5: Unknown key `day` in entry 1 of `quarantine`. Did you"),
        (HEAD + "rules:\n  share: {rat: 1}", "4: Unknown key `rat` in `share`. Did you mean `rate`?"),
        ("name: A", "a.yaml:1: The key `survey` is missing. Add `survey: ...` here."),
        (HEAD + "questions:\n- {type: nps}", "4: The key `text` is missing in entry 1 of `questions`."),
        (HEAD + "questions:\n- type: npss\n  text: a", "4: `type` in entry 1 of `questions` cannot be `npss`. Did you"),
        (HEAD + "questions:\n- text: a", "4: The key `type` is missing in entry 1 of `questions`."),
        (HEAD + "questions:\n- type: csat\n  text: a\n  scale: 9", "6: `scale` must be at most 7, not 9."),
        (HEAD + "questions:\n- type: csat\n  text: a\n  scal: 5", "6: Unknown key `scal` in entry 1 of `questions`"),
        (HEAD + "questions:\n- {type: nps, text: {en: ' '}}", "4: The text for `en` is empty."),
        (HEAD + "questions:\n- {type: nps, text: {english: x}}", "4: `english` is not a language tag."),
        (HEAD + "questions:\n- {type: nps, text: {und: x}}", "4: `und` is not a language that is known."),
        (HEAD + "questions:\n- {type: nps, text: {iw: x}}", "4: `iw` is an old code of a language. Write `he`."),
        (HEAD + "questions:\n- {type: nps, text: {prs: x}}", "4: `prs` is an old code of a language. Write `fa-AF`."),
        (HEAD + "questions:\n- {type: nps, text: [x]}", "4: A text is wanted here"),
        (HEAD + "questions: nps", "3: `questions` should be a list, but is the text `nps`."),
        (HEAD + "rules: {hold: yes}", "3: `hold` is text here. Write `true`, without quotes."),
        (HEAD + "rules: {hold: no}", "3: `hold` is text here. Write `false`, without quotes."),
        (HEAD + "rules: {hold: 1}", "3: `hold` should be `true` or `false`, but is the number 1."),
        (HEAD + "rules: {quarantine: {days: '3'}}", "a whole number, but is the text `3`. Remove the quotes."),
        (HEAD + "rules: {quarantine: {days: true}}", "`days` should be a whole number, but is `true`."),
        (HEAD + "rules: {quarantine: {days: 1.5}}", "`days` should be a whole number, but is the number 1.5."),
        (HEAD + "rules: {quarantine: {days: 1, on_hit: deferr}}", "the text `deferr`. Did you mean `defer`?"),
        (HEAD + "rules: {share: half}", "`share` has the wrong shape: the text `half`."),
        (HEAD + "limits: {Big One: 3}", "`Big One` is not a key: small letters, digits, `_`, `-` and `.`"),
        ("survey: Onboarding Done\nname: A", "Write `onboarding_done`."),
        ("survey: a\nname: 7", "`name` should be text, but is the number 7. Put it in quotes."),
        ("survey: a\nname:", "`name` should be text, but is empty."),
        ("survey: a\nname: ''", "`name` must have at least 1 character."),
        ("", "a.yaml:1: The file is empty."),
        ("- a", "a.yaml:1: The file is not a mapping."),
    ],
)  # fmt: skip
def test_a_model_fault_names_the_line_of_the_key_and_the_remedy(text: str, expected: str) -> None:
    faults = faults_in(text)
    assert any(expected in fault for fault in faults), faults


def test_all_faults_of_a_file_are_told_at_once_in_the_order_of_lines() -> None:
    text = HEAD + "nam: B\nrules:\n  hold: yes\n  quarantine: {days: x}\nname: C\nlimits: {a: !!int 1}\n"
    lines = [int(fault.split(":")[1]) for fault in faults_in(text)]
    assert lines == [3, 5, 6, 7, 8]


def test_faults_carry_json_pointers_for_programs() -> None:
    with pytest.raises(DefinitionError) as refused:
        parse(Survey, load(HEAD + "rules: {quarantine: [{days: 1}, {days: x}]}", name="a"))
    assert [fault.pointer for fault in refused.value.faults] == ["/rules/quarantine/1/days"]


def test_a_part_of_a_file_is_parsed_with_the_lines_of_the_file() -> None:
    loaded = load("top:\n  - days: 3\n  - days: x\n", name="a")
    assert parse(Gap, loaded, ("top", 0)) == Gap(days=3)
    with pytest.raises(DefinitionError, match="a:3: `days` should be a whole number"):
        parse(Gap, loaded, ("top", 1))


def test_a_validator_may_say_its_own_remedy() -> None:
    class Even(Strict):
        n: Annotated[int, Field(ge=0)]

        def model_post_init(self, _context: Any) -> None:
            if self.n % 2:
                raise refusal("{n} is odd.", "Write an even number.")

    with pytest.raises(DefinitionError, match=r"a:1: \{n\} is odd. Write an even number."):
        parse(Even, load("n: 3", name="a"))


def test_a_validator_of_a_whole_model_may_point_at_the_key() -> None:
    class Span(Strict):
        begin: int
        end: int

        def model_post_init(self, _context: Any) -> None:
            if self.end < self.begin:
                raise refusal("It ends before it begins.", "Exchange them.", at="end")

    with pytest.raises(DefinitionError, match=r"a:2: It ends before it begins"):
        parse(Span, load("begin: 3\nend: 1", name="a"))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("at_most: 3", "`at_most` should be a list, but is the number 3."),
        ("at_most: ['3']", "Entry 1 of `at_most` should be a whole number, but is the text `3`."),
        ("at_most: [true]", "Entry 1 of `at_most` should be a whole number, but is `true`."),
        ("days: [{day: yes}]", "`day` is text here. Write `true`"),
        ("days: {day: 1}", "`day` should be `true` or `false`, but is the number 1."),
    ],
)
def test_scalars_are_taken_as_they_stand_behind_shorthands_too(written: str, says: str) -> None:
    """A validator that runs before hands on Python values, where pydantic's own strictness means something else."""

    class Day(Strict):
        day: bool

    def as_list(value: Any) -> Any:
        return [value] if isinstance(value, dict) else value

    class Limits(Strict):
        at_most: tuple[int, ...] = ()
        days: Annotated[tuple[Day, ...], BeforeValidator(as_list)] = ()

    assert parse(Limits, load("days: {day: true}\nat_most: [1]", name="a")).days == (Day(day=True),)
    with pytest.raises(DefinitionError) as refused:
        parse(Limits, load(written, name="a"))
    assert says in refused.value.message


def test_a_wrong_entry_does_not_also_count_as_a_missing_one() -> None:
    class Stages(Strict):
        stages: tuple[Gap, ...] = Field(min_length=1)

    with pytest.raises(DefinitionError) as refused:
        parse(Stages, load("stages: [{days: x}]", name="a"))
    assert len(refused.value.definition_faults) == 1


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_bytes("a: 1\nb: città\n".encode("cp1252"))
    with pytest.raises(
        DefinitionError, match=r"old.yaml:2: The file is not UTF-8 text. Save it with the encoding UTF-8"
    ):
        load_file(path)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: città\r\n".encode())
    assert load_file(path).value == {"a": 1, "b": "città"}


@pytest.mark.parametrize(
    ("texts", "locale", "expected"),
    [
        ({"en": "Hello", "it": "Salve"}, "it", "Salve"),
        ({"en": "Hello", "it": "Salve"}, "it-CH", "Salve"),  # the language of the tag
        ({"en": "Hello", "it": "Salve"}, "it_CH", "Salve"),  # as Babel writes it
        ({"en": "Hello", "pt-BR": "Olá"}, "pt-BR", "Olá"),
        ({"it": "Salve", "de": "Hallo"}, "fr", "Salve"),  # the program's first language
        ({"de": "Hallo", "es": "Hola"}, "fr", "Hallo"),  # any, but always the same
        ("Ciao", "en", "Ciao"),  # a bare text is there for everybody
    ],
)
def test_a_local_text_finds_the_nearest_language(texts: Any, locale: str, expected: str) -> None:
    text = LocalText.model_validate(texts)
    assert text.get(locale, first="it") == expected
    assert text.model_dump() == texts


def test_a_bare_text_stands_for_the_first_language_only() -> None:
    assert LocalText.model_validate("Ciao").missing(["it", "en"]) == ["en"]
    assert LocalText.model_validate({"en": "Hi"}).missing(["it", "en", "de"]) == ["it", "de"]


K = 125_000


@pytest.mark.parametrize(
    "text",
    [
        "- key: value\n  other: 'quoted'\n" * 4000,
        "[1,2,3,4,5,\n" * (K // 12),
        "a: '" + "x\n\n" * (K // 3) + "'",
        "a: |\n" + " x\n" * (K // 3),
        "a: >\n" + "  x\n\n" * (K // 5),
        'a: "' + "\\\n" * (K // 2) + '"',
        "[" * 256,
        "{" * 256,
        ("[" * 60 + "]" * 60 + ",\n") * 1000,
        "{\n" * (K // 2),
        "- " * 2000,
        "? " * 2000,
        "? a\n" * (K // 4),
        "- !" + "%41" * 1300 + "\n",
        ("- &" + "a" * 4000 + " x\n") * 30,
        "%FOO x\n" * (K // 7),
        "---\n" * (K // 4),
        "#\n" * (K // 2),
        "".join(f'"{"a" * 150}{n}": 1\n' for n in range(780)),
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a,*a]\n" for n in range(100)),
    ],
)
def test_no_hostile_file_takes_long(text: str) -> None:
    """The promise is one second; what counts is the work, whoever else the machine works for."""
    began = time.process_time()
    scan(text, name="hostile")
    assert time.process_time() - began < 4


class Two(Strict):
    one: int
    other: int


class Rows(Strict):
    rows: tuple[Two, ...] = Field(min_length=1)


def _of_empty_rows(count: int) -> tuple[list[DefinitionFault], int]:
    """The faults of so many rows, and how many calls finding them took: they are the same on every machine."""
    loaded = scan("rows:\n" + "  - {}\n" * count, name="rows")
    calls = Counter[str]()
    before = sys.getprofile()
    sys.setprofile(lambda _, event, __: calls.update([event]))
    try:
        faults = check(Rows, loaded)[1]
    finally:
        sys.setprofile(before)
    return faults, calls.total()


def test_four_times_the_faults_take_four_times_the_work_and_the_first_of_them_are_listed() -> None:
    _, few = _of_empty_rows(250)
    faults, many = _of_empty_rows(1000)
    assert many < 5 * few
    error = DefinitionError(faults)
    assert (len(error.definition_faults), len(error.faults)) == (2000, 50)
    assert error.message.startswith("2000 faults were found in the definitions.\nrows:2: ")
    assert error.message.endswith("\nAnd 1950 more.")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("abc:-?[]{},&*!|>'\"%@`#~ \n\t\\01x.<")), max_size=80))
@example("? |\n")
@example("a: *\n")
@example("!<")
@example("%TAG !e! tag:e,2000:\n--- !e!x\n")
def test_any_text_is_read_or_refused_but_never_fails(text: str) -> None:
    loaded = scan(text, name="fuzz")
    if loaded.faults:
        assert all(fault.message and fault.remedy for fault in loaded.faults)


_WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff"),
    max_size=20,
)
_NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc-_ ", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=8), _JSON, min_size=1, max_size=4))
def test_json_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    """JSON is YAML, so it is an independent writer whose every value must come back."""
    import orjson

    assert load(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), name="json").value == value


@given(st.from_regex(r"[-+]?([1-9][0-9]{0,11}|0)(\.[0-9]{1,6})?", fullmatch=True))
def test_numbers_agree_with_the_reference_reader(written: str) -> None:
    assert plain_scalar(written) == (YAML(typ="safe", pure=True).load(written), "")


def test_the_json_schema_is_draft_07() -> None:
    schema = draft7(Survey)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    written = str(schema)
    assert "$defs" not in written
    assert "discriminator" not in written
    assert schema["properties"]["rules"]["default"]["hold"] is False
    assert schema["additionalProperties"] is False
