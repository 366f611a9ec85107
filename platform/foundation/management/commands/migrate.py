"""Django's `migrate`, which holds up nobody who uses the database meanwhile."""

from typing import Any, Final

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from foundation.management.locks import LockNotHad, Patience

LOCK_S: Final = 2.0
TRIES: Final = 25  # six minutes, with the pauses in between


class Command(migrate.Command):
    """Gives up on a lock that somebody holds for long, and tries again. 1 if it is never free."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout",
            type=float,
            default=LOCK_S,
            metavar="SECONDS",
            help=f"how long others may wait behind a lock that is not to be had ({LOCK_S:g})",
        )
        parser.add_argument(
            "--lock-tries",
            type=int,
            default=TRIES,
            metavar="TIMES",
            help=f"how often each lock is tried ({TRIES})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lock_s, tries = options["lock_timeout"], options["lock_tries"]
        if lock_s < 0.001 or tries < 1:
            raise CommandError("A lock is tried once at least, for a thousandth of a second.")
        connection = connections[options["database"]]
        patience = Patience(connection, lock_s=lock_s, tries=tries, say=self.stderr.write)
        try:
            with patience.limited():
                patience.again(lambda: super(Command, self).handle(*args, **options))
        except LockNotHad as stuck:
            raise CommandError(_said(stuck, tries), returncode=1) from stuck


def _said(stuck: LockNotHad, tries: int) -> str:
    said = f"The database is not up to date: a lock was not to be had in {tries} tries."
    for each in stuck.blockers:
        said += f"\nIn the way is {each}"
    if stuck.blockers:
        pid = stuck.blockers[0].pid
        said += (
            f"\nWait until that has ended, or end it (SELECT pg_terminate_backend({pid})), and "
            "migrate again: what was done is not done twice, and what was not done is as it was."
        )
    return said
