"""The state of a session's flow, as plain values that survive a trip through JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """What the selector may do: nothing, propose, or queue by itself."""

    OFF = "off"
    SUGGEST = "suggest"
    AUTO = "auto"


class By(StrEnum):
    """Whose an entry of the queue is. The selector never touches the artist's."""

    ARTIST = "artist"
    SELECTOR = "selector"


class Kind(StrEnum):
    """Why a track is offered: it is the next one, or the crowd has been down for long."""

    NEXT = "next"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Entry:
    """A track that waits. No track waits twice."""

    track: str
    by: By


@dataclass(frozen=True, slots=True)
class Playing:
    """What the player plays, since when (UNIX seconds), and who had chosen it."""

    track: str
    since: float
    by: By


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the selector would play, for the artist to accept; `after` is what played then."""

    id: str
    track: str
    kind: Kind
    after: str
    at: float
    reasons: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class State:
    """`version` grows with every change, so that who has computed from an older one is found out.

    `vetoes` are tracks with the instant at which their veto ends; `played` those that were
    played, with the instant at which they last began.
    """

    version: int = 0
    mode: Mode = Mode.OFF
    locked: bool = False
    panicked: bool = False
    playing: Playing | None = None
    queue: tuple[Entry, ...] = ()
    proposal: Proposal | None = None
    vetoes: Mapping[str, float] = field(default_factory=dict)
    blacklist: frozenset[str] = frozenset()
    played: Mapping[str, float] = field(default_factory=dict)

    @property
    def listens(self) -> bool:
        """Whether the selector may do anything at all."""
        return self.mode is not Mode.OFF and not self.locked and not self.panicked

    def position(self, track: str) -> int | None:
        """Where the track waits, from 0; None where it does not."""
        return next((at for at, each in enumerate(self.queue) if each.track == track), None)

    def dump(self) -> dict[str, Any]:
        """Plain JSON, equal for equal states."""
        return asdict(self) | {
            "queue": [asdict(each) for each in self.queue],
            "proposal": self.proposal and _dump_proposal(self.proposal),
            "vetoes": dict(sorted(self.vetoes.items())),
            "blacklist": sorted(self.blacklist),
            "played": dict(sorted(self.played.items())),
        }

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "State":
        """What `dump` wrote."""
        playing, proposal = kept["playing"], kept["proposal"]
        return cls(
            version=kept["version"],
            mode=Mode(kept["mode"]),
            locked=kept["locked"],
            panicked=kept["panicked"],
            playing=playing and Playing(**playing | {"by": By(playing["by"])}),
            queue=tuple(Entry(each["track"], By(each["by"])) for each in kept["queue"]),
            proposal=proposal and _load_proposal(proposal),
            vetoes=kept["vetoes"],
            blacklist=frozenset(kept["blacklist"]),
            played=kept["played"],
        )


def _dump_proposal(proposal: Proposal) -> dict[str, Any]:
    return asdict(proposal) | {"reasons": list(proposal.reasons)}


def _load_proposal(kept: Mapping[str, Any]) -> Proposal:
    return Proposal(**{**kept, "kind": Kind(kept["kind"]), "reasons": tuple(kept["reasons"])})
