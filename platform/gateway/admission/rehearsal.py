"""A dry run: what would a call be answered? Everything is looked at, and nothing is done or spent.

Asked for by the header `Tifo-Dry-Run: ?1`, a boolean of RFC 9651, at any gated operation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from foundation.errors import Invalid, TifoError
from foundation.http.problems import document
from gateway import stores
from gateway.admission import policies
from gateway.admission.standings import describe, over_cap
from gateway.callers.caller import Caller, Kind
from gateway.operations import Operation
from gateway.refusals import QuotaExceeded, ReducedCapacity
from metering import hashes, queries
from ratelimit.errors import RedisAway
from ratelimit.headers import fields
from ratelimit.rules import Outcome

HEADER: Final = "Tifo-Dry-Run"
META: Final = "HTTP_TIFO_DRY_RUN"
CONTENT_TYPE: Final = "application/vnd.tifo.dry-run+json"
_NOTHING: Final = Outcome(True, (), 0)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the gate would say; `problem` is why it would refuse, None if it would admit."""

    caller: Caller
    outcome: Outcome
    problem: TifoError | None

    @property
    def body(self) -> dict[str, Any]:
        """The answer to a dry run."""
        return {
            "dry_run": True,
            "admitted": self.problem is None,
            "problem": None if self.problem is None else document(self.problem),
            "limits": [describe(self.caller, each) for each in self.outcome.decisions],
        }

    @property
    def headers(self) -> dict[str, str]:
        """The limits as they stand, without Retry-After: the dry run itself was answered."""
        told = {n: v for n, v in fields(self.outcome).items() if n != "Retry-After"}
        return {HEADER: "?1", **told}


def wanted(header: str | None) -> bool:
    """Whether the header asks for a dry run; raises Invalid for anything but a boolean."""
    match header and header.strip():
        case "?1":
            return True
        case None | "?0":
            return False
        case _:
            raise Invalid.field(
                f"/{HEADER}",
                "invalid",
                f"{HEADER} is a boolean of RFC 9651: ?1, or ?0 for the call itself.",
            )


def refused(caller: Caller, problem: TifoError) -> Rehearsal:
    """A call that no limit would ever have been asked about."""
    return Rehearsal(caller, _NOTHING, problem)


def rehearse(
    caller: Caller,
    operation: Operation,
    *,
    now: datetime,
    end_users: Sequence[str] = (),
    route: str = "",
) -> Rehearsal:
    """What `gateway.admission.steps.admit` would decide; nothing is spent, metered or counted.

    Raises:
        ReducedCapacity: Redis is away; what this process would let pass cannot be foretold.
    """
    if caller.kind is Kind.VIEW:
        return Rehearsal(caller, _NOTHING, None)
    users = hashes.hash_users(caller.organisation.pk, end_users, livemode=caller.livemode, now=now)
    end_user = users[0].hex() if len(users) == 1 else ""
    owed = policies.charges(caller, operation.cost, route=route, end_user=end_user)
    try:
        outcome = stores.store().peek(caller.organisation.pk, owed)
    except RedisAway as error:
        raise ReducedCapacity from error
    former = hashes.former_hashes(
        caller.organisation.pk, end_users, livemode=caller.livemode, now=now
    )
    return Rehearsal(caller, outcome, _problem(caller, outcome, users, former, now))


def _problem(
    caller: Caller,
    outcome: Outcome,
    users: Sequence[bytes],
    former: hashes.Former,
    now: datetime,
) -> TifoError | None:
    if not outcome.admitted:
        refusing = [each for each in outcome.decisions if not each.admitted]
        return QuotaExceeded([describe(caller, each) for each in refusing], fields(outcome))
    cap = caller.tier.mau_to
    if cap is None or not users:
        return None
    organisation, livemode = caller.organisation, caller.livemode
    new = queries.uncounted(organisation, livemode=livemode, users=users, now=now, former=former)
    used = queries.active_users(organisation, livemode=livemode, now=now)
    return over_cap(caller, used=used, now=now) if new and used + new > cap else None
