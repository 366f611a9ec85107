"""Item events: each counts once, in whatever order and however often it is told."""

import random
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from metering import queries
from metering.end_users import normal
from metering.hashes import hash_users
from metering.items import Item, Outcome, Reason, Status
from metering.models import ActiveUser, Meter, UsageCount, UsageEvent, UsageMonth
from metering.services import record_active_users, record_events
from tenants.services.organisations import create_organisation
from tests.conftest import Tenant, hold_at

NOW = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)  # October is open
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
CAME = datetime(2026, 3, 15, tzinfo=UTC)
DAY = timedelta(days=1)
ACCEPTED, DUPLICATE = Outcome(Status.ACCEPTED), Outcome(Status.DUPLICATE)
CONFLICT, LATE = Outcome(Status.CONFLICT), Outcome(Status.ACCEPTED, late=True)
NO_ROOM = Outcome(Status.REJECTED, Reason.MAU_LIMIT_REACHED)


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    """Who was there long before the events."""
    tenant.organisation.created_at = CAME
    tenant.organisation.save()
    return tenant


def tell(tenant: Tenant, *items: Item, now: datetime = NOW, key: str = "key_1") -> list[Outcome]:
    return record_events(
        organisation=tenant.organisation,
        livemode=True,
        items=items,
        now=now,
        key_id=key,
        family="account",
    )


def seen(event_id: str, user: str, time: datetime | None = None) -> Item:
    return Item(event_id, "mau", user=user, time=time)


def votes(event_id: str, quantity: int | str = 1, time: datetime | None = None) -> Item:
    return Item(event_id, "votes", quantity=Decimal(quantity), time=time)


def totals(tenant: Tenant, start: date = date(2026, 1, 1)) -> dict[str, Decimal]:
    return queries.totals(
        tenant.organisation, livemode=True, start_day=start, end_day=date(2027, 1, 1)
    )


def days_of_users(tenant: Tenant) -> dict[str, Decimal]:
    used = queries.usage(
        tenant.organisation,
        livemode=True,
        start_day=OCTOBER,
        end_day=date(2026, 12, 1),
        group_by=["day", "key"],
    )
    return {f"{each.day} {each.key_id}": each.quantity for each in used if each.meter == "mau"}


@pytest.fixture
def meters(db: None) -> None:
    for name, aggregation in (("votes", "sum"), ("screens", "max")):
        Meter.objects.get_or_create(
            name=name, aggregation=aggregation, unit="vote", description=name, reported=True
        )


