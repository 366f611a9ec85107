"""What a key may be allowed to do. A scope is `noun:verb`; each operation names exactly one."""

from typing import Final

SCOPES: Final[dict[str, str]] = {
    "organisation:read": "Read the organisation, its members and tier",
    "organisation:write": "Change the organisation, its members and tier",
    "keys:read": "List API keys (never their secrets)",
    "keys:write": "Create, rotate and revoke API keys",
    "tickets:write": "Issue single-use socket tickets and view links",
    "usage:read": "Read limits, usage and the invoice preview",
    "usage:write": "Report end users as active",
    "billing:read": "Read statements, invoices and how they are paid",
    "billing:write": "Put a payment method on file",
    "jobs:read": "Read jobs, their progress and results",
    "jobs:write": "Run models as jobs, and cancel jobs",
    "files:read": "Read how far uploads are",
    "files:write": "Upload files for jobs and models",
    "events:read": "Listen to the organisation's events",
    "sessions:read": "Read live sessions and their scores",
    "sessions:write": "Create and end live sessions",
    "sessions:stream": "Send audio to a live session",
    "tracks:read": "Read tracks and timelines",
    "tracks:write": "Upload and delete tracks",
    "effects:read": "Read clips and the catalogue of effects",
    "effects:write": "Upload clips and request effects",
    "kiosks:read": "Read kiosks, cues and telemetry",
    "kiosks:write": "Register kiosks and raise triggers",
    "models:check": "Check model files against the caps",
    "models:read": "Read registered models and where they may run",
    "models:write": "Register and retire models",
    "devices:connect": "Act as a kiosk: receive cues and acknowledge them",
    "telemetry:write": "Act as a kiosk: report telemetry",
    "interactions:write": "Report fan interactions",
}

DEVICE: Final = ("devices:connect", "telemetry:write", "interactions:write")
VIEW: Final = ("events:read", "usage:read", "jobs:read", "sessions:read", "kiosks:read")

# The API family to which the operations under a scope's noun belong; all others are the account's.
_FAMILIES: Final = {
    "sessions": "live_audio_feedback",
    "tracks": "avsync",
    "effects": "live_room",
    "kiosks": "noucamp",
    "models": "noucamp",
    "devices": "noucamp",
    "telemetry": "noucamp",
    "interactions": "noucamp",
    "billing": "billing",
}


def family(scope: str) -> str:
    """The family that usage under the scope is told by: the tag of its operations."""
    return _FAMILIES.get(scope.partition(":")[0], "account")


def developer_scopes() -> list[str]:
    """Every scope but those of a device: what an organisation's first key carries."""
    return [s for s in SCOPES if s not in {"devices:connect", "telemetry:write"}]
