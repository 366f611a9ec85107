"""Item events: each counted once, whenever and however often it is told, and answered on its own.

All of a batch is one transaction. Locks are taken in one order: months, events, users, counters.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from foundation.clock import month
from metering.items import (
    MOST_ITEMS,
    Item,
    MeterTerms,
    Outcome,
    Reason,
    Status,
    fingerprint,
    refusal,
)
from metering.models import Meter
from metering.services import counters, sightings
from metering.services.counters import Counter
from metering.services.months import How, lock, share
from metering.services.sightings import Sighting
from tenants.models import Organisation

_DUPLICATE = Outcome(Status.DUPLICATE)
_CONFLICT = Outcome(Status.CONFLICT)


class Name(NamedTuple):
    """An event's own."""

    source: str
    event_id: str


@dataclass(frozen=True)
class _Told:
    """An item that may be counted, with its place in the batch."""

    position: int
    item: Item
    time: datetime
    body_hash: bytes

    @property
    def name(self) -> Name:
        return Name(self.item.source, self.item.event_id)

    @property
    def month(self) -> date:
        return month(self.time)


@transaction.atomic
def record_events(
    *,
    organisation: Organisation,
    livemode: bool,
    items: Sequence[Item],
    now: datetime,
    key_id: str,
    family: str,
    operation: str = "POST /v1/usage/events",
) -> list[Outcome]:
    """Count each item that is new and may be counted; returns what became of each, in order.

    `now` is the organisation's own clock's. An item that names a user counts the user in the month
    of its time, too; where the month would have more users than it may, an item of a new one is
    rejected and may be told again. What is told of a month that is closed is kept and counted as
    late; of a month before the organisation was there nothing is taken. At most 1,000 items.
    """
    assert len(items) <= MOST_ITEMS
    batch = _Batch(organisation, livemode, How(operation, key_id, family), now)
    told = batch.judge(items)
    late = batch.hold_months(told)
    kept = batch.keep(told, late)
    kept = batch.count_users(kept, late)
    batch.count_quantities(kept, late)
    return [batch.outcomes[position] for position in range(len(items))]


