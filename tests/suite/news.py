"""When a change of an organisation is told in the suite."""

from collections.abc import Callable

from django.db import connection, transaction


def told(tell: Callable[[], object]) -> None:
    """After the commit, as on the platform; at once in a test whose transaction never is."""
    blocks = connection.atomic_blocks
    if blocks and getattr(blocks[0], "_from_testcase", False):
        tell()
    else:
        transaction.on_commit(tell)
