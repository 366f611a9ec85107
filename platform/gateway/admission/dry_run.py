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
from gateway.admission import metering
from gateway.admission.asks import Ask, Decide, Meter, ReadAgain
from gateway.admission.standings import describe
from gateway.admission.steps import steps
from gateway.callers.caller import Caller
from gateway.operations import Operation
from gateway.refusals import PlanLimitReached, QuotaExceeded, ReducedCapacity
from ratelimit.errors import RedisAway
from ratelimit.headers import fields
from ratelimit.protocol.wire import Answer, Plan
from ratelimit.rules import Member, Outcome
from tenants.refusals import ScopeMissing

HEADER: Final = "Tifo-Dry-Run"
META: Final = "HTTP_TIFO_DRY_RUN"
CONTENT_TYPE: Final = "application/vnd.tifo.dry-run+json"
_NOTHING: Final = Outcome(True, (), 0)


@dataclass(frozen=True, slots=True)
class DryRun:
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
            "limits": [describe(self.caller, each) for each in self.outcome.limits],
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


def refused(caller: Caller, problem: TifoError) -> DryRun:
    """A call that no limit would ever have been asked about."""
    return DryRun(caller, _NOTHING, problem)


def decide(
    caller: Caller,
    operation: Operation,
    *,
    now: datetime,
    end_users: Sequence[str] = (),
    route: str = "",
) -> DryRun:
    """What `gateway.admission.steps.admit` would decide; nothing is spent, metered or counted.

    The rules are those of the call itself, which a `_Look` answers.

    Raises:
        RevokedKey and its kin: the caller had to be read anew, and its key opens nothing any more.
        ReducedCapacity: Redis is away; what this process would let pass cannot be foretold.
    """
    look = _Look(caller)
    going = steps(caller, operation, now=now, end_users=end_users, route=route)
    try:
        ask = next(going)
        while True:
            try:
                answer = look.at(ask)
            except Exception as error:  # noqa: BLE001  (the rules say what follows from it)
                ask = going.throw(error)
            else:
                ask = going.send(answer)
    except StopIteration:
        return DryRun(look.caller, look.outcome, None)
    except (ScopeMissing, QuotaExceeded, PlanLimitReached) as problem:
        return DryRun(look.caller, look.outcome, problem)


class _Look:
    """Answers what the rules ask by looking. What it does not know, it leaves undone."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.outcome = _NOTHING

    def at(self, ask: Ask) -> Any:
        match ask:
            case Decide(epoch=None):
                raise RedisAway  # a limit on trial, whose answer nobody hears: left unasked
            case Decide():
                return self._peek(ask)
            case ReadAgain():
                return ask.act()
            case Meter():
                metering.foresee(ask.caller, ask.users, ask.former, ask.now)
        return None

    def _peek(self, ask: Decide) -> "_Foreseen":
        plan = Plan(ask.plan.tag, ask.plan.charges, spend=False)
        try:
            answer = stores.store().decide(plan, epoch=ask.epoch)
        except RedisAway as error:
            raise ReducedCapacity from error
        self.caller, self.outcome = ask.caller, answer.outcome
        return _Foreseen(answer, ask.seen.members if ask.seen else ())


class _Foreseen(Answer):
    """An answer to which nobody was seen before: of each user it is Postgres that tells."""

    def __init__(self, answer: Answer, users: Sequence[Member]) -> None:
        super().__init__(answer.plan, answer.reply, users)
        self._users = tuple(users)

    @property
    def unseen(self) -> tuple[Member, ...]:
        return self._users if self.admitted else ()