@pytest.mark.usefixtures("meters")
class TestAnItem:
    def test_counts_once_and_its_replay_changes_nothing(self, tenant: Tenant) -> None:
        assert tell(tenant, seen("1", "ana"), votes("2", 3)) == [ACCEPTED, ACCEPTED]
        for later in (timedelta(0), 400 * DAY):
            told = tell(tenant, seen("1", "ana"), votes("2", 3), now=NOW + later)
            assert told == [DUPLICATE, DUPLICATE]
        assert totals(tenant) == {"mau": 1, "votes": 3}

    def test_of_the_same_id_and_another_body_is_a_conflict(self, tenant: Tenant) -> None:
        tell(tenant, votes("1", 3))
        assert tell(tenant, votes("1", 4), votes("2"), votes("2", 5), votes("2")) == [
            CONFLICT,
            ACCEPTED,
            CONFLICT,
            DUPLICATE,
        ]
        assert totals(tenant) == {"votes": 4}

    def test_of_another_source_is_another(self, tenant: Tenant) -> None:
        other = Item("1", "votes", source="/gate/7")
        assert tell(tenant, votes("1"), other) == [ACCEPTED, ACCEPTED]
        assert totals(tenant) == {"votes": 2}

    def test_that_is_rejected_is_not_kept(self, tenant: Tenant) -> None:
        bad = votes("1", -1)
        assert tell(tenant, bad) == [Outcome(Status.REJECTED, Reason.QUANTITY_NEGATIVE)]
        assert tell(tenant, votes("1")) == [ACCEPTED]
        assert totals(tenant) == {"votes": 1}

    def test_counts_in_the_month_of_its_time(self, tenant: Tenant) -> None:
        before = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)
        tell(tenant, seen("1", "ana", before), seen("2", "ana"), votes("3", 2, before))
        months = UsageMonth.objects.order_by("month").values_list("month", "mau")
        assert list(months) == [(OCTOBER, 1), (NOVEMBER, 1)]
        assert totals(tenant, NOVEMBER) == {"mau": 1}

    def test_of_a_month_before_its_organisation_s_first_opens_none(self, tenant: Tenant) -> None:
        first = datetime(2026, 3, 1, tzinfo=UTC)
        told = tell(tenant, seen("1", "ana", first - DAY), seen("2", "ana", first))
        assert told == [Outcome(Status.REJECTED, Reason.TOO_OLD), LATE]
        assert [each.month for each in UsageMonth.objects.all()] == [first.date()]

    def test_of_a_sandbox_is_held_against_its_first_month_too(self, tenant: Tenant) -> None:
        tenant.organisation.clock_ahead_s = int(timedelta(days=90).total_seconds())
        tenant.organisation.sandbox_of = create_organisation(
            name="Parent", email="p@x.example", now=CAME
        )[0]
        there = tenant.organisation.moment(CAME)
        told = tell(tenant, seen("1", "ana", CAME), seen("2", "ana", CAME - 15 * DAY), now=there)
        assert [each.status for each in told] == [Status.ACCEPTED, Status.REJECTED]

    def test_of_a_meter_of_the_largest_lets_the_largest_stand(self, tenant: Tenant) -> None:
        for event_id, quantity in (("1", 4), ("2", 9), ("3", 7)):
            tell(tenant, Item(event_id, "screens", quantity=Decimal(quantity)))
        tell(tenant, Item("4", "screens", quantity=Decimal(5), time=NOW - DAY))
        assert totals(tenant) == {"screens": 9}

    def test_that_names_a_user_makes_the_user_active(self, tenant: Tenant) -> None:
        tell(tenant, Item("1", "votes", user="ana"), seen("2", "ana"))
        assert totals(tenant) == {"mau": 1, "votes": 1}

    def test_of_one_mode_or_organisation_is_no_other_s(
        self, tenant: Tenant, stranger: Tenant
    ) -> None:
        stranger.organisation.created_at = CAME
        assert tell(tenant, votes("1")) == tell(stranger, votes("1")) == [ACCEPTED]
        assert totals(stranger) == {"votes": 1}


@pytest.mark.usefixtures("meters")
class TestALateItem:
    def test_is_kept_and_counted_apart(self, tenant: Tenant) -> None:
        october = NOW - 22 * DAY
        tell(tenant, seen("1", "ana", october), votes("2", 2, october))
        UsageMonth.objects.filter(month=OCTOBER).update(closed_at=NOW)
        told = tell(
            tenant,
            seen("3", "ana", october - DAY),
            seen("4", "bo", october),
            votes("5", 7, october),
        )
        assert told == [LATE, LATE, LATE]
        found = queries.month_quantities([tenant.organisation.pk], livemode=True, month=OCTOBER)
        assert found[tenant.organisation.pk].in_time == {"mau": 1, "votes": 2}
        assert found[tenant.organisation.pk].late == {"mau": 1, "votes": 7}
        assert UsageEvent.objects.filter(late=True).count() == 3

    def test_leaves_the_days_of_users_in_time_as_they_were_closed(self, tenant: Tenant) -> None:
        october = NOW - 22 * DAY
        tell(tenant, seen("1", "ana", october))
        UsageMonth.objects.filter(month=OCTOBER).update(closed_at=NOW)
        tell(tenant, seen("2", "ana", october - DAY))
        assert days_of_users(tenant) == {"2026-10-12 key_1": 1}


@pytest.mark.usefixtures("meters")
class TestTheCap:
    def test_refuses_first_seen_users_one_by_one_and_no_others(self, tenant: Tenant) -> None:
        tell(tenant, seen("1", "ana"))
        items = [
            seen("2", "bo"),
            seen("3", "cy"),
            seen("4", "ana"),
            seen("5", "cy"),
            seen("6", "bo"),
        ]
        hold_at(tenant, 2)
        told = tell(tenant, *items, seen("3", "cy"))
        assert told == [ACCEPTED, NO_ROOM, ACCEPTED, NO_ROOM, ACCEPTED, NO_ROOM]
        hold_at(tenant, 3)
        assert tell(tenant, seen("3", "cy")) == [ACCEPTED]
        assert totals(tenant) == {"mau": 3}


