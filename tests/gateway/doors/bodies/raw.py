"""Bodies sent byte by byte, and where the refusal of one points."""

from typing import Any

from django.test import Client as Browser

from tests.conftest import Tenant

JSON = "application/json"
HOT = {
    "POST /v1/usage/events": b'{"end_users": ["ana"]}',
    "POST /v1/interactions": b"{}",
    "POST /v1/telemetry": b"{}",
    "POST /v1/cues/cue_1/acknowledge": b"{}",
}


def faults(refused: Any) -> list[tuple[str, str]]:
    """Where the refusal points, and why."""
    assert refused.status_code == 400, refused.content
    return [(each["pointer"], each["code"]) for each in refused.json()["errors"]]


def post_raw(tenant: Tenant, path: str, body: bytes) -> Any:
    headers = {"Authorization": f"Bearer {tenant.live_key}"}
    return Browser().post(path, body, content_type=JSON, headers=headers)
