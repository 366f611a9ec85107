"""The documents on the running platform: every page, link, anchor and picture that is shown."""

import posixpath
import re
from collections import deque
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

import pytest
from django.test import Client

from apps.portal.documents import FOLDER, IMAGES, Document, by_address, library
from apps.portal.prose import render
from tests.checkout import ROOT

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
START = ("/", "/docs", "/docs/errors", "/docs/limits", "/live", "/reference")
# What is not a page of ours to read: the operator's own and the data of the API.
ELSEWHERE = ("/admin/", "/v1/", "/openapi.yaml")


class Seen(HTMLParser):
    """What a page links to, what it shows, and what it can be linked by."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sources: list[str] = []
        self.anchors: set[str] = set()
        self.styles: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        self.links += [own["href"]] if tag == "a" and "href" in own else []
        self.sources += [own[name] for name in ("src",) if name in own]
        self.sources += [own["href"]] if tag == "link" else []
        self.anchors |= {own["id"]} if "id" in own else set()
        self.styles += [tag] if tag == "style" or "style" in own else []
        self.styles += [tag] if tag == "script" and "src" not in own else []

    def targets(self, origin: str) -> list[tuple[str, str]]:
        """The addresses on this platform that the page links to, each with its anchor."""
        found = [urldefrag(urljoin(origin, link)) for link in self.links]
        return [(address, anchor) for address, anchor in found if address.startswith("/")]


def walk(client: Client) -> dict[str, Seen]:
    """Every page that can be reached; one that does not answer 200 fails."""
    pages: dict[str, Seen] = {}
    waiting = deque(START)
    while waiting:
        address = waiting.popleft()
        if address in pages or address.startswith(ELSEWHERE):
            continue
        answer = client.get(address, headers={"Accept": BROWSER})
        assert answer.status_code == 200, address
        is_page = answer["Content-Type"].startswith("text/html")
        pages[address] = Seen(answer.content.decode() if is_page else "")
        waiting.extend(target for target, _ in pages[address].targets(address))
    return pages


def markdown(text: str) -> str:
    return render(Document("reference/x.md", "/docs/reference/x", "Look up", "X", text)).html


@pytest.mark.django_db
class TestEveryPage:
    def test_that_can_be_reached_is_there_with_all_that_it_names(self, client: Client) -> None:
        pages = walk(client)
        assert {document.address for document in library().values()} <= set(pages)
        for origin, seen in pages.items():
            assert not seen.styles, f"{origin} has inline styles or scripts"
            for target, anchor in seen.targets(origin):
                if target.startswith(ELSEWHERE):
                    assert client.get(target).status_code in (200, 302), (origin, target)
                elif anchor:
                    assert anchor in pages[target].anchors, (origin, target, anchor)
            for source in seen.sources:
                # Static files are the browser's to load: there an error of theirs fails the test.
                assert source.startswith("/static/") or client.get(source).status_code == 200

    @pytest.mark.parametrize("name", sorted(IMAGES))
    def test_shows_pictures(self, client: Client, name: str) -> None:
        shown = client.get(f"/docs/images/{name}")
        assert shown["Content-Type"] == "image/png"
        assert shown.content == (FOLDER / "images" / name).read_bytes()

    def test_is_not_sent_twice(self, client: Client) -> None:
        first = client.get("/docs/tutorial")
        again = client.get("/docs/tutorial", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


class TestADocument:
    def test_of_the_repository_is_served(self) -> None:
        there = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.md")}
        missing = there - set(library())
        assert not missing, f"name them in SECTIONS of apps/portal/documents.py: {sorted(missing)}"
        assert {path.name for path in (FOLDER / "images").iterdir()} == IMAGES

    @pytest.mark.parametrize("file", library())
    def test_has_a_twin_in_markdown_whose_links_work(self, client: Client, file: str) -> None:
        twin = client.get(f"/docs/{file}")
        assert twin["Content-Type"].startswith("text/markdown")
        text = twin.content.decode()
        assert text == (FOLDER / file).read_text()
        for target in re.findall(r"\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)", text):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(file), target))
            assert place in library() or (ROOT / "docs" / place).exists(), target

    def test_keeps_its_address(self) -> None:
        assert library()["README.md"].address == "/docs"
        assert library()["reference/README.md"].address == "/docs/reference"
        assert by_address()["/docs/how-to/operate"].file == "how-to/operate.md"


class TestProse:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("[e](errors.md)", '<a href="/docs/reference/errors">e</a>'),
            ("[e](../reference/errors.md#x)", '<a href="/docs/reference/errors#x">e</a>'),
            ("[t](../tutorial.md)", '<a href="/docs/tutorial">t</a>'),
            ("[r](README.md)", '<a href="/docs/reference">r</a>'),
            ("[here](#x)", '<a href="#x">here</a>'),
            (
                "[w](https://a.example/b.md)",
                '<a href="https://a.example/b.md" rel="noreferrer">w</a>',
            ),
            (
                "[n](../../deploy/nginx.conf)",
                '<span class="source" title="deploy/nginx.conf, in the source">n</span>',
            ),
            ("see `/docs/limits`", '<a href="/docs/limits"><code>/docs/limits</code></a>'),
            (
                "[`/reference`](errors.md)",
                '<a href="/docs/reference/errors"><code>/reference</code></a>',
            ),
            ("![p](../images/live.png)", '<img src="/docs/images/live.png" alt="p" loading="lazy"'),
        ],
    )
    def test_leads_links_to_what_is_served(self, text: str, html: str) -> None:
        assert html in markdown(text)

    @pytest.mark.parametrize(
        "text", ["<script>alert(1)</script>", "a <b onclick=x>b</b>", "[x](javascript:alert(1))"]
    )
    def test_lets_no_html_through(self, text: str) -> None:
        found = Seen(markdown(text))
        assert "<script" not in markdown(text)
        assert "<b " not in markdown(text)
        assert found.links == []

    def test_says_which_picture_is_not_served(self) -> None:
        with pytest.raises(LookupError, match=r"other\.png"):
            markdown("![x](../images/other.png)")

    def test_names_the_column_in_every_cell_of_a_wide_table(self) -> None:
        shown = markdown("| a | `b` | c |\n|---|--:|---|\n| 1 | 2 | 3 |")
        assert '<table class="wide">' in shown
        assert '<td data-label="a">1</td>' in shown
        assert '<td data-label="b" class="right">2</td>' in shown

    def test_leaves_a_narrow_table_as_it_is(self) -> None:
        assert '<div class="scroll"><table>' in markdown("| a | b |\n|---|---|\n| 1 | 2 |")

    def test_lists_its_sections(self) -> None:
        page = render(
            Document("x.md", "/docs/x", "Do", "X", "# X\n\n## `a` and b\n\n### c\n\n## d")
        )
        assert [(each.anchor, each.text) for each in page.headings] == [
            ("a-and-b", "a and b"),
            ("d", "d"),
        ]


class TestWhatIsNotThere:
    @pytest.mark.parametrize(
        "path",
        [
            "/docs/nothing",
            "/docs/nothing.md",
            "/docs/../pyproject.toml",
            "/docs/%2e%2e/%2e%2e/pyproject.toml",
            "/docs/..%2f..%2f..%2fCONTRIBUTING.md",
            "/docs//etc/passwd.md",
            "/docs/images/..%2ftutorial.md",
            "/docs/images/%2e%2e",
            "/docs/errors/no-such-code",
        ],
    )
    def test_is_a_page_for_people_and_a_problem_for_programs(
        self, client: Client, path: str
    ) -> None:
        page = client.get(path, headers={"Accept": BROWSER})
        assert page.status_code == 404
        assert page["Content-Type"].startswith("text/html")
        assert 'href="/docs/tutorial"' in page.content.decode()
        assert "Accept" in page["Vary"]
        problem: Any = client.get(path)
        assert problem.status_code == 404
        assert problem.json()["code"] == "not-found"

    def test_under_v1_is_always_a_problem(self, client: Client) -> None:
        missing = client.get("/v1/nothing", headers={"Accept": BROWSER})
        assert missing["Content-Type"] == "application/problem+json"
