"""Markdown as a page of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

_DOCUMENT = re.compile(r"([\w-]+)\.md")
"""Another document, as one names it."""
_SHORT = 28
_SIGN = re.compile(r"(?<=\d) (?=[%µ])")
_JOINT = re.compile(r"[_=/.](?=\w)")
_WHOLE = ' class="whole"'


def as_html(text: str) -> Markup:
    """Markdown as a page of ours: HTML in it stays text, and wide parts scroll by themselves."""
    return Markup(_markdown().render(text, {}))  # the reader escapes everything, HTML in the text as well


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")


class _Renderer(RendererHTML):
    """HTML with the parts of our pages. Whatever may scroll has a name and can be reached by keys."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._scrolling(env, f"<pre><code>{escape(tokens[idx].content)}</code></pre>")

    code_block = fence

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        # A figure and its sign stay on one line.
        return _SIGN.sub("\u00a0", super().text(tokens, idx, options, env))

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        content = tokens[idx].content
        if len(content) <= _SHORT:
            return f"<code{_WHOLE}>{escape(content)}</code>"
        return f"<code>{' '.join(map(_word, content.split(' ')))}</code>"

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        found = _DOCUMENT.fullmatch(str(tokens[idx].attrs["href"]))
        if found is not None:
            tokens[idx].attrs["href"] = found[1]  # documents stand beside each other
        return self.renderToken(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["heads"] = []
        return self._region(env) + '<table class="stacked">'

    def tr_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["column"] = 0
        return self.renderToken(tokens, idx, options, env)

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        env["heads"].append("".join(each.content for each in tokens[idx + 1].children or ()).strip())
        # A corner without words heads nothing.
        return f"<{_tag(tokens[idx + 1], 'th')}{_side(tokens[idx])}>"

    def th_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"</{_tag(tokens[idx - 1], 'th')}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        head = env["heads"][env["column"]]
        env["column"] += 1
        return f"<td{_side(tokens[idx])}" + (f' data-label="{escape(head)}">' if head else ">")

    def _scrolling(self, env: Any, inner: str) -> str:
        return f"{self._region(env)}{inner}</div>"

    def _region(self, env: Any) -> str:
        env["regions"] = env.get("regions", 0) + 1
        return f'<div class="scroll" tabindex="0" role="region" aria-label="Example {env["regions"]}">'


def _word(word: str) -> str:
    """A word of a command: what is short enough for a phone is not parted at its hyphens, the rest behind a joint."""
    if len(word) <= _SHORT:
        return f"<span{_WHOLE}>{escape(word)}</span>" if "-" in word else str(escape(word))
    return _JOINT.sub(r"\g<0><wbr>", str(escape(word)))


def _tag(content: Token, tag: str) -> str:
    return tag if content.content.strip() else "td"


def _side(cell: Token) -> str:
    """The class of a cell whose column stands at the end; our pages allow no style on an element."""
    return ' class="num"' if "right" in str(cell.attrs.get("style", "")) else ""
