"""What the rules of admission ask of whoever drives them: a decision, or a piece of work.

Every look and every deed of an admission is one of these, so that a driver can look without doing.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from gateway.admission import metering, refunds, refusal_log
from gateway.callers import authentication
from gateway.callers.caller import Caller
from gateway.models import RefusalCount
from gateway.outages import degraded
from metering.hashes import Former
from ratelimit.errors import RedisAway
from ratelimit.protocol.wire import Epoch, Plan, Seen
from ratelimit.rules import Outcome


class Decide(NamedTuple):
    """Asks for one decision over a plan; answered with an Answer, or StaleEpoch or RedisAway.

    A plan that is only tried has no epoch.
    """

    caller: Caller
    plan: Plan
    seen: Seen | None
    epoch: Epoch | None


class ReadAgain(NamedTuple):
    """Asks for the caller as Postgres tells it now; see `authentication.again`."""

    caller: Caller
    now: datetime

    def act(self) -> Caller:
        return authentication.again(self.caller, now=self.now)


class Meter(NamedTuple):
    """Asks that users be counted; see `metering.meter`."""

    caller: Caller
    users: Sequence[bytes]
    former: Former
    now: datetime
    route: str = ""
    family: str = ""

    def act(self) -> None:
        metering.meter(
            self.caller,
            self.users,
            self.former,
            self.now,
            operation=self.route,
            family=self.family,
        )


class Refund(NamedTuple):
    """Asks to undo what a call spent that the cap on users refused; its request was answered."""

    caller: Caller
    outcome: Outcome

    def act(self) -> None:
        with suppress(RedisAway):  # Limits forget by themselves what was spent.
            refunds.refund(self.caller.organisation.pk, refunds.receipts(self.outcome))


class Settle(NamedTuple):
    """Asks that what was spent without Redis be charged to it."""

    def act(self) -> None:
        degraded.settle()


class Note(NamedTuple):
    """Asks that a decision be counted for the analytics; costs no I/O."""

    kind: RefusalCount.Kind
    caller: Caller
    policy: str
    now: datetime
    route: str = ""
    end_user: str = ""

    def act(self) -> None:
        refusal_log.note(
            self.kind,
            organisation_id=self.caller.organisation.pk,
            livemode=self.caller.livemode,
            policy=self.policy,
            key_id=self.caller.credential_id,
            end_user=self.end_user,
            route=self.route,
            now=self.now,
        )


Work = ReadAgain | Meter | Refund | Settle
"""What may block."""

Ask = Decide | Work | Note
