"""What a process loads it keeps to its end: nobody is to look for garbage in it.

Of a process that only loads the platform and ends, that took a third of the time.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Whatever comes to be meanwhile stays, and is left out whenever garbage is looked for.

    The little that is garbage by then stays, too: to look for it would take what this saves.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def end_at_once() -> None:
    """Let the interpreter take nothing apart at its end that is given back with the process."""
    atexit.register(gc.freeze)
