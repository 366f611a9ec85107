"""Why a file on the web is not fetched: stable codes and plain facts."""

from enum import StrEnum

from modelfiles.errors import shown


class Code(StrEnum):
    """The stable reason; docs/reference/model-caps.md explains each."""

    BAD_URL = "url_malformed"
    SCHEME = "url_scheme"
    CREDENTIALS = "url_credentials"
    PORT = "url_port"

    UNRESOLVED = "host_unresolved"
    NOT_PUBLIC = "host_not_public"
    UNREACHABLE = "host_unreachable"
    TLS = "host_tls"
    TIMEOUT = "host_timeout"

    REDIRECTS = "too_many_redirects"
    STATUS = "unexpected_status"
    NO_RANGES = "no_ranges"
    BAD_ANSWER = "answer_malformed"
    CHANGED = "file_changed"
    TOO_LARGE = "file_too_large"
    CUT_OFF = "file_cut_off"
    BUDGET = "read_budget"
    DIGEST = "digest_mismatch"


class RemoteRefused(Exception):
    """The root: `code` is stable, `facts` are numbers and short printable strings.

    `is_passing` tells whether the same address may do later.
    """

    def __init__(self, code: Code, **facts: int | str) -> None:
        self.code = code
        self.facts = {k: shown(v) if isinstance(v, str) else v for k, v in facts.items()}
        told = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        super().__init__(f"{code}: {told}" if told else str(code))

    @property
    def is_passing(self) -> bool:
        """Whether a later try may end otherwise although nobody has changed anything."""
        return self.code in (Code.UNRESOLVED, Code.UNREACHABLE, Code.TIMEOUT, Code.CUT_OFF)
