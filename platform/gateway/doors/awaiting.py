"""Answers that come when the job has ended, for whoever sends `Prefer: wait=N`."""

import logging
import threading
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.response import Response

from foundation.clock import now
from foundation.http import idempotency
from gateway.doors.preferences import APPLIED, META, wait_s
from gateway.doors.views import GatedView
from jobs.api.ending import await_end
from jobs.models import Job

logger = logging.getLogger(__name__)
MOST_WAITING: Final = 8
"""In a process, half of whose threads stay free for other calls."""
_places = threading.BoundedSemaphore(MOST_WAITING)


class AwaitingView(GatedView, ABC):
    """`waits` names the methods whose answer may wait; their handlers set `job`.

    It waits once everything is committed: a repeat that comes meanwhile is answered as the call
    would have been without the preference, and a later one as it was.
    """

    waits: ClassVar[frozenset[str]] = frozenset()
    job: Job | None = None

    @abstractmethod
    def told(self) -> Any:
        """What the answer says by now."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        seconds = wait_s(request.META.get(META))
        wanted = seconds and (request.method or "").lower() in self.waits
        if not wanted or self.job is None or not isinstance(response, Response):
            return response
        if response.status_code >= 300 or not _places.acquire(blocking=False):
            return response
        try:
            await_end(self.job, seconds=seconds)
            told = self.told()
        except Exception:  # what was asked for is committed: it is answered as without a wait
            logger.exception("an answer did not wait", extra={"job": self.job.pk})
            return response
        finally:
            _places.release()
        response.data = told
        if response.is_rendered:
            response.content = response.rendered_content
        response.headers[APPLIED] = f"wait={seconds}"
        if self.asked_once is not None:
            idempotency.amend(self.asked_once, self.kept(response), now=now())
        return response
