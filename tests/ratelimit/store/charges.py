"""A policy of each kind, and the charges of a call that touches all of them."""

from ratelimit.rules import Charge, Concurrency, Rate, Window

REQUESTS = Rate("requests", quantity=10, per_ms=1000, burst=20)
STEADY = Rate("steady", quantity=3, per_ms=1000, burst=50)
EFFECTS = Window("effects", quantity=3, per_ms=3_600_000, unit="effect")
SESSIONS = Concurrency("sessions", quantity=2, lease_ms=10_000, unit="session")


def one_of_each(lease_id: str = "a") -> list[Charge]:
    """One charge of each kind, the rates not next to each other."""
    return [
        Charge(REQUESTS, "key"),
        Charge(SESSIONS, "org", 1, lease_id),
        Charge(STEADY, "org"),
        Charge(EFFECTS, "org"),
        Charge(STEADY, "key"),
    ]
