"""Time comes in as an argument; only the edges (views, sockets, tasks) ask what time it is."""

from datetime import UTC, date, datetime, timedelta


def now() -> datetime:
    """The present moment in UTC. Call it at the edge and pass the answer inward."""
    return datetime.now(UTC)


def month(moment: datetime) -> date:
    """The first day of the UTC month that holds `moment`: the billing period's name."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return date(utc.year, utc.month, 1)


def first_instant(day: date | None) -> datetime | None:
    """The first instant of a UTC day; None for none."""
    return None if day is None else datetime.combine(day, datetime.min.time(), UTC)


def next_month(moment: datetime) -> datetime:
    """The first instant after the UTC month that holds `moment`."""
    first = datetime.combine(month(moment), datetime.min.time(), UTC)
    return (first + timedelta(days=32)).replace(day=1)


def month_before(moment: datetime) -> datetime:
    """The first instant of the UTC month before the one that holds `moment`."""
    first = datetime.combine(month(moment), datetime.min.time(), UTC)
    return (first - timedelta(days=1)).replace(day=1)


def billing_period(moment: datetime) -> tuple[datetime, datetime]:
    """The first instants of the UTC month that holds `moment` and of the month after it."""
    return datetime.combine(month(moment), datetime.min.time(), UTC), next_month(moment)


def hour(moment: datetime) -> datetime:
    """The first instant of the UTC hour that holds `moment`."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def microseconds(moment: datetime) -> int:
    """The moment in whole microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
