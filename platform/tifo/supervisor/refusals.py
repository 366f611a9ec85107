"""Why the supervisor would not start: each says what to do about it."""


class Refusal(Exception):
    """The root of them; `exit_code` is what the `tifo` command ends with."""

    exit_code = 1


class FolderTaken(Refusal):
    exit_code = 3


class FolderUnusable(Refusal):
    exit_code = 4


class PortTaken(Refusal):
    exit_code = 5


class PostgresMissing(Refusal):
    exit_code = 6


class PostgresUnusable(Refusal):
    exit_code = 7


class NothingRuns(Refusal):
    """A command needs the database, and neither an address nor a running `tifo up` was found."""

    exit_code = 8


class StartFailed(Refusal):
    """A child did not become ready in its time, or a one-shot child failed."""

    exit_code = 9


class SecretsMissing(Refusal):
    """Production must be given its secrets: every machine needs the same ones."""

    exit_code = 10


class RedisMissing(Refusal):
    exit_code = 11


class NoSuchDevice(Refusal):
    """A worker was to work on what this machine has not."""

    exit_code = 12
