"""A browser's part in the operator's pages: it fills forms in and sends them."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client


def act(client: Client, path: str, action: str, *keys: object) -> Any:
    return client.post(path, {"action": action, "_selected_action": [str(key) for key in keys]})


class Form(HTMLParser):
    """The fields of a page's form and what a browser would send for them as they stand."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = self._area = ""
        self._chosen = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value, kind = given.get("name") or "", given.get("value") or "", given.get("type")
        if tag == "select":
            self._select = "" if "multiple" in given else name
            self._chosen = False
        elif tag == "option" and self._select and ("selected" in given or not self._chosen):
            self.fields[self._select] = value  # the first where none is selected
            self._chosen = True
        elif tag == "input" and name and kind not in {"submit", "checkbox", "radio"}:
            self.fields[name] = value
        elif tag == "input" and name and "checked" in given:
            self.fields[name] = value or "on"
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def form_of(client: Client, path: str) -> dict[str, str]:
    return Form(client.get(path).content.decode()).fields
