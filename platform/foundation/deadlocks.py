"""Whoever loses a deadlock tries again: Postgres has undone all of his transaction, and no more."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import OperationalError

LOST: Final = "40P01"  # deadlock_detected
TRIES: Final = 5
Given = ParamSpec("Given")
Made = TypeVar("Made")
logger = logging.getLogger(__name__)


def again_if_lost(act: Callable[Given, Made]) -> Callable[Given, Made]:
    """For what is one transaction and safe to repeat; the fifth loss in a row is raised.

    A deadlock costs a second (`deadlock_timeout`) before it is found, so nobody waits between two
    tries: the winner is done, or holds what the next one then waits for.
    """

    @wraps(act)
    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        for number in range(1, TRIES):
            try:
                return act(*args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) != LOST:
                    raise
                logger.warning("%s lost a deadlock, for the %d. time", act.__qualname__, number)
        return act(*args, **kwargs)

    return tried
