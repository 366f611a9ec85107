"""What is sent in the soak, and when: made from a seed, so that it is the same each time.

Four months in four stretches, the running one last. In each stretch a month's own events come
shuffled, with some that belong to the month before, whose close falls into the stretch; with
events that were told before, word for word, in the same stretch or an earlier one; and with some
that nobody may count.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

MONTHS: Final = 4
BATCH: Final = 1_000
LATE: Final = 0.25  # of the three later stretches' events: a tenth of all
AGAIN: Final = 0.24  # of what is made; a fifth of all that is sent
UNFIT: Final = 0.002
SUM, LARGEST = "soak_calls", "soak_peak"


class Told(NamedTuple):
    """An event as its sender knows it. `user` is empty where it names none."""

    id: str
    time: datetime
    meter: str
    quantity: Decimal
    user: str

    def body(self) -> dict[str, Any]:
        said: dict[str, Any] = {"id": self.id, "time": self.time.isoformat(), "source": "gate"}
        if self.user:
            said["user"] = self.user
        if self.meter != "mau":
            said |= {"meter": self.meter, "quantity": str(self.quantity)}
        return said


class Unfit(NamedTuple):
    """What must be refused, alone: its body, and the answer that is expected."""

    body: dict[str, Any]
    result: str


@dataclass(frozen=True)
class Team:
    """An organisation of the soak. `users` are those of each of the four months."""

    name: str
    users: Sequence[int]
    pays: bool = True
    test_too: bool = False  # it sends with its test key as well

    @property
    def events(self) -> int:
        return sum(self.users)


@dataclass
class Batch:
    """One call: users by name in the short form, or events; `again` was sent before as it is."""

    team: str
    live: bool
    users: list[str] = field(default_factory=list)
    items: list[Told | Unfit] = field(default_factory=list)
    again: bool = False

    @property
    def size(self) -> int:
        return len(self.users) or len(self.items)

    def body(self) -> dict[str, Any]:
        if self.users:
            return {"end_users": self.users}
        told = [each.body() if isinstance(each, Told) else each.body for each in self.items]
        return {"events": told}


def months_until(now: datetime) -> list[date]:
    """The first days of the running month and of those before it, the oldest first."""
    last = now.year * 12 + now.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(last - MONTHS + 1, last + 1)]


def teams(events: int) -> list[Team]:
    """Organisations for about so many events: one crosses 100,000 users, three 10,000."""
    share = events / 850_000

    def many(users: float) -> int:
        return max(int(users * share), 3)

    small = [
        Team(f"Ground {number}", [many(4_000)] * MONTHS, test_too=number < 2)
        for number in range(12)
    ]
    return [
        Team("Big", [many(8_000), many(16_000), many(30_000), many(112_000)]),
        Team("North", [many(12_000), many(10_500), many(9_000), many(14_000)]),
        Team("South", [many(5_000), many(12_500), many(11_000), many(6_000)]),
        Team("Derby", [many(9_000), many(14_000), many(9_000), many(9_000)]),
        Team("Kerb", [many(6_000), many(6_000), many(12_500), many(3_000)], pays=False),
        *small,
    ]


class Plan:
    """Stretches of batches. What is sent in one may be sent again, or contradicted, in a later."""

    def __init__(self, events: int, now: datetime, seed: int) -> None:
        self.now = now
        self.months = months_until(now)
        self.teams = teams(events)
        self.dice = random.Random(seed)
        self._numbers = itertools.count()
        self._wanted = events
        self._sent: list[Batch] = []
        self.duplicates = self.late = 0

    def stretch(self, at: int) -> list[Batch]:
        """The batches of the stretch of the month number `at`, in the order in which they go."""
        made = [batch for team in self.teams for batch in self._of_team(team, at)]
        replays = self._replays(sum(batch.size for batch in made))
        self._sent += made
        batches = made + replays
        self.dice.shuffle(batches)
        return batches

    def _of_team(self, team: Team, at: int) -> Iterator[Batch]:
        users = [f"{team.name} fan {number}" for number in range(team.users[at])]
        running = at == MONTHS - 1
        if running:  # the short form counts in the month that runs
            yield from self._short(team, users)
            users = users[: len(users) // 4]
        yield from self._items(team, at, users, live=True)
        if team.test_too:
            yield from self._items(team, at, users[: len(users) // 4], live=False)

    def _short(self, team: Team, users: Sequence[str]) -> Iterator[Batch]:
        """Each user once, and a fifth of them a second time."""
        again = self.dice.sample(users, int(len(users) * AGAIN))
        self.duplicates += len(again)
        told = [*users, *again]
        self.dice.shuffle(told)
        for start in range(0, len(told), BATCH):
            yield Batch(team.name, live=True, users=told[start : start + BATCH])

    def _items(self, team: Team, at: int, users: Sequence[str], *, live: bool) -> Iterator[Batch]:
        """Each user's event and one more of whatever meter, some of the month before."""
        told: list[Told | Unfit] = []
        for user in users:
            told.append(self._event(at, "mau", user))
            if self.dice.random() < 0.4:
                meter = self.dice.choice([SUM, SUM, LARGEST])
                told.append(self._event(at, meter, self.dice.choice(["", user])))
        told += [self._unfit() for _ in range(int(len(told) * UNFIT))]
        again = self.dice.sample(told, int(len(told) * AGAIN / 2))
        self.duplicates += len(again)
        told += again
        self.dice.shuffle(told)
        for start in range(0, len(told), BATCH):
            yield Batch(team.name, live=live, items=told[start : start + BATCH])

    def _event(self, at: int, meter: str, user: str) -> Told:
        if at and self.dice.random() < LATE:
            at -= 1
            self.late += 1
        quantity = Decimal(self.dice.randrange(1, 9_000_000)) / 1_000_000
        return Told(
            f"event-{next(self._numbers)}",
            self._moment(self.months[at]),
            meter,
            Decimal(1) if meter == "mau" else quantity,
            user,
        )

    def _moment(self, month: date) -> datetime:
        start = datetime(month.year, month.month, 1, tzinfo=UTC)
        end = min((start + timedelta(days=32)).replace(day=1), self.now)
        return start + timedelta(microseconds=self.dice.randrange((end - start) // MICROSECOND))

    def _unfit(self) -> Unfit:
        said = {"id": f"unfit-{next(self._numbers)}", "source": "gate", "user": "anybody"}
        ahead = (self.now + timedelta(days=1)).isoformat()
        wrong: list[dict[str, Any]] = [
            {"meter": SUM, "quantity": -1},
            {"meter": SUM, "quantity": "NaN"},
            {"meter": "no_such_meter"},
            {"meter": "effects"},
            {"time": ahead},
        ]
        return Unfit(said | self.dice.choice(wrong), "rejected")

    def _replays(self, many: int) -> list[Batch]:
        """Whole calls of earlier stretches once more, and some of their ids in other words."""
        found: list[Batch] = []
        left = int(many * AGAIN / 2)
        earlier = [batch for batch in self._sent if batch.items]
        while earlier and left > 0:
            batch = self.dice.choice(earlier)
            found.append(Batch(batch.team, batch.live, items=list(batch.items), again=True))
            left -= batch.size
            self.duplicates += batch.size
        paying = {team.name for team in self.teams if team.pays}  # all of whose events are taken
        for batch in [each for each in found if each.team in paying][::4]:
            one = next(each for each in batch.items if isinstance(each, Told) and each.user)
            batch.items[-1] = Unfit(one.body() | {"user": "somebody else"}, "conflict")
        return found


MICROSECOND: Final = timedelta(microseconds=1)
