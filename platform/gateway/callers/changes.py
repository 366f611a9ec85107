"""News of an organisation: told to Redis before whoever changed it is answered.

From then on the limits' script admits no caller that was read before the change, in any process.
The published news only spares them the question, and ends sockets that ask nothing.
"""

import json
import logging
from typing import Any, Final

from django.conf import settings

from gateway.callers.credentials import credentials
from gateway.stores import prefetching, store
from ratelimit.errors import RedisAway
from tenants import epochs

CHANNEL: Final = "tifo:epochs"
logger = logging.getLogger(__name__)


def listen() -> None:
    """Hear of changes made in this process."""
    epochs.changed.connect(_tell, dispatch_uid="gateway.callers.changes")


def _tell(sender: Any, *, organisation_id: str, epoch: int, **_: Any) -> None:
    credentials().outdate(organisation_id, epoch)
    if settings.GATE_PREFETCH:
        prefetching().forget(organisation_id)
    news = json.dumps({"organisation": organisation_id, "epoch": epoch})
    try:
        store().raise_epoch(organisation_id, epoch)
        store().execute("PUBLISH", CHANNEL, news)
    except RedisAway:
        # Nobody can be told: what others keep ends within `credentials.LIFETIME`.
        logger.warning("a change could not be published", extra={"organisation": organisation_id})
