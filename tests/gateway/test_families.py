"""What usage is told by: the family of an operation's scope is the tag it has in the document."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from gateway.doors.views import GatedView
from tenants.scopes import SCOPES, family
from tifo.hot import OPERATIONS


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[type[GatedView]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns)
            continue
        view = getattr(each.callback, "view_class", None) or getattr(each.callback, "cls", None)
        if isinstance(view, type) and issubclass(view, GatedView):
            yield view


def test_the_family_of_a_scope_is_the_tag_of_its_operations() -> None:
    found = {
        (operation.scope, view.tag)
        for view in views(get_resolver().url_patterns)
        for operation in view.operations.values()
    }
    assert len(found) > 10
    assert {(scope, family(scope)) for scope, _ in found} == found


def test_every_scope_has_a_family() -> None:
    assert {family(scope) for scope in SCOPES} == {
        "account",
        "avsync",
        "billing",
        "live_audio_feedback",
        "live_room",
        "noucamp",
    }
    assert all(family(each.operation.scope) for each in OPERATIONS)
