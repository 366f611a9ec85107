"""What a process keeps of the callers it has seen, and when it relies on that no more."""

from datetime import datetime, timedelta

import pytest

from gateway.callers.caller import Caller, Kind
from gateway.callers.credentials import LIFETIME, STALE, Credentials
from tenants.models import Organisation, TierVersion

TOKEN = "tifo_live_" + "a" * 36


@pytest.fixture
def kept() -> Credentials:
    return Credentials()


def caller(organisation: str = "org_1", epoch: int = 3) -> Caller:
    return Caller(
        Kind.KEY,
        Organisation(id=organisation),
        True,
        frozenset(),
        "key_1",
        TierVersion(),
        {},
        epoch=epoch,
    )


def test_knows_a_caller_for_some_seconds(kept: Credentials, moment: datetime) -> None:
    known = caller()
    kept.keep(TOKEN, known, now=moment, until=None)
    assert kept.known(TOKEN, moment) is known
    assert kept.known(TOKEN, moment + LIFETIME * 0.79) is known
    assert kept.known(TOKEN, moment + LIFETIME) is None
    assert kept.known(TOKEN + "b", moment) is None


def test_knows_no_caller_past_the_end_of_its_key(kept: Credentials, moment: datetime) -> None:
    end = moment + timedelta(seconds=1)
    kept.keep(TOKEN, caller(), now=moment, until=end)
    assert kept.known(TOKEN, end - timedelta(microseconds=1))
    assert kept.known(TOKEN, end) is None
    assert kept.stale(TOKEN, end) is None


def test_a_change_of_the_organisation_ends_what_was_read_before_it(
    kept: Credentials, moment: datetime
) -> None:
    kept.keep(TOKEN, caller(epoch=3), now=moment, until=None)
    kept.outdate("org_2", 9)
    kept.outdate("org_1", 3)
    assert kept.known(TOKEN, moment)
    kept.outdate("org_1", 4)
    kept.outdate("org_1", 2)  # news that comes late takes nothing back
    assert kept.known(TOKEN, moment) is None
    assert kept.stale(TOKEN, moment) is None
    kept.keep(TOKEN, caller(epoch=4), now=moment, until=None)
    assert kept.known(TOKEN, moment)


def test_what_was_read_before_news_were_missed_is_known_no_more_but_may_be_stale(
    kept: Credentials, moment: datetime
) -> None:
    kept.keep(TOKEN, caller(), now=moment, until=None)
    kept.clear()
    assert kept.known(TOKEN, moment) is None
    assert kept.stale(TOKEN, moment + STALE * 0.99)
    assert kept.stale(TOKEN, moment + STALE) is None


def test_what_was_being_read_while_news_were_missed_is_not_relied_upon(
    kept: Credentials, moment: datetime
) -> None:
    generation = kept.generation
    kept.clear()
    kept.keep(TOKEN, caller(), now=moment, until=None, generation=generation)
    assert kept.known(TOKEN, moment) is None


def test_stays_bounded_and_forgets_the_oldest_first(moment: datetime) -> None:
    kept = Credentials(most=10)
    for number in range(100):
        kept.keep(f"{TOKEN}{number}", caller(), now=moment, until=None)
    known = [number for number in range(100) if kept.known(f"{TOKEN}{number}", moment)]
    assert 5 <= len(known) <= 10
    assert known[-1] == 99
    assert known == list(range(known[0], 100))


def test_remembers_a_bounded_number_of_credentials_that_are_nobodys(moment: datetime) -> None:
    kept = Credentials(most=40)
    for number in range(100):
        kept.mark_unknown(f"{TOKEN}{number}", moment)
    known = [number for number in range(100) if kept.unknown(f"{TOKEN}{number}", moment)]
    assert known == list(range(100 - len(known), 100))
    assert 1 <= len(known) <= 4


def test_a_flood_of_changes_forgets_too_much_rather_than_too_little(moment: datetime) -> None:
    kept = Credentials(most=4)
    kept.keep(TOKEN, caller("org_1", epoch=1), now=moment, until=None)
    kept.outdate("org_1", 2)
    for number in range(20):
        kept.outdate(f"org_x{number}", 1)
    assert kept.known(TOKEN, moment) is None


def test_a_flood_of_changes_is_forgotten_itself(moment: datetime) -> None:
    kept = Credentials(most=4)
    for number in range(5):
        kept.outdate(f"org_x{number}", 1)
    kept.keep(TOKEN, caller("org_1"), now=moment, until=None)
    kept.outdate("org_y", 1)
    assert kept.known(TOKEN, moment)


def test_holds_no_secret(kept: Credentials, moment: datetime) -> None:
    kept.keep(TOKEN, caller(), now=moment, until=None)
    assert TOKEN not in repr(vars(kept))