class _Batch:
    """One call: `outcomes` are known one after the other."""

    def __init__(self, organisation: Organisation, livemode: bool, how: How, now: datetime) -> None:
        self.organisation_id = organisation.pk
        self.since = organisation.created_at
        self.livemode = livemode
        self.how = how
        self.now = now
        self.outcomes: dict[int, Outcome] = {}
        self.repeats: dict[Name, list[int]] = defaultdict(list)
        self.meters = _meters()

    def judge(self, items: Sequence[Item]) -> list[_Told]:
        """The items that are new, as far as can be seen, and may be counted."""
        hashes = [fingerprint(item, settings.KEY_PEPPER) for item in items]
        known = self._known({Name(item.source, item.event_id) for item in items})
        told: list[_Told] = []
        for position, (item, body_hash) in enumerate(zip(items, hashes, strict=True)):
            name = Name(item.source, item.event_id)
            if name in known:
                self.outcomes[position] = _DUPLICATE if known[name] == body_hash else _CONFLICT
                self.repeats[name].append(position)
            elif reason := refusal(item, self.meters, self.now, since=self.since):
                self.outcomes[position] = Outcome(Status.REJECTED, reason)
            else:
                known[name] = body_hash
                told.append(_Told(position, item, item.time or self.now, body_hash))
        return told

    def hold_months(self, told: Iterable[_Told]) -> dict[date, bool]:
        """Which of the items' months are closed: from here on, none is while this goes on.

        A month of which users are counted is held for this call alone. They are held in order.
        """
        with_users = {each.month: False for each in told}
        for each in told:
            with_users[each.month] |= bool(each.item.user)
        return {
            period: lock(self.organisation_id, self.livemode, period, self.how, self.now).late
            if counts_users
            else share(self.organisation_id, self.livemode, period, self.now)
            for period, counts_users in sorted(with_users.items())
        }

    def keep(self, told: Sequence[_Told], late: Mapping[date, bool]) -> list[_Told]:
        """Write the events; those that another call has written meanwhile are answered here."""
        inserted = self._insert(sorted(told, key=lambda each: each.name), late)
        kept = [each for each in told if each.name in inserted]
        missed = [each for each in told if each.name not in inserted]
        known = self._known({each.name for each in missed})
        for each in missed:
            same = known[each.name] == each.body_hash
            self.outcomes[each.position] = _DUPLICATE if same else _CONFLICT
        for each in kept:
            self.outcomes[each.position] = Outcome(Status.ACCEPTED, late=late[each.month])
        return kept

    def count_users(self, kept: Sequence[_Told], late: Mapping[date, bool]) -> list[_Told]:
        """Count the users of the events; what the cap refuses leaves the table, and the answer."""
        refused: list[_Told] = []
        for period in sorted(late):
            seen = [
                (Sighting(each.item.user, each.time), each)
                for each in kept
                if each.month == period and each.item.user
            ]
            if not seen:
                continue
            over = sightings.record(
                organisation_id=self.organisation_id,
                livemode=self.livemode,
                period=period,
                seen=[sighting for sighting, _ in seen],
                how=self.how,
                now=self.now,
            )
            refused += [each for sighting, each in seen if sighting.user in over]
        for each in refused:
            for position in (each.position, *self.repeats[each.name]):
                self.outcomes[position] = Outcome(Status.REJECTED, Reason.MAU_LIMIT_REACHED)
        self._forget([each.name for each in refused])
        gone = {each.position for each in refused}
        return [each for each in kept if each.position not in gone]

    def count_quantities(self, kept: Iterable[_Told], late: Mapping[date, bool]) -> None:
        """Move the counters of the meters that do not count users."""
        added: dict[Counter, Decimal] = defaultdict(Decimal)
        largest: dict[Counter, Decimal] = defaultdict(Decimal)
        for each in kept:
            meter = self.meters[each.item.meter]
            if meter.unique:
                continue
            name = self._counter(each, late)
            if meter.largest:
                largest[name] = max(largest[name], each.item.quantity)
            else:
                added[name] += each.item.quantity
        counters.move(added)
        counters.raise_to(largest)

    def _counter(self, each: _Told, late: Mapping[date, bool]) -> Counter:
        return Counter(
            self.organisation_id,
            self.livemode,
            each.time.astimezone(UTC).date(),
            each.item.meter,
            self.how.key_id,
            self.how.family,
            late[each.month],
        )

    def _known(self, names: Iterable[Name]) -> dict[Name, bytes]:
        columns = _columns(sorted(names), 2)
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [self.organisation_id, self.livemode, *columns])
            return {Name(source, event_id): bytes(found) for source, event_id, found in cursor}

    def _insert(self, told: Sequence[_Told], late: Mapping[date, bool]) -> set[Name]:
        rows = [
            (*each.name, each.body_hash, each.item.meter, each.item.quantity, each.time,
             late[each.month])
            for each in told
        ]  # fmt: skip
        same: list[Any] = [self.organisation_id, self.livemode, self.how.key_id, self.now]
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [*same, *_columns(rows, 7)])
            return {Name(*row) for row in cursor}

    def _forget(self, names: Sequence[Name]) -> None:
        if names:
            with connection.cursor() as cursor:
                columns = _columns(names, 2)
                cursor.execute(_FORGET, [self.organisation_id, self.livemode, *columns])


def _meters() -> dict[str, MeterTerms]:
    unique, largest = Meter.Aggregation.UNIQUE, Meter.Aggregation.MAX
    return {
        meter.name: MeterTerms(
            unique=meter.aggregation == unique,
            largest=meter.aggregation == largest,
            reported=meter.reported,
        )
        for meter in Meter.objects.all()
    }


def _columns(rows: Sequence[tuple[Any, ...]], number: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(number)]


_KNOWN = """
    SELECT source, event_id, body_hash FROM metering_usageevent
    WHERE organisation_id = %s AND livemode = %s
        AND (source, event_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
_KEEP = """
    INSERT INTO metering_usageevent (organisation_id, livemode, key_id, received_at,
        source, event_id, body_hash, meter, quantity, time, late)
    SELECT %s, %s, %s, %s, told.* FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::text[],
        %s::numeric[], %s::timestamptz[], %s::bool[]) AS told
    ON CONFLICT DO NOTHING
    RETURNING source, event_id
"""
_FORGET = """
    DELETE FROM metering_usageevent
    WHERE organisation_id = %s AND livemode = %s
        AND (source, event_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
