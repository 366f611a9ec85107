"""Why a file on the web is not fetched: stable codes and plain facts."""

from enum import StrEnum
from typing import Final

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


_SAID: Final = {
    Code.BAD_URL: "The address is no URL in printable ASCII.",
    Code.SCHEME: "The address, or where it moved to, is of a scheme that is not asked.",
    Code.CREDENTIALS: "The address holds a name or password, which is never sent.",
    Code.PORT: "The address names a port that may not be asked for.",
    Code.UNRESOLVED: "The host's name leads nowhere.",
    Code.NOT_PUBLIC: "The host has an address that is not public.",
    Code.UNREACHABLE: "The host takes no connection.",
    Code.TLS: "The host's certificate does not prove its name.",
    Code.TIMEOUT: "The host took too long to answer.",
    Code.REDIRECTS: "The address moved too often.",
    Code.STATUS: "The host answered with another status than a file's.",
    Code.NO_RANGES: "The host sends the whole file where a part was asked for.",
    Code.BAD_ANSWER: "The host's answer contradicts itself or what was asked for.",
    Code.CHANGED: "The file is not the one that was measured.",
    Code.TOO_LARGE: "The file has more bytes than are taken.",
    Code.CUT_OFF: "The connection ended before the file did.",
    Code.BUDGET: "Measuring the file takes more requests or bytes than it may.",
    Code.DIGEST: "The file has another SHA-256 than was given.",
}

_LATER: Final = "Ask again later, or upload the file instead."
_DO: Final = {
    Code.BAD_URL: "Write other letters as Punycode and percent signs.",
    Code.SCHEME: "Name an address that begins with https://.",
    Code.CREDENTIALS: "Name one without, or upload the file instead.",
    Code.PORT: "Name one on port 443 or 8443, or ask the operator for this one.",
    Code.UNRESOLVED: "Check the name, or ask again later.",
    Code.NOT_PUBLIC: "Name a public host, or upload the file instead.",
    Code.REDIRECTS: "Name the address at which the file is.",
    Code.STATUS: "Check that the address gives the file to whoever asks.",
    Code.NO_RANGES: "Name a host that serves ranges, or upload the file instead.",
    Code.CHANGED: "Ask again, once it changes no more.",
    Code.TOO_LARGE: "Take a smaller model, or ask the operator for more.",
    Code.BUDGET: "Upload the file instead.",
    Code.DIGEST: "Check the address and the SHA-256: one of them is of another file.",
}


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
    def said(self) -> str:
        """The reason as a sentence."""
        return _SAID[self.code]

    @property
    def advice(self) -> str:
        """What whoever named the address does about it, as a sentence."""
        return _DO.get(self.code, _LATER)

    @property
    def is_passing(self) -> bool:
        """Whether a later try may end otherwise although nobody has changed anything."""
        return self.code in (Code.UNRESOLVED, Code.UNREACHABLE, Code.TIMEOUT, Code.CUT_OFF)
