"""What a limit may be: how it counts, for whom, and which cost."""

from enum import StrEnum

from django.db.models import TextChoices


class Algorithm(TextChoices):
    RATE = "rate", "Rate: `quantity` per `per_ms`, `burst` at once (GCRA)"
    WINDOW = "window", "Window: `quantity` in any `per_ms`, exact"
    CONCURRENCY = "concurrency", "Concurrency: `quantity` at the same time"


class LimitScope(TextChoices):
    ORGANISATION = "organisation", "Organisation: all its calls together"
    KEY = "key", "Key: each API key alone"
    ROUTE = "route", "Route: each operation alone"
    END_USER = "end_user", "End user: each fan alone"


class Cost(StrEnum):
    """What calls spend and connections hold; a limit of anything else would never refuse."""

    REQUESTS = "requests"
    EFFECTS = "effects"
    LIVE_SESSIONS = "live_sessions"
    SOCKETS = "sockets"


class Strictness(TextChoices):
    """What happens to an organisation's calls while the store of limits is away."""

    STRICT = "strict", "Strict: what cannot be counted exactly is refused"
    BALANCED = "balanced", "Balanced: rates go on at a fraction, effects out of a reserve"
    OPEN = "open", "Open: each process goes on at full rates, effects out of a reserve"
