"""Markdown as a page of ours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape


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

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self._region(env) + "<table>"

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        # A corner without words heads nothing.
        return f"<{_tag(tokens[idx + 1], 'th')}{_side(tokens[idx])}>"

    def th_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"</{_tag(tokens[idx - 1], 'th')}>"

    def td_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f"<td{_side(tokens[idx])}>"

    def _scrolling(self, env: Any, inner: str) -> str:
        return f"{self._region(env)}{inner}</div>"

    def _region(self, env: Any) -> str:
        env["regions"] = env.get("regions", 0) + 1
        return f'<div class="scroll" tabindex="0" role="region" aria-label="Example {env["regions"]}">'


def _tag(content: Token, tag: str) -> str:
    return tag if content.content.strip() else "td"


def _side(cell: Token) -> str:
    """The class of a cell whose column stands at the end; our pages allow no style on an element."""
    return ' class="num"' if "right" in str(cell.attrs.get("style", "")) else ""
