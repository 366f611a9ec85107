"""What a forked child must not share with its parent: connections, held tokens, locks."""

import os
from typing import Protocol
from weakref import WeakSet


class Renewed(Protocol):
    """Something that a child starts with anew."""

    def renew(self) -> None:
        """Forget, without disturbing the parent, whatever was the parent's."""


_renewed: WeakSet[Renewed] = WeakSet()


def renew_in_children(thing: Renewed) -> None:
    """Call `thing.renew()` in every child, for as long as `thing` is used."""
    _renewed.add(thing)


def _renew_all() -> None:
    for thing in list(_renewed):
        thing.renew()


os.register_at_fork(after_in_child=_renew_all)
