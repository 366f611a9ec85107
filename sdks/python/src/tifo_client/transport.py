"""How requests travel: safe to repeat, repeated when nothing was done, never longer than agreed."""

import random
import re
import time
import uuid
from collections.abc import Callable

import httpx

from tifo_client import errors

RETRIES = 2
FIRST_BACKOFF_S = 0.25
LONGEST_WAIT_S = 5.0  # for a 503; the platform never asks for more, a proxy may ask for an hour
IDEMPOTENCY_KEY = "Idempotency-Key"
# Told twice, these act once by themselves; without a key they are answered the shortest way.
ONCE_ANYWAY = re.compile(r"/v1/(usage/events|cues/[^/]+/acknowledge|sessions/[^/]+/frames)$")
IN_FLIGHT = "idempotency-in-flight"
_PASSES = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)


def name_once(request: httpx.Request) -> None:
    """Give each POST a key of its own: the API then acts once, however often it is sent."""
    if request.method == "POST" and not ONCE_ANYWAY.search(request.url.path):
        request.headers.setdefault(IDEMPOTENCY_KEY, uuid.uuid4().hex)


def refuse(response: httpx.Response) -> None:
    """Raise the TifoError of an answer that is not a success."""
    if response.status_code >= httpx.codes.BAD_REQUEST:
        response.read()
        raise errors.from_response(response)


class Retrying(httpx.BaseTransport):
    """Repeats what failed for a reason that passes: no connection, 503, a first try in flight.

    Twice at most, after full jitter (Brooker, "Exponential Backoff and Jitter") or as long as
    Retry-After says, if that is no more than LONGEST_WAIT_S or `patience_s`. A 429 is repeated
    only while its waits add up to no more than `patience_s`. Raises ConnectionFailed when no
    answer came.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        patience_s: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._inner = inner
        self._patience_s = patience_s
        self._sleep = sleep
        self._draw = draw

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        patience_s, retries = self._patience_s, 0
        while True:
            response = self._ask(request, last=retries == RETRIES)
            if response is None:
                wait_s, retries = self._backoff(retries), retries + 1
            elif response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                asked_s = _retry_after(response)
                if asked_s is None or asked_s > patience_s:
                    return response
                wait_s, patience_s = asked_s, patience_s - asked_s
            elif retries < RETRIES and _passes(response):
                asked_s = _retry_after(response) or 0.0
                if asked_s > max(LONGEST_WAIT_S, self._patience_s):
                    return response
                wait_s, retries = asked_s or self._backoff(retries), retries + 1
            else:
                return response
            if response is not None:
                response.close()
            self._sleep(wait_s)

    def _ask(self, request: httpx.Request, *, last: bool) -> httpx.Response | None:
        """The answer; None when none came and it may be asked for again."""
        try:
            return self._inner.handle_request(request)
        except httpx.TransportError as error:
            if isinstance(error, _PASSES) and not last:
                return None
            said = f"{request.url.host} did not answer: {str(error) or type(error).__name__}"
            raise errors.ConnectionFailed({"detail": said}) from error

    def _backoff(self, retries: int) -> float:
        longest_s: float = FIRST_BACKOFF_S * 2**retries
        return self._draw() * longest_s

    def close(self) -> None:
        self._inner.close()


def _passes(response: httpx.Response) -> bool:
    if response.status_code == httpx.codes.CONFLICT:
        response.read()
        return errors.from_response(response).code == IN_FLIGHT
    return response.status_code == httpx.codes.SERVICE_UNAVAILABLE


def _retry_after(response: httpx.Response) -> float | None:
    response.read()
    return errors.from_response(response).retry_after
