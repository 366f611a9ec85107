"""Django REST framework's throttles on Django's Redis cache."""

from collections.abc import Sequence

from django.core.cache.backends.redis import RedisCache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class Throttle(SimpleRateThrottle):
    """One limit for one subject; the framework makes a new one for every request."""

    def __init__(self, cache: RedisCache, scope: str, rate: str, subject: str) -> None:
        self.cache, self.scope, self.rate = cache, scope, rate
        self._subject = subject
        super().__init__()

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle:{self.scope}:{self._subject}"


class Throttles:
    """Several limits on one call, asked one after the other as a view does."""

    def __init__(self, url: str, rates: Sequence[tuple[str, str]]) -> None:
        self._cache = RedisCache(url, {})
        self._rates = rates
        self._request, self._view = Request(HttpRequest()), APIView()

    def admit(self, subject: str) -> bool:
        return all(
            Throttle(self._cache, scope, rate, subject).allow_request(self._request, self._view)
            for scope, rate in self._rates
        )

    def close(self) -> None:
        self._cache.close()
