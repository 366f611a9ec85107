"""Small models that serve each contract, and the form in which they are registered."""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from django.core.files.uploadedfile import SimpleUploadedFile
from onnx import external_data_helper, helper, numpy_helper

from apps.model_registry import tasks  # noqa: F401  (registers the handlers)
from foundation.clock import now
from foundation.files import uploads
from tests.conftest import Api, Tenant
from tests.modelhub.runtimes import graphs

RATE: Final = 8_000
WINDOW: Final = 800
WEIGHTS: Final = {"w": np.full((WINDOW, 2), 1 / WINDOW, np.float32)}

DECLARED: Final[dict[str, dict[str, Any]]] = {
    "audio_tagger": {"labels": ["loud", "quiet"]},
    "separator": {"labels": ["all", "nothing"]},
    "embedding": {},
    "pitch": {"frame_hop": 400, "lowest_midi": 60},
}


def product() -> onnx.ModelProto:
    """Two numbers for each window, both the mean of its samples: a tagger, or an embedding."""
    nodes = [helper.make_node("MatMul", ["sound", "w"], ["rows"])]
    sound, rows = graphs.floats("sound", ["batch", WINDOW]), graphs.floats("rows", ["batch", 2])
    return graphs.model(nodes, [sound], [rows], WEIGHTS)


def parting() -> onnx.ModelProto:
    """Two stems: the sound, and silence."""
    weights = {"w": np.array([[1.0], [0.0]], np.float32)}  # [stems, 1] × [batch, 1, samples]
    nodes = [helper.make_node("Mul", ["sound", "w"], ["stems"])]
    sound = graphs.floats("sound", ["batch", 1, WINDOW])
    return graphs.model(nodes, [sound], [graphs.floats("stems", ["batch", 2, WINDOW])], weights)


def noting() -> onnx.ModelProto:
    """Two frames of twelve semitones, whatever is heard: the third one sounds."""
    sounding = np.zeros((1, 2, 12), np.float32)
    sounding[:, :, 2] = 0.9
    weights = {"w": np.zeros((WINDOW, 24), np.float32), "frames": sounding}
    weights_and_shape: dict[str, Any] = {**weights, "shape": np.array([-1, 2, 12], np.int64)}
    nodes = [
        helper.make_node("MatMul", ["sound", "w"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["silent"]),
        helper.make_node("Add", ["silent", "frames"], ["note"]),
    ]
    sound = graphs.floats("sound", ["batch", WINDOW])
    note = graphs.floats("note", ["batch", 2, 12])
    return graphs.model(nodes, [sound], [note], weights_and_shape)


SERVING: Final = {
    "audio_tagger": product,
    "separator": parting,
    "embedding": product,
    "pitch": noting,
    "tensors": graphs.product,
}


def data(model: onnx.ModelProto) -> bytes:
    return bytes(model.SerializeToString())


def outside() -> tuple[bytes, bytes]:
    """A graph whose one tensor lies in w.bin, and the bytes of that."""
    model = graphs.product()
    [weights] = model.graph.initializer
    body = numpy_helper.to_array(weights).tobytes()
    external_data_helper.set_external_data(weights, "w.bin", 0, len(body))
    weights.ClearField("raw_data")
    weights.data_location = weights.EXTERNAL
    return data(model), body


def declaration(contract: str) -> dict[str, Any]:
    return {"sample_rate": RATE, "window": WINDOW, "hop": WINDOW} | DECLARED[contract]


def form(contract: str = "", *contents: bytes, names: Sequence[str] = (), **given: Any) -> Any:
    """The parts of a form; contents are those of the contract's model where none are given."""
    bodies = contents or (data(SERVING[contract or "tensors"]()),)
    called = names or ["model.onnx", *(f"part-{n}.bin" for n in range(2, 9))]
    fields: dict[str, Any] = {"name": "own", "version": "1"} | given
    if contract:
        fields["contract"] = contract
    if contract in DECLARED and "declaration" not in given:
        fields["declaration"] = json.dumps(declaration(contract))
    for number, (name, body) in enumerate(zip(called, bodies, strict=False), 1):
        fields["file" if number == 1 else f"file_{number}"] = SimpleUploadedFile(name, body)
    return fields


def register(caller: Api, contract: str = "", *contents: bytes, **given: Any) -> Any:
    return caller.upload("/v1/models", form(contract, *contents, **given))


def sent(owner: Tenant, name: str, body: bytes, *, purpose: str = "model", **other: Any) -> str:
    """The id of an upload of these bytes; `whole=False` leaves one of them out."""
    livemode, whole = other.get("livemode", True), other.get("whole", True)
    allowed = uploads.Allowed(len(body), ())
    upload = uploads.begin(
        uploads.Asked(name, "application/octet-stream", purpose, len(body)),
        organisation_id=owner.organisation.pk,
        livemode=livemode,
        allowed=allowed,
        now=now(),
    )
    uploads.append(upload, offset=0, chunks=[body if whole else body[1:]], now=now())
    upload.refresh_from_db()
    uploads.finish(upload, allowed=allowed, now=now())
    return upload.pk
