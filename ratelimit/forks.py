"""What a forked child must not share with its parent: connections, held tokens, locks."""

import os
from typing import Protocol
from weakref import WeakSet


class Reset(Protocol):
    """Something that a child starts with anew."""

    def reset(self) -> None:
        """Forget, without disturbing the parent, whatever was the parent's."""


_things: WeakSet[Reset] = WeakSet()


def reset_in_children(thing: Reset) -> None:
    """Call `thing.reset()` in every child, for as long as `thing` is used."""
    _things.add(thing)


def _reset_all() -> None:
    for thing in list(_things):
        thing.reset()


os.register_at_fork(after_in_child=_reset_all)
