"""Commands run by hand find the running platform of their data folder."""

import secrets
from collections.abc import MutableMapping

from tifo.environment import Environment
from tifo.supervisor.folder import SECRETS, DataFolder
from tifo.supervisor.refusals import NothingRuns

NEED_A_DATABASE = frozenset({
    "web", "sockets", "worker", "beat",
    "migrate", "showmigrations", "shell", "dbshell", "createsuperuser", "changepassword",
    "loaddata", "dumpdata", "flush", "create_organisation", "prices",
})  # fmt: skip


def nothing_runs(command: str) -> NothingRuns:
    """What to say of a command that has no database."""
    return NothingRuns(
        f"`tifo {command}` needs the database: start `tifo up` in another terminal (its data"
        f" folder, {DataFolder(Environment().data).path}, must be the same), or set DATABASE_URL"
        " and REDIS_URL."
    )


def attach(command: str, variables: MutableMapping[str, str]) -> None:
    """Adds to `variables` the addresses and secrets that are not given.

    They come from the `tifo up` that runs in the data folder. Without one, a command that needs the
    database raises NothingRuns; any other, on a laptop, gets secrets that live as long as it does.
    """
    environment = Environment()
    folder = DataFolder(environment.data)
    note = folder.note() if folder.in_use() else {}
    for name, url in note.get("urls", {}).items():
        variables[name] = variables.get(name) or url
    if not (environment.database_url or note) and command in NEED_A_DATABASE:
        raise nothing_runs(command)
    if not environment.production:
        kept = folder.secrets() if note else {}
        for name in SECRETS:
            variable = f"TIFO_{name.upper()}"
            variables[variable] = (
                variables.get(variable) or kept.get(name) or secrets.token_urlsafe(48)
            )
