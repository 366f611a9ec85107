"""`/livez` (the process answers, no I/O) and `/readyz` (its dependencies answer too)."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from foundation.http.pages import read_only
from gateway.stores import client


@read_only
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@read_only
def readyz(request: HttpRequest) -> JsonResponse:
    """503 until the database is there and migrated; names only what is wrong.

    Without Redis the platform goes on within a part of each limit: that is told, and no reason to
    take a process out of service, since it would take out every one.
    """
    checks: dict[str, Callable[[], bool]] = {
        "postgres": _postgres,
        "migrations": _migrations,
        "redis": _redis,
    }
    results = {name: check() for name, check in checks.items()}
    ready = results["postgres"] and results["migrations"]
    status = "ok" if all(results.values()) else "degraded" if ready else "unavailable"
    return JsonResponse({"status": status, "checks": results}, status=200 if ready else 503)


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
