"""`/livez` (the process answers, no I/O) and `/readyz` (its dependencies answer too)."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from gateway.stores import client


def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 until the database is migrated and Redis answers; names only what is wrong."""
    checks: dict[str, Callable[[], bool]] = {
        "postgres": _postgres,
        "migrations": _migrations,
        "redis": _redis,
    }
    results = {name: check() for name, check in checks.items()}
    ready = all(results.values())
    body = {"status": "ok" if ready else "unavailable", "checks": results}
    return JsonResponse(body, status=200 if ready else 503)


def _postgres() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _redis() -> bool:
    try:
        return bool(client().ping())
    except RedisError:
        return False
