"""Pure. Fires when what somebody wrote holds one of the program's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from alerts.conditions.base import AnswerFacts, Condition, Fired, Needs
from alerts.conditions.settings import Setting
from alerts.conditions.word_lists import WordLists, all_words, find_word
from feedback_engine.foundation.definitions import Key, LocalLine, Strict, refusal
from feedback_engine.foundation.i18n import gettext_noop

MOST_THEMES = 20


class WordTheme(Strict):
    """Words that mean one matter, under a name: a comment about any of them is about the theme."""

    key: Key
    name: LocalLine
    words: WordLists


class CommentMentions(Condition):
    """`{condition: comment_mentions, words: {en: [late, too slow], it: [ritardo]}}`: whole words of its language.

    `themes` group words under a key and a name. Of what was written, only the index of the word or theme is kept.
    """

    said: ClassVar[str] = gettext_noop("a comment holds certain words")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "words",
            gettext_noop("words"),
            "words",
            gettext_noop("One on each line; up to six words in a row are one. Themes, with names, go into the file."),
        ),
    )
    incomplete: ClassVar[tuple[str, str]] = ("words", gettext_noop("Write at least one word, in any language."))

    condition: Literal["comment_mentions"]
    words: WordLists | None = None
    themes: tuple[WordTheme, ...] = Field(default=(), max_length=MOST_THEMES)

    @model_validator(mode="after")
    def _says_something(self) -> CommentMentions:
        if self.words is None and not self.themes:
            raise refusal("The condition needs words to look for.", "Give words, themes or both.")
        keys = [theme.key for theme in self.themes]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise refusal(f"The theme `{twice}` stands twice.", "Join them.", at="themes")
        return self

    def fires(self, facts: AnswerFacts) -> Fired | None:
        if not facts.comment:
            return None
        word = find_word(self.words or {}, facts.language, facts.comment)
        if word is not None:
            return Fired("mentions_word", {"word": word})
        for number, theme in enumerate(self.themes):
            if find_word(theme.words, facts.language, facts.comment) is not None:
                return Fired("mentions_theme", {"theme": number})
        return None

    def needs(self) -> Needs:
        return Needs(comment=True)

    def names(self, numbers: Mapping[str, float], locale: str) -> Mapping[str, str]:
        if "theme" in numbers:
            return {"theme": self.themes[int(numbers["theme"])].name.get(locale)}
        return {"word": all_words(self.words or {})[int(numbers["word"])][1]}
