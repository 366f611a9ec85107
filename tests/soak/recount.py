"""The count, made again from what the senders know: sets and sums, and no code of ours."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from tests.soak.plan import LARGEST
from tests.soak.sending import Answered, Journal, Whose

Key = tuple[date, str, bool]  # a day, a meter, and whether it came when the month was closed
ZERO: Final = Decimal(0)


@dataclass
class Recount:
    """Of one organisation and mode. `quantities` are by day; users count on their first day.

    `undated` users were first told by a call that went out on one day and was answered on another.
    """

    quantities: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    undated: dict[tuple[date, date], int] = field(default_factory=lambda: defaultdict(int))

    def users(self, month: date, *, late: bool) -> int:
        own = sum(
            many
            for (day, meter, was_late), many in self.quantities.items()
            if meter == "mau" and was_late == late and day.replace(day=1) == month
        )
        between = [many for days, many in self.undated.items() if days[1].replace(day=1) == month]
        return int(own) + (0 if late else sum(between))

    def total(self, meter: str, month: date, *, late: bool) -> Decimal:
        """A month's quantity of a meter that is added up, or of which the largest stands."""
        found = [
            many
            for (day, name, was_late), many in self.quantities.items()
            if name == meter and was_late == late and day.replace(day=1) == month
        ]
        return max(found, default=ZERO) if meter == LARGEST else sum(found, ZERO)


def recount(journal: Journal, whose: Whose) -> Recount:
    """From all events that were answered as taken, each once whatever it was told."""
    found = Recount()
    taken = [each for each in journal.events.get(whose, {}).values() if each.taken]
    assert all(each.late is not None for each in taken)
    for each in taken:
        told, late = each.told, bool(each.late)
        if told.meter != "mau":
            key = (told.time.date(), told.meter, late)
            so_far = found.quantities[key]
            largest = told.meter == LARGEST
            found.quantities[key] = (
                max(so_far, told.quantity) if largest else so_far + told.quantity
            )
    _count_users(found, journal, whose, taken)
    return found


def _count_users(found: Recount, journal: Journal, whose: Whose, taken: Iterable[Answered]) -> None:
    first: dict[bool, dict[tuple[date, str], datetime]] = {False: {}, True: {}}
    for each in taken:
        told = each.told
        if told.user:
            name = told.time.date().replace(day=1), told.user
            seen = first[bool(each.late)]
            seen[name] = min(told.time, seen.get(name, told.time))
    in_time, late = first[False], first[True]
    for user, sight in journal.sights.get(whose, {}).items():
        name = sight.answered.date().replace(day=1), user
        if name in in_time:  # events of the plan were before the first call
            continue
        if sight.sent.date() == sight.answered.date():
            in_time[name] = sight.answered
        else:
            found.undated[sight.sent.date(), sight.answered.date()] += 1
    for was_late, seen in ((False, in_time), (True, late)):
        for name, at in seen.items():
            if not was_late or name not in in_time:
                found.quantities[at.date(), "mau", was_late] += 1


def compare(found: Recount, meter: Mapping[Key, Decimal]) -> list[str]:
    """Where the meter says something else, in words; nothing when they are equal to the unit."""
    ours = {key: many for key, many in found.quantities.items() if many}
    for day, name, _ in [key for key in ours if key[1:] == (LARGEST, True)]:
        # The largest of a day stands, and of the rest is told what was late.
        most = max(ours[day, name, True], ours.get((day, name, False), ZERO))
        ours[day, name, False] = most
    days = {day for pair in found.undated for day in pair}
    wrong = [
        f"{key}: {meter.get(key, ZERO)} were metered, {ours.get(key, ZERO)} were sent"
        for key in sorted({*ours, *meter})
        if ours.get(key, ZERO) != meter.get(key, ZERO) and not (key[1] == "mau" and key[0] in days)
    ]
    if days:
        told = sum(many for key, many in ours.items() if key[0] in days and key[1] == "mau")
        metered = sum(many for key, many in meter.items() if key[0] in days and key[1] == "mau")
        if told + sum(found.undated.values()) != metered:
            wrong.append(f"users of {sorted(days)}: {metered} were metered, not {told} and more")
    return wrong
