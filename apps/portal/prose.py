"""Markdown of the repository as HTML of the site: links lead to what is served, nothing is inline.

Raw HTML stays text, and neither a style attribute nor a script comes out: the page's policy holds.
"""

import functools
import itertools
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from apps.portal.documents import IMAGES, ROOT, Document, library

# Where a document names one of these as code, the reader can go there.
SERVED: Final = frozenset(
    {"/reference", "/openapi.yaml", "/v1/tiers", "/docs/limits", "/docs/errors"}
)
_foreign = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    anchor: str
    text: str


@dataclass(frozen=True)
class Page:
    """`html` of a whole document, its first heading included; `headings` of the second level."""

    html: str
    headings: tuple[Heading, ...]


@functools.lru_cache(maxsize=256)
def render(document: Document) -> Page:
    """The document as a page. The same text is rendered once a process."""
    reader = _reader()
    tokens = reader.parse(document.text)
    headings = tuple(_headings(tokens))
    _label(tokens)
    for token in tokens:
        _without_style(token)
        if token.children:
            token.children = list(_with_links(token.children, posixpath.dirname(document.file)))
    return Page(reader.renderer.render(tokens, reader.options, {}), headings)


@functools.cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.use(anchors_plugin, max_level=4, permalink=True, permalinkSymbol="#")
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    return reader


def _table_open(renderer: Any, tokens: Sequence[Token], at: int, *_: object) -> str:
    wide = ' class="wide"' if tokens[at].meta.get("columns", 0) > 2 else ""
    return f'<div class="scroll"><table{wide}>\n'  # what is too wide moves alone, not the page


def _table_close(renderer: Any, tokens: Sequence[Token], at: int, *_: object) -> str:
    return "</table></div>\n"


def _label(tokens: Sequence[Token]) -> None:
    """Tell each cell its column's name, for narrow screens that show a row as a list."""
    table, names, at = Token("table_open", "table", 1), [""], 0
    for token, inside in itertools.pairwise(tokens):
        if token.type == "table_open":
            table, names = token, []
        elif token.type == "th_open":
            names.append(_words(inside))
            table.meta["columns"] = len(names)
        elif token.type == "tr_open":
            at = 0
        elif token.type == "td_open":
            token.attrSet("data-label", names[at])
            at += 1


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            yield Heading(str(token.attrGet("id")), _words(inline))


def _words(inline: Token) -> str:
    told = [each for each in inline.children or [] if each.type in ("text", "code_inline")]
    return "".join(each.content for each in told).strip()


def _without_style(token: Token) -> None:
    style = token.attrs.pop("style", None)
    if style:  # an aligned column of a table is all that Markdown has
        token.attrSet("class", str(style).removeprefix("text-align:"))


def _with_links(tokens: Sequence[Token], folder: str) -> Iterator[Token]:
    """The tokens of one paragraph with every link and image leading to what is served."""
    inside = False
    ends = []
    for token in tokens:
        if token.type == "link_open":
            inside = True
            _set_target(token, folder)
            ends.append(token.tag)
        elif token.type == "link_close":
            inside = False
            token.tag = ends.pop()
        elif token.type == "image":
            token.attrSet("src", _image(str(token.attrGet("src")), folder))
            token.attrSet("loading", "lazy")
        if token.type == "code_inline" and token.content in SERVED and not inside:
            yield Token("link_open", "a", 1, attrs={"href": token.content})
            yield token
            yield Token("link_close", "a", -1)
        else:
            yield token


def _set_target(link: Token, folder: str) -> None:
    href = str(link.attrGet("href"))
    if href.startswith("#"):
        if link.attrGet("class") == "header-anchor":
            link.attrSet("aria-label", "Link to this section")
        return
    if _foreign.match(href):
        link.attrSet("rel", "noreferrer")
        return
    path, _, anchor = href.partition("#")
    file = posixpath.normpath(posixpath.join(folder, path))
    served = library().get(file)
    if served:
        link.attrSet("href", f"{served.address}#{anchor}" if anchor else served.address)
    else:  # a file of the repository: named, since nothing here serves it
        link.tag = "span"
        place = posixpath.normpath(posixpath.join("docs", file))
        link.attrs = {"class": "source", "title": f"{place}, in the source"}


def _image(source: str, folder: str) -> str:
    file = posixpath.normpath(posixpath.join(folder, source))
    name = file.removeprefix("images/")
    if name not in IMAGES:
        raise LookupError(f"{file} is not served; name it in apps/portal/documents.py")
    return f"{ROOT}/images/{name}"


def inline(text: str) -> str:
    """One paragraph's worth of Markdown, whose links are addresses of the site."""
    rendered: str = _reader().renderInline(text)
    return rendered
