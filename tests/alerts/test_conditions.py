"""The conditions that compare with what was said before, or read what was written: tables, and the laws they keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.conditions import AnswerFacts, Condition, Fired, Needs, PastScore, Scored
from alerts.conditions.word_lists import find_word, parts_of
from alerts.definitions import AlertFile
from alerts.raising.past import scores_as_of
from feedback_engine.foundation.definitions import DefinitionError, load, parse
from surveys.reading import ScoreThen

NOW = datetime(2026, 3, 9, 9, 12, tzinfo=UTC)
ANA, BO, CY, DEE = (UUID(int=number << 8) for number in range(1, 5))


def condition(text: str) -> Condition:
    [rule] = parse(AlertFile, load(f"rules: [{{key: r, name: R, when: {{{text}}}}}]", name="alerts.yaml")).rules
    return rule.when


def facts(score: int | None = 4, *past: PastScore, kind: str = "nps", **others: object) -> AnswerFacts:
    answers = () if score is None else (Scored("q", kind, score),)
    return AnswerFacts("deal.closed", answers, False, at=NOW, contact_id=ANA, past=past, **others)  # type: ignore[arg-type]


def said(score: int, who: UUID = ANA, days_ago: float = 10, kind: str = "nps") -> PastScore:
    return PastScore(who, kind, score, NOW - timedelta(days=days_ago))


def reason(found: Fired | None) -> tuple[str, dict[str, int]] | None:
    return (found.reason, dict(found.numbers)) if found else None


# ---- score_drop


@pytest.mark.parametrize(
    ("setting", "answer", "expected"),
    [
        ("by: 3", facts(6, said(9)), ("score_drop_person", {"score": 6, "before": 9, "by": 3})),  # exactly so much
        ("by: 3", facts(7, said(9)), None),  # not quite
        ("by: 3", facts(9, said(3)), None),  # better
        ("by: 3", facts(4), None),  # nothing was said before
        ("by: 3", facts(None, said(9)), None),  # nothing has a score now
        ("by: 3", facts(4, said(9, BO)), None),  # somebody else said it
        ("by: 3, against: company", facts(4, said(9, BO)), ("score_drop_company", {"score": 4, "before": 9, "by": 3})),
        ("by: 3, against: company", facts(4, said(5, BO, 1), said(9, ANA, 9)), None),  # the company's last was a 5
        ("by: 3", facts(4, said(5, ANA, 1), said(9, ANA, 9)), None),  # only the last one counts
        ("by: 3", facts(4, said(9, kind="csat")), None),  # another kind of score
        ("by: 3", facts(4, said(7, kind="ces"), said(9)), ("score_drop_person", {"score": 4, "before": 9, "by": 3})),
        ("by: 3, question: other", facts(4, said(9)), None),  # another question
    ],
)
def test_a_score_drops_below_the_last_one(
    setting: str, answer: AnswerFacts, expected: tuple[str, dict[str, int]] | None
) -> None:
    assert reason(condition(f"condition: score_drop, {setting}").fires(answer)) == expected


SCORES = st.integers(0, 10)


@given(SCORES, SCORES, st.integers(1, 10), st.lists(st.builds(said, SCORES, st.just(ANA), st.just(30)), max_size=4))
def test_a_drop_depends_on_the_last_score_alone(now: int, before: int, by: int, older: list[PastScore]) -> None:
    rule = condition(f"condition: score_drop, by: {by}")
    found = rule.fires(facts(now, said(before), *older))
    assert (found is not None) == (before - now >= by)
    assert found == rule.fires(facts(now, said(before)))


# ---- several_detractors


THREE = "condition: several_detractors, at_least: 3, within_days: 30"


@pytest.mark.parametrize(
    ("answer", "people"),
    [
        (facts(3, said(2, BO), said(6, CY)), 3),
        (facts(3, said(2, BO), said(6, CY), said(0, DEE)), 4),
        (facts(3, said(2, BO), said(7, CY)), None),  # a passive is no detractor
        (facts(3, said(2, BO), said(1, BO)), None),  # one person twice is one person
        (facts(3, said(2, BO), said(1, ANA)), None),  # whoever answers now is counted already
        (facts(8, said(2, BO), said(6, CY), said(0, DEE)), None),  # this answer is not a low one
        (facts(3, said(2, BO), said(6, CY, 30)), 3),  # the last moment of the window
        (facts(3, said(2, BO), said(6, CY, 30.01)), None),  # too long ago
        (facts(3, said(2, BO), said(4, CY, kind="csat")), None),  # 4 of 5 is not 4 of 10
        (facts(3, said(2, BO), said(9, CY, 1), said(6, CY, 2)), 3),  # they did answer badly
        (facts(None, said(2, BO), said(6, CY), said(0, DEE)), None),
    ],
)
def test_several_people_of_one_company_answer_badly(answer: AnswerFacts, people: int | None) -> None:
    found = condition(THREE).fires(answer)
    assert reason(found) == (people and ("several_detractors", {"people": people, "days": 30, "below": 7}))


PAST = st.lists(
    st.builds(said, SCORES, st.sampled_from([ANA, BO, CY, DEE]), st.integers(0, 60), st.sampled_from(["nps", "ces"]))
)


@given(SCORES, PAST, st.randoms())
def test_who_answered_first_changes_nothing_and_more_bad_news_never_calms(
    now: int, past: list[PastScore], shuffle: object
) -> None:
    rule = condition(THREE)
    found = rule.fires(facts(now, *past))
    shuffled = list(past)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    assert rule.fires(facts(now, *shuffled)) == found
    assert rule.fires(facts(now, *past, *past)) == found  # nobody counts twice
    assert found is None or rule.fires(facts(now, *past, said(0, UUID(int=99 << 8)))) is not None


# ---- comment_mentions


WORDS = "condition: comment_mentions, words: {en: [late, too slow], it: [ritardo, città]}"


@pytest.mark.parametrize(
    ("comment", "language", "word"),
    [
        ("It came LATE again.", "en", 0),
        ("Lately all is well", "en", None),  # whole words only
        ("translate it", "en", None),
        ("It was too  slow!", "en", 1),  # several words in a row, however they are spaced
        ("too. Slow", "en", 1),  # a full stop is no word
        ("slow, too", "en", None),  # not in this order
        ("Un RITARDO", "it", 2),
        ("in citta", "it", 3),  # without the accent
        ("in CITTA\u0300", "it", 3),  # the accent as a sign of its own
        ("Un ritardo", "en", None),  # a word of another language
        ("It came late", "en-GB", 0),  # English is spoken there
        ("It came late", "de", None),  # nobody gave words for it
        ("It came late", "", 0),  # the language is not known, so every list counts
        ("", "en", None),
    ],
)
def test_a_comment_holds_a_word_of_its_language(comment: str, language: str, word: int | None) -> None:
    found = condition(WORDS).fires(facts(comment=comment, language=language))
    assert reason(found) == (None if word is None else ("mentions_word", {"word": word}))


THEMES = """condition: comment_mentions, themes: [
  {key: price, name: {en: prices, it: i prezzi}, words: {en: [expensive, price], it: [caro]}},
  {key: speed, name: {en: speed, it: la velocità}, words: {en: [slow]}}]"""


@pytest.mark.parametrize(
    ("comment", "theme", "name"),
    [("Too expensive", 0, "prices"), ("slow", 1, "speed"), ("slow and a high price", 0, "prices")],
)
def test_a_theme_is_kept_by_its_number_and_told_by_its_name(comment: str, theme: int, name: str) -> None:
    rule = condition(THEMES)
    found = rule.fires(facts(comment=comment, language="en"))
    assert reason(found) == ("mentions_theme", {"theme": theme})
    assert rule.names({"theme": theme}, "en") == {"theme": name}


@given(st.text(max_size=40), st.sampled_from(["late", "too slow"]), st.text(max_size=40))
def test_a_word_between_blanks_is_found_whatever_its_case(before: str, word: str, after: str) -> None:
    lists = {"en": ("late", "too slow")}
    assert find_word(lists, "en", f"{before} {word.upper()} {after}") is not None


@given(st.text(max_size=200))
def test_the_parts_of_a_text_are_those_of_its_parts(text: str) -> None:
    assert parts_of(" ".join(parts_of(text))) == parts_of(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("condition: comment_mentions", "words to look for"),
        ("condition: comment_mentions, words: {}", "words"),
        ("condition: comment_mentions, words: {en: []}", "en"),
        ("condition: comment_mentions, words: {en: ['.*']}", "holds no letter"),  # nobody's pattern is a word
        ("condition: comment_mentions, words: {en: [a b c d e f g]}", "more than 6 words"),
        (f"condition: comment_mentions, words: {{en: [{'x' * 61}]}}", "60"),
        (f"condition: comment_mentions, words: {{en: [{', '.join(f'w{n}' for n in range(101))}]}}", "100"),
        ("condition: comment_mentions, words: {english language: [late]}", "is not a language tag"),
        ("condition: score_drop, by: 0", "at least 1"),
        ("condition: several_detractors, at_least: 1, within_days: 30", "at least 2"),
        ("condition: several_detractors, at_least: 2, within_days: 366", "365"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, says: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        condition(text)
    assert says in str(refused.value)


def test_a_condition_says_what_it_needs() -> None:
    assert condition("condition: score_below, below: 7").needs() == Needs()
    assert condition(WORDS).needs() == Needs(comment=True)
    assert condition(WORDS).needs() | condition(THREE).needs() == Needs(comment=True, past_days=30)


# ---- what stood at an instant


def then(response: int, revision: int, score: int | None, minutes: int, sent_minutes: int | None = None) -> ScoreThen:
    at = NOW + timedelta(minutes=minutes)
    sent_at = at if sent_minutes is None else NOW + timedelta(minutes=sent_minutes)
    return ScoreThen(UUID(int=response), ANA, revision, "nps", score, at, sent_at)


HISTORY = [then(1, 1, 9, -90), then(2, 1, 3, -60), then(2, 2, 8, -60, -30), then(2, 3, 1, -60, 30), then(3, 1, 5, 0)]


@pytest.mark.parametrize(
    ("minutes", "response", "scores"),
    [
        (-90, 1, []),  # nothing came before the first one
        (-45, 9, [3, 9]),  # the change is still to come
        (-30, 9, [8, 9]),  # the change of this very moment counts
        (0, 3, [8, 9]),  # never what is at hand itself
        (20, 9, [5, 8, 9]),
        (40, 9, [5, 1, 9]),
    ],
)
def test_a_score_is_what_it_was_at_that_instant(minutes: int, response: int, scores: list[int]) -> None:
    found = scores_as_of(HISTORY, UUID(int=response), NOW + timedelta(minutes=minutes))
    assert [past.score for past in found] == scores


def test_a_score_that_was_taken_back_is_none() -> None:
    history = [then(1, 1, 9, -60), then(1, 2, None, -60, -30)]
    assert scores_as_of(history, UUID(int=9), NOW) == ()
    assert len(scores_as_of(history, UUID(int=9), NOW - timedelta(minutes=40))) == 1


@given(st.lists(st.integers(-100, 100), max_size=8), st.integers(-100, 100))
def test_what_comes_later_changes_nothing(later: list[int], minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    known = [score for score in HISTORY if score.sent_at <= at]
    more = [replace(then(100 + n, 1, 0, 200), sent_at=at + timedelta(minutes=abs(m) + 1)) for n, m in enumerate(later)]
    assert scores_as_of(HISTORY + more, UUID(int=9), at) == scores_as_of(known, UUID(int=9), at)
