"""Every call of the face, in an order in which the real API answers each of them.

`visit` yields calls and is sent what they returned; a test plays them, and plays them again with
other answers.
"""

import hashlib
import io
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import override_settings

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.services import following, sealing
from billing.services.closing import close_organisation
from demo.acts.model_files import SMALL, write
from foundation import clock
from tenants.models import Organisation
from tests.billing.statements.making import use_users
from tests.jobs.work import execute
from tests.model_registry import making
from tests.modelhub.remote.servers import honest, serving
from tests.sdk.conftest import HOST
from tifo_client import Interaction, PoolTrack, RemoteFile, Tifo, UsageEvent
from tifo_client.streams import FramePacker

Use = Callable[[Tifo], object]


@dataclass(frozen=True)
class Call:
    """What is done with a client of this key."""

    key: str
    use: Use


def seal(session_id: str) -> None:
    """As beat does it, once whoever was cut off has been waited for."""
    ended = LiveSession.objects.get(pk=session_id).ended_at
    assert ended is not None
    following.follow(now=ended)
    sealing.seal_due(now=ended + following.SEALS_AFTER + sealing.PATIENCE)


def visit(key: str, clapping: io.BytesIO, folder: Path) -> Generator[Call, Any, None]:
    def owner(use: Use) -> Call:
        return Call(key, use)

    def sound() -> io.BytesIO:
        return io.BytesIO(clapping.getvalue())

    now = datetime.now(UTC)
    yield owner(
        lambda t: Tifo.sign_up("Derby", "owner@derby.example", HOST, network=t._wires.carrier)
    )
    yield owner(lambda t: t.organisation.get())
    yield owner(lambda t: t.organisation.update(name="Derby FC"))
    yield owner(lambda t: t.members.add("dev@derby.example", "developer"))
    yield owner(lambda t: t.members.list())
    made = yield owner(lambda t: t.keys.create("Office", ["usage:read"], expires_at=now + DAY))
    yield owner(lambda t: t.keys.get(made.id))
    yield owner(lambda t: [*t.keys.list()])
    yield owner(lambda t: t.keys.rotate(made.id, overlap=timedelta(hours=1)))
    yield owner(lambda t: t.keys.revoke(made.id))
    yield owner(lambda t: t.tiers.list())
    upload = yield owner(lambda t: t.uploads.create("chant.bin", 6))
    yield owner(lambda t: t.uploads.append(upload.id, 0, b"abc"))
    yield owner(lambda t: t.uploads.append(upload.id, 3, b"def"))
    yield owner(lambda t: t.uploads.get(upload.id))
    yield owner(lambda t: t.uploads.delete(upload.id))
    (folder / "chant.bin").write_bytes(b"abcdef")
    yield owner(lambda t: t.uploads.send(folder / "chant.bin", part_bytes=4))
    yield owner(lambda t: t.usage.report(["fan-1", "fan-2"]))
    told = UsageEvent("e-1", time=now, user="fan-3", quantity="1", source="gate")
    yield owner(lambda t: t.usage.report_events([told]))
    yield owner(lambda t: t.usage.get())
    yield owner(lambda t: t.usage.get(month=f"{now:%Y-%m}", by=["day", "family"]))
    yield owner(lambda t: t.usage.get(first_day="2026-10-01", last_day="2026-10-31"))
    yield owner(lambda t: t.usage.why("fan-3"))
    sandbox = yield owner(lambda t: t.sandboxes.create("Two months"))
    yield owner(lambda t: t.sandboxes.list())
    yield owner(lambda t: t.sandboxes.get(sandbox.id))
    yield owner(lambda t: t.sandboxes.choose_payment(sandbox.id, "succeeds"))
    yield owner(lambda t: t.sandboxes.make_active(sandbox.id, 3))
    yield Call(sandbox.secret, lambda t: t.sandboxes.advance(sandbox.id, days=1))
    yield owner(lambda t: t.sandboxes.delete(sandbox.id))
    yield owner(lambda t: t.invoices.preview(tier="pro"))
    yield owner(lambda t: t.billing.get())
    yield owner(lambda t: t.billing.set_up(return_url="https://derby.example/billing"))
    yield owner(lambda t: t.billing.set_up(by="form"))
    yield owner(lambda t: t.billing.portal())
    close_a_month("Derby FC", now)
    [statement] = yield owner(lambda t: [*t.statements.list()])
    yield owner(lambda t: t.statements.get(statement.id))
    yield owner(lambda t: t.statements.export(statement.id, users=True, history=True))
    yield owner(lambda t: t.statements.prove(statement.id, "fan-1"))
    yield owner(lambda t: t.statements.document(statement.id, "csv"))
    [invoice] = yield owner(lambda t: [*t.invoices.list()])
    yield owner(lambda t: t.invoices.get(invoice.id))
    yield owner(lambda t: t.invoices.document(invoice.id, "focus"))
    yield owner(lambda t: t.tickets.create(["events:read"]))
    yield owner(lambda t: t.view_links.create())

    yield owner(lambda t: t.limits.get())
    yield owner(lambda t: t.limits.simulate("POST /v1/effects", calls=3))
    yield owner(lambda t: t.limits.rehearse("GET /v1/usage", end_user="fan-1"))
    yield owner(lambda t: t.limits.refusals())

    session = yield owner(lambda t: t.sessions.create("Derby", ["north"], ends_at=now + DAY))
    yield owner(lambda t: t.sessions.get(session.id))
    yield owner(lambda t: [*t.sessions.list()])
    frames = FramePacker().pack(bytes(640 * 50))
    yield owner(lambda t: t.sessions.send(session.id, "north", frames))
    yield owner(lambda t: [*t.sessions.scores(session.id)])
    yield owner(lambda t: t.sessions.join_token(session.id, "north", "fan-1"))
    anthem = PoolTrack("anthem", bpm=128, energy=0.9, tonic="A", mode="minor", recovery=True)
    yield owner(lambda t: t.flow.set_pool(session.id, [anthem]))
    yield owner(lambda t: t.flow.pool(session.id))
    yield owner(lambda t: t.flow.configure(session.id, recovery="insert", ahead=2))
    yield owner(lambda t: t.flow.command(session.id, "mode", mode="suggest"))
    yield owner(lambda t: t.flow.ask(session.id))
    yield owner(lambda t: t.flow.get(session.id))
    yield owner(lambda t: [*t.flow.log(session.id)])
    yield owner(lambda t: t.flow.set_learning(across_sessions=True))
    yield owner(lambda t: t.flow.learning())
    yield owner(lambda t: t.sessions.end(session.id))
    seal(session.id)
    receipt = yield owner(lambda t: t.sessions.receipt(session.id))
    yield owner(lambda t: t.sessions.receipt_keys())
    yield owner(lambda t: t.sessions.check_receipt(receipt))
    yield owner(lambda t: t.sessions.score(sound(), scorer="ramps-1"))

    track = yield owner(lambda t: t.tracks.create(sound(), name="Clapping"))
    execute(track.job)
    yield owner(lambda t: t.tracks.get(track.id))
    yield owner(lambda t: [*t.tracks.list()])
    yield owner(lambda t: t.tracks.timeline(track.id))
    yield owner(lambda t: t.tracks.delete(track.id))

    clip = yield owner(lambda t: t.clips.create(sound()))
    yield owner(lambda t: t.clips.get(clip.id))
    yield owner(lambda t: [*t.clips.list()])
    yield owner(lambda t: t.effects.catalogue())
    effect = yield owner(lambda t: t.effects.request(clip.id, "stem", "percussive"))
    yield owner(lambda t: t.jobs.cancel(effect.job))
    effect = yield owner(lambda t: t.effects.request(clip.id, "stem", "percussive"))
    execute(effect.job)
    yield owner(lambda t: t.effects.get(effect.id))
    yield owner(lambda t: [*t.effects.list()])
    yield owner(lambda t: [*t.jobs.list()])
    job = yield owner(lambda t: t.jobs.get(effect.job))
    yield owner(lambda t: t.jobs.wait(effect.job, timeout=0.1))
    yield owner(lambda t: t.jobs.download(job.files[0], folder))
    yield owner(lambda t: t.clips.delete(clip.id))

    kiosk = yield owner(lambda t: t.kiosks.register("Gate 7", "north"))
    seen = Interaction(id="i-1", end_user="fan-1", kind="cheer", value=80.0, at=now)
    yield owner(lambda t: t.interactions.record([seen], kiosk=kiosk.id))
    yield owner(lambda t: t.interactions.summary())
    trigger = yield owner(lambda t: t.triggers.raise_("led", zones=["north"]))
    yield owner(lambda t: t.triggers.get(trigger.id))
    [cue, *_] = yield Call(kiosk.credential, lambda t: t.device.receive_cues())
    yield Call(kiosk.credential, lambda t: t.device.acknowledge(cue.id, played_at=now))
    yield Call(kiosk.credential, lambda t: t.device.report(50.0))
    yield Call(kiosk.credential, lambda t: t.device.ticket())
    yield owner(lambda t: [*t.cues.list()])
    yield owner(lambda t: [*t.kiosks.telemetry(kiosk.id)])
    yield owner(lambda t: t.kiosks.get(kiosk.id))
    yield owner(lambda t: [*t.kiosks.list()])
    yield owner(lambda t: t.kiosks.retire(kiosk.id))

    model = write(folder / "7b.gguf", SMALL)
    yield owner(lambda t: t.models.check(model, placement="edge"))
    yield owner(lambda t: [*t.models.checks()])
    onnx, declared = folder / "loudness.onnx", making.declaration("audio_tagger")
    onnx.write_bytes(making.data(making.product()))
    own = yield owner(
        lambda t: t.models.register(
            onnx, "loudness", "1", contract="audio_tagger", declaration=declared, licence="ours"
        )
    )
    with serving(honest(onnx.read_bytes())) as server:
        address = f"http://127.0.0.1:{server.port}/loud.onnx"
        reach = {"FETCH_HTTP": True, "FETCH_NETWORKS": ["127.0.0.0/8"]}
        with override_settings(**reach, FETCH_PORTS=[server.port]):
            yield owner(lambda t: t.models.fetch([address], "loudness", "2"))
            digest = hashlib.sha256(onnx.read_bytes()).hexdigest()
            file = RemoteFile(address, name="a.onnx", sha256=digest)
            yield owner(lambda t: t.models.fetch([file], "loudness", "3"))
    sent = yield owner(lambda t: t.uploads.send(onnx, purpose="model"))
    yield owner(lambda t: t.models.register(sent, "loudness", "4"))
    yield owner(lambda t: t.models.get(own.id))
    yield owner(lambda t: [*t.models.list()])
    yield owner(lambda t: t.models.placement(own.id))
    heard = yield owner(lambda t: t.clips.create(sound()))
    asked = yield owner(lambda t: t.jobs.create(own.id, file=heard.id, metadata={"match": "derby"}))
    execute(asked.id)
    yield owner(lambda t: t.models.quantise(own.id, "1-int8", [heard.id]))
    yield owner(lambda t: [*t.models.drift(own.id)])
    yield owner(lambda t: t.models.choose_reference(own.id, [asked.id]))
    yield owner(lambda t: t.models.retire(own.id))


def close_a_month(name: str, now: datetime) -> None:
    """The month before, in which the organisation had enough fans to owe something."""
    whose = Organisation.objects.get(name=name)
    before = clock.month_before(now)
    use_users(whose, 10_000, at=before)
    close_organisation(whose, before.date(), now + 5 * DAY)


DAY = timedelta(days=1)
