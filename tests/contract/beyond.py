"""Refusals of what the document allows, since no schema can tell: each by operation and code.

A new row needs a reason: where JSON Schema can say it, the document must.
"""

import re
from typing import Any

from tests.audio.containers.samples import CODES

# What a file is refused for; a part without bytes, or without a name, is "binary" in a schema too.
UNREADABLE = "|".join(["empty", "invalid", *(code.replace("_", "-") for code in sorted(CODES))])

# operation -> (pointer, code); the pointer is a pattern, empty for a refusal of the whole call.
BEYOND: dict[str, list[tuple[str, str]]] = {
    # The days that there are, and whether one parameter goes with another.
    "GET /v1/usage": [
        ("/month", "one-of"),
        ("/from", "malformed|required"),
        ("/to", "malformed|before-from|too-many-days"),
    ],
    # What a sandbox has done before.
    "POST /v1/sandboxes/{sandbox_id}/clock": [("/advance", "out-of-range")],
    "POST /v1/sandboxes/{sandbox_id}/users": [("", "mau-limit-reached")],
    # A tier that there is: tiers are the operator's rows. A month that is open.
    "GET /v1/invoices/preview": [
        ("/tier", "unknown-tier"),
        ("/month", "out-of-range"),
        ("", "month-closed"),
    ],
    "PATCH /v1/organisation": [("/tier", "unknown-tier")],
    # What is the matter with a file.
    "POST /v1/clips": [("/file", UNREADABLE)],
    "POST /v1/tracks": [("/file", UNREADABLE)],
    "POST /v1/score": [("/file", UNREADABLE)],
    # Whether a contract is declared that the model's header serves, and what was uploaded.
    "POST /v1/models": [
        (r"/files/\d+/(file|name)", ".*"),
        (r"/file(_\d)?", "unsupported-model|malformed-model|more-bytes-needed|" + UNREADABLE),
        ("/(declaration|contract)(/.*)?", ".*"),
        ("/base", ".*"),
        ("", "malformed-model|unsupported-model|contract-unmet|model-exists"),
    ],
    # A host that there is, and that may be asked.
    "POST /v1/models/fetch": [
        (r"/files(/\d+(/.*)?)?", ".*"),
        ("/(declaration|contract)(/.*)?", ".*"),
        ("/base", ".*"),
    ],
    # What the model takes that was named, which is a row.
    "POST /v1/jobs": [("/input", "wrong-input"), (r"/input/tensors/.+", "bad-tensor")],
    # Text of nothing but what is no character.
    "POST /v1/models/{model_id}/reference": [(r"/jobs/\d+", "blank")],
    # What an upload has room for by now, and the one type of its parts.
    "PATCH /v1/uploads/{upload_id}": [("/?", "too-large|unsupported-media-type|offset-conflict")],
    "POST /v1/models/check": [
        ("/file", "malformed-model|unsupported-model|more-bytes-needed"),
        ("/placement", "model-cap-exceeded"),
    ],
    "POST /v1/sessions/{session_id}/frames": [("/zone", "unknown-zone"), ("", "malformed-frame")],
    # Whether one member fits another, or this moment.
    "GET /v1/sessions/{session_id}/scores": [("/zone", "unknown-zone")],
    "POST /v1/effects": [
        ("/name", "unknown-stem|unknown-chain"),
        ("/parameters(/.*)?", "unknown-parameter|out-of-range"),
    ],
    "POST /v1/interactions": [
        (r"/interactions/\d+/at", "out-of-range"),
        (r"/interactions/\d+(/value)?", "value-and-kind"),
        ("/kiosk", "required"),
    ],
    "POST /v1/keys": [("/expires_at", "in-the-past"), (r"/networks/\d+", "invalid-network")],
    "POST /v1/limits/simulate": [
        ("/operation", "one-of|unknown-operation"),
        ("/at_ms", "one-of|not-ascending"),
        ("/calls", "too-many"),
        ("/cost(/.*)?", "unknown-cost|out-of-range"),
    ],
    "POST /v1/sessions/{session_id}/join-tokens": [("/zone", "unknown-zone")],
    "PATCH /v1/sessions/{session_id}/flow": [("/selector", "no-language-model")],
    "POST /v1/sessions": [
        ("/ends_at", "before-start|in-the-past"),
        (r"/zones/\d+", "duplicate"),
        (r"/zone_map/\d+/zone", "unknown-zone|duplicate"),
    ],
    "POST /v1/sessions/{session_id}/flow/commands": [
        ("/track", "required|unknown-track|not-queued"),
        ("/mode", "required"),
        ("/proposal", "no-such-proposal"),
        ("/version", "flow-changed"),
    ],
    "PUT /v1/sessions/{session_id}/flow/pool": [
        (r"/tracks/\d+/id", "duplicate"),
        (r"/tracks/\d+/features/(tonic|mode)", "required"),
    ],
    "POST /v1/triggers": [
        ("/target", "one-target"),
        (r"/target/kiosks/\d+", "kiosk-retired|lacks-capability"),
        ("/at", "out-of-range"),
        ("/payload", "bad-text|bad-number|too-deep|too-large"),
    ],
}

# Each of several things that are sent is judged alone, under 202.
JUDGED = "POST /v1/usage/events"


def is_refused_within(operation: str, answer: dict[str, Any]) -> bool:
    """Whether the answer says that a part of what was sent was refused."""
    return operation == JUDGED and answer.get("rejected", 0) > 0


def is_beyond_a_schema(operation: str, problem: dict[str, Any]) -> bool:
    """Whether every fault that the problem names is one of `BEYOND`."""
    allowed = BEYOND.get(operation, [])
    faults = [(each["pointer"], each["code"]) for each in problem.get("errors", ())]
    return all(
        any(re.fullmatch(where, pointer) and re.fullmatch(what, code) for where, what in allowed)
        for pointer, code in faults or [("", str(problem.get("code")))]
    )
