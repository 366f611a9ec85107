"""How requests travel: safe to repeat, repeated when nothing was done, never longer than agreed."""

import random
import re
import time
import uuid
from collections.abc import Callable, Generator
from typing import Any

import httpx

from tifo_client import errors

RETRIES = 2
FIRST_BACKOFF_S = 0.25
LONGEST_WAIT_S = 5.0  # for a 503; the platform never asks for more, a proxy may ask for an hour
IDEMPOTENCY_KEY = "Idempotency-Key"
# Told twice, these act once by themselves; without a key they are answered the shortest way.
IDEMPOTENT = re.compile(r"/v1/(usage/events|cues/[^/]+/acknowledge|sessions/[^/]+/frames)$")
IN_FLIGHT = "idempotency-in-flight"
SUCCESSES = {httpx.codes.OK, httpx.codes.CREATED, httpx.codes.ACCEPTED, httpx.codes.NO_CONTENT}
PROBLEM = "application/problem+json"
STREAMED = "tifo_streamed"  # the extension of a request whose answer its caller reads bit by bit
_PASSES = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout)


def name_once(request: httpx.Request) -> None:
    """Give each POST a key of its own: the API then acts once, however often it is sent."""
    if request.method == "POST" and not IDEMPOTENT.search(request.url.path):
        request.headers.setdefault(IDEMPOTENCY_KEY, uuid.uuid4().hex)


def refuse(response: httpx.Response) -> None:
    """Raise the TifoError of an answer that is not a success as this API has them.

    A redirection is none: whoever follows it may carry the key to a stranger. Nor is a problem
    that some proxy sends on under a 200.
    """
    kind = response.headers.get("content-type", "")
    if response.status_code not in SUCCESSES or kind.startswith(PROBLEM):
        response.read()
        raise errors.from_response(response)


class Bearer(httpx.Auth):
    """Sends the key with each request, and shows it in no representation of anything."""

    def __init__(self, key: str) -> None:
        self._header = f"Bearer {key}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class Retrying(httpx.BaseTransport):
    """Repeats what failed for a reason that passes: no whole answer, 503, a first try in flight.

    Twice at most, after full jitter (Brooker, "Exponential Backoff and Jitter") or as long as
    Retry-After says, if that is no more than LONGEST_WAIT_S or `patience_s`. A 429 is repeated
    only while its waits add up to no more than `patience_s`. Raises ConnectionFailed when no
    answer came, or none that was whole.
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
        """The whole answer; None when none came and it may be asked for again."""
        response = None
        try:
            response = self._inner.handle_request(request)
            if STREAMED not in request.extensions:
                response.read()
            return response
        except httpx.TransportError as error:
            if isinstance(error, _PASSES) and not last:
                return None
            raise _no_answer(request, response, error) from error
        except httpx.DecodingError as error:
            raise _unreadable(response, error) from error
        finally:
            if response is not None and STREAMED not in request.extensions:
                response.close()

    def _backoff(self, retries: int) -> float:
        longest_s: float = FIRST_BACKOFF_S * 2**retries
        return self._draw() * longest_s

    def close(self) -> None:
        self._inner.close()


def _no_answer(
    request: httpx.Request, response: httpx.Response | None, error: httpx.TransportError
) -> errors.ConnectionFailed:
    why = str(error) or type(error).__name__
    if response is None:
        said = f"{request.url.host} did not answer: {why}"
        return errors.ConnectionFailed({"detail": said})
    said = f"{request.url.host} broke its answer off: {why}"
    return errors.ConnectionFailed(facts(response) | {"detail": said})


def _unreadable(response: httpx.Response | None, error: httpx.DecodingError) -> errors.TifoError:
    told = {} if response is None else facts(response)
    return errors.TifoError(told | {"detail": f"An answer that cannot be decoded: {error}"})


def facts(response: httpx.Response) -> dict[str, Any]:
    """What an error tells of an answer beside its own words."""
    request_id = response.headers.get(errors.REQUEST_ID, "")
    return {"status": response.status_code, "request_id": request_id}


def _passes(response: httpx.Response) -> bool:
    if response.status_code == httpx.codes.CONFLICT:
        response.read()
        return errors.from_response(response).code == IN_FLIGHT
    return response.status_code == httpx.codes.SERVICE_UNAVAILABLE


def _retry_after(response: httpx.Response) -> float | None:
    response.read()
    return errors.from_response(response).retry_after