class TestAUser:
    def test_counts_on_the_day_of_the_earliest_event_under_its_key(self, tenant: Tenant) -> None:
        tell(tenant, seen("1", "ana"), key="late_key")
        tell(tenant, seen("2", "ana", NOW - 2 * DAY), key="early_key")
        tell(tenant, seen("3", "ana", NOW - DAY), key="late_key")
        assert days_of_users(tenant) == {"2026-11-01 early_key": 1}
        [ana] = hash_users(tenant.organisation.pk, ["ana"], livemode=True, now=NOW)
        why = queries.why_counted(tenant.organisation, livemode=True, user=ana, period=NOVEMBER)
        assert why is not None
        assert (why.first_seen_at, why.key_id) == (NOW - 2 * DAY, "early_key")

    def test_is_the_same_at_every_door(self, tenant: Tenant) -> None:
        record_active_users(
            organisation=tenant.organisation,
            livemode=True,
            users=hash_users(tenant.organisation.pk, ["ana"], livemode=True, now=NOW),
            now=NOW,
        )
        tell(tenant, seen("1", "ana"))
        assert totals(tenant) == {"mau": 1}

    def test_counted_under_a_former_spelling_counts_no_more(self, tenant: Tenant) -> None:
        former = hash_users(tenant.organisation.pk, ["zoe\u0308"], livemode=True, now=NOW)
        record_active_users(organisation=tenant.organisation, livemode=True, users=former, now=NOW)
        tell(tenant, seen("1", normal("zoe\u0308")), seen("2", "bo"))
        assert totals(tenant) == {"mau": 2}


def recounted(items: Sequence[tuple[str, Item]]) -> dict[str, Decimal]:
    """The days of users by a recount of the events."""
    first: dict[tuple[date, str], tuple[datetime, str]] = {}
    for key, item in items:
        assert item.time is not None
        name = (item.time.date().replace(day=1), item.user)
        first[name] = min(first.get(name, (item.time, key)), (item.time, key))
    found: dict[str, Decimal] = {}
    for time, key in first.values():
        name_of_day = f"{time.date()} {key}"
        found[name_of_day] = found.get(name_of_day, Decimal(0)) + 1
    return found


# Times differ by seconds, so that no two events of a user tie.
STREAMS = st.lists(
    st.tuples(st.sampled_from("pq"), st.sampled_from("abcde"), st.integers(0, 30 * 86_400)),
    min_size=1,
    max_size=30,
    unique_by=lambda told: told[2],
)


@pytest.mark.django_db
@given(told=STREAMS, order=st.randoms(use_true_random=False), size=st.integers(1, 7))
def test_any_order_and_any_repetition_counts_the_same(
    told: list[tuple[str, str, int]], order: random.Random, size: int
) -> None:
    organisation, live, test = create_organisation(name="X", email="x@x.example", now=CAME)
    tenant = Tenant(organisation, live, test)
    events = [
        (key, seen(str(number), user, NOW - timedelta(seconds=ago)))
        for number, (key, user, ago) in enumerate(told)
    ]
    stream = events * 2
    order.shuffle(stream)
    while stream:
        for key in "pq":
            tell(tenant, *[item for each, item in stream[:size] if each == key], key=key)
        stream = stream[size:]
    assert days_of_users(tenant) == recounted(events)
    months = UsageMonth.objects.filter(organisation=organisation)
    for month in months:
        assert ActiveUser.objects.filter(usage_month=month).count() == month.mau
    counted = UsageCount.objects.filter(organisation=organisation, meter="mau")
    assert sum(row.quantity for row in counted) == sum(month.mau for month in months)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("meters")
def test_calls_at_once_with_the_same_events_count_each_once(tenant: Tenant) -> None:
    items = [seen(f"u{number}", f"fan-{number % 40}") for number in range(100)]
    items += [votes(f"v{number}", number, NOW - 30 * DAY) for number in range(100)]
    answers: list[list[Outcome]] = []

    def call(number: int) -> None:
        try:
            mine = random.Random(number).sample(items, len(items))
            answers.append(tell(tenant, *mine))
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = sum(answer.count(ACCEPTED) for answer in answers)
    assert (len(answers), accepted) == (6, len(items))
    assert totals(tenant) == {"mau": 40, "votes": sum(range(100))}
