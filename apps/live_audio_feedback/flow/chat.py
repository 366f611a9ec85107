"""One call of a language model at the operator's address, which ends within its time, always.

The address is the operator's setting alone: nothing that a caller sends leads anywhere. No redirect
is followed, no proxy is asked, and no more is read than an answer may be long.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings

from apps.live_audio_feedback.flow.rules.questions import NoAnswer

WITHIN_S: Final = 0.8  # of the whole call: name, connection, question and answer
MOST_BYTES: Final = 64 * 1024
OK: Final = 200
_FAULTS = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)


@dataclass(frozen=True)
class Endpoint:
    """`url` is the base of an OpenAI-compatible API, as in `http://127.0.0.1:11434/v1`."""

    url: str
    model: str
    key: str = field(default="", repr=False)


def endpoint_here() -> Endpoint | None:
    """The operator's; None where there is none."""
    url, model, key = settings.FLOW_LLM
    return Endpoint(url, model, key) if url else None


def complete(endpoint: Endpoint, asked: Mapping[str, Any], within_s: float = WITHIN_S) -> bytes:
    """The body that answers the question. Raises NoAnswer for any other end, and in time.

    For a thread that has no event loop.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_within(endpoint, asked, within_s))
    finally:
        loop.close()  # and does not wait for a name that is still looked up, as asyncio.run would


async def _within(endpoint: Endpoint, asked: Mapping[str, Any], within_s: float) -> bytes:
    try:
        async with asyncio.timeout(within_s):
            return await _call(endpoint, asked)
    except TimeoutError as error:
        raise NoAnswer("it did not answer in time") from error
    except NoAnswer:
        raise
    except _FAULTS as error:
        raise NoAnswer("it could not be reached, or does not speak HTTP") from error


async def _call(endpoint: Endpoint, asked: Mapping[str, Any]) -> bytes:
    address = urlsplit(endpoint.url)
    secure = ssl.create_default_context() if address.scheme == "https" else None
    port = address.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(
        address.hostname, port, ssl=secure, limit=MOST_BYTES
    )
    try:
        writer.write(_request(endpoint, address.netloc, address.path, asked))
        await writer.drain()
        return await _body(reader)
    finally:
        writer.transport.abort()


def _request(endpoint: Endpoint, host: str, path: str, asked: Mapping[str, Any]) -> bytes:
    body = json.dumps(asked).encode()
    lines = [
        f"POST {path.rstrip('/')}/chat/completions HTTP/1.1",
        f"Host: {host.rpartition('@')[2]}",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if endpoint.key:
        lines.append(f"Authorization: Bearer {endpoint.key}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, status, *_ = [*head[0].split(), "", ""]
    if not version.startswith("HTTP/1.") or status != str(OK):
        raise NoAnswer(f"it answered with the status {status[:3]!r}")
    said = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:])
    }
    if said.get("transfer-encoding", "").lower() == "chunked":
        return await _chunks(reader)
    length = int(said["content-length"]) if "content-length" in said else None
    if length is not None:
        return await reader.readexactly(_bounded(length))
    whole = bytearray()
    while piece := await reader.read(MOST_BYTES):
        whole += piece
        _bounded(len(whole))
    return bytes(whole)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = bytearray()
    while size := int((await reader.readline()).partition(b";")[0], 16):
        _bounded(len(whole) + size)
        whole += await reader.readexactly(size)
        await reader.readline()
    return bytes(whole)


def _bounded(length: int) -> int:
    if not 0 <= length <= MOST_BYTES:
        raise NoAnswer("its answer is too long")
    return length
