"""Walking a list by cursors shows every row once, and a cursor that is not ours is refused."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_engine.foundation.errors import Invalid
from feedback_engine.foundation.web.paging import cursor_of, encode_cursor, limit_of, page_of

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
PARTS = st.lists(st.one_of(TEXT, st.integers(0, 2**63 - 1), st.none()), min_size=1, max_size=4)


@given(PARTS)
def test_a_cursor_comes_back_as_it_went(parts: list[str | int | None]) -> None:
    assert cursor_of({"cursor": encode_cursor(*parts)}, len(parts)) == tuple(parts)


@given(st.sets(st.integers(0, 500)), st.integers(1, 60))
def test_a_walk_shows_every_row_once(numbers: set[int], limit: int) -> None:
    rows, seen, arguments = sorted(numbers), list[int](), dict[str, str]()
    while True:
        after = cursor_of(arguments, 1)
        read = [row for row in rows if after is None or row > int(str(after[0]))][: limit + 1]
        page = page_of(read, limit, key=lambda row: (row,))
        seen.extend(page.rows)
        if page.next_cursor is None:
            break
        arguments = {"cursor": page.next_cursor}
    assert seen == rows


def test_the_document_of_a_page_is_the_contracts() -> None:
    page = page_of([1, 2, 3], 2, key=lambda row: (row,))
    assert page.document(str) == {"data": ["1", "2"], "next_cursor": encode_cursor(2)}


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "é",
        "a" * 5000,
        urlsafe_b64encode(b"[" * 700).decode(),  # deep
        urlsafe_b64encode(b'{"a":1}').decode(),
        urlsafe_b64encode(b"[[1]]").decode(),
        urlsafe_b64encode(b"[true]").decode(),
        urlsafe_b64encode(b"[1.5]").decode(),
        encode_cursor(2**63),  # more than a database counts to
        encode_cursor(-(2**70)),
        encode_cursor(-1),
        encode_cursor("a\x00"),  # PostgreSQL keeps no such text
        encode_cursor("\ud800"),  # half a character
        urlsafe_b64encode(b"\xff\xfe").decode(),
        encode_cursor(1, 2),  # of another list
    ],
)
def test_a_cursor_that_is_not_ours_is_refused_with_its_pointer(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        cursor_of({"cursor": text}, 1)
    assert [fault.pointer for fault in refusal.value.faults] == ["/cursor"]


@given(st.text(min_size=1))
def test_any_text_is_a_cursor_of_ours_or_refused(text: str) -> None:
    with suppress(Invalid):
        parts = cursor_of({"cursor": text}, 1)
        assert parts is not None
        assert cursor_of({"cursor": encode_cursor(*parts)}, 1) == parts


@pytest.mark.parametrize(("text", "limit"), [("", 50), ("1", 1), ("200", 200), ("000000200", 200)])
def test_a_limit_is_read(text: str, limit: int) -> None:
    assert limit_of({"limit": text} if text else {}) == limit


@pytest.mark.parametrize(
    "text", ["0", "201", "-1", "1.5", "ten", "٣", "9" * 400, " 5", "00000000100000", "0" * 30 + "5", "0" * 5000]
)
def test_a_limit_outside_is_refused_with_its_pointer(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        limit_of({"limit": text})
    assert [fault.pointer for fault in refusal.value.faults] == ["/limit"]
