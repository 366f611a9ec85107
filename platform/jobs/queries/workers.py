"""How workers stand: a state is what one said last, and who died says nothing more."""

from datetime import datetime
from typing import Any, Final

from django.db.models import Case, F, Q, QuerySet, Value, When

from jobs.models import Worker
from jobs.services import SILENT

SAYS_NOTHING: Final = "silent"


def standing(workers: QuerySet[Worker], *, now: datetime) -> QuerySet[Any]:
    """Each with `stands`, its state or `silent` where it was not heard of for so long, and `lives`,
    whether it is there to take jobs. Whoever left said so, and stays so."""
    heard = Q(heartbeat_at__gt=now - SILENT)
    left = Q(state=Worker.State.LEFT)
    stands = Case(When(heard | left, then=F("state")), default=Value(SAYS_NOTHING))
    return workers.annotate(stands=stands, lives=Case(When(heard & ~left, then=1), default=0))
