"""What was decided: per policy, and for the whole call."""

from typing import NamedTuple

from ratelimit.rules.policies import Policy, refuses

Member = str | bytes


class Decision(NamedTuple):
    """One policy's part in a decision, with its state after the call.

    `retry_after_ms` is 0 when the policy admits, the exact wait after which it would admit the
    same charge if nobody else spends, and None when no wait helps (the cost is above the limit).
    `effective_window_ms` is the time in which no more than `remaining` can be counted on; None
    where time says nothing. `charge_id` undoes the charge; it is empty when nothing was spent.
    """

    policy: Policy
    key: str
    admitted: bool
    remaining: int
    used: int
    retry_after_ms: int | None
    effective_window_ms: int | None
    charge_id: str = ""

    @property
    def name(self) -> str:
        """The policy's public name."""
        return self.policy.name

    @property
    def unit(self) -> str:
        """What the policy counts."""
        return self.policy.unit

    @property
    def limit(self) -> int:
        """The most units that can remain."""
        return self.policy.limit


class Outcome(NamedTuple):
    """All policies of one call, in the caller's order: all admit, or none has been spent.

    `unseen` are the asked members that the seen set does not hold; empty for a refused call.
    """

    admitted: bool
    decisions: tuple[Decision, ...]
    now_us: int
    unseen: tuple[Member, ...] = ()

    @property
    def limits(self) -> tuple[Decision, ...]:
        """The decisions of what can refuse: all that a caller is told of."""
        return tuple(decision for decision in self.decisions if refuses(decision.policy))

    @property
    def violated(self) -> tuple[str, ...]:
        """The names of the policies that refuse."""
        return tuple(decision.name for decision in self.decisions if not decision.admitted)

    @property
    def retry_after_ms(self) -> int | None:
        """The wait after which the whole call would pass: 0 if it has, None if it never will."""
        longest = 0
        for decision in self.decisions:
            if decision.retry_after_ms is None:
                return None
            longest = max(longest, decision.retry_after_ms)
        return longest


def whole_ms(micros: int) -> int:
    """Microseconds as milliseconds, rounded up: a wait is never told shorter than it is."""
    return -(-micros // 1000)
