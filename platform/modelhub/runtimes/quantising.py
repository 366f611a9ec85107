"""Eight bits in place of thirty-two: static quantisation, and how much accuracy it costs.

A model becomes QDQ: pairs of QuantizeLinear and DequantizeLinear around its operators, which every
execution provider with 8-bit kernels fuses, NPUs among them. The `onnx` package does the surgery
(the extra `tifo[quantise]`); it reads the whole model, so this belongs into a worker's child.
"""

import importlib
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from foundation.errors import Retry, TifoError
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.files import ModelUnloadable
from modelhub.runtimes.library import onnxruntime
from modelhub.runtimes.sessions import Session, open_session
from modelhub.runtimes.tensors import Array, Tensors, check

_MOST_BYTES: Final = (1 << 31) - 1  # what one protobuf message can hold


class QuantiserNotInstalled(TifoError):
    status = 409
    code = "quantiser-not-installed"
    title = "This platform quantises no models"
    meaning = "The operator has not installed what quantising needs, the extra `tifo[quantise]`."
    remedy = "Quantise the model before you upload it, or ask the operator for the extra."
    retry = Retry.NO
    advice = "Quantise the model before you upload it, or ask the operator for the extra."


class NotQuantisable(TifoError):
    status = 422
    code = "not-quantisable"
    title = "The model could not be quantised"
    meaning = "Its operators, types or calibration data are such that no 8-bit model came of it."
    remedy = (
        "Send a float32 model and at least one set of calibration inputs, as varied as what the "
        "model will hear, besides those that are held out."
    )
    retry = Retry.NO
    advice = "Send a float32 model, and sounds as varied as what it will hear."


@dataclass(frozen=True, slots=True)
class Accuracy:
    """One output of the 8-bit model beside the float one's, over all held-out inputs.

    cosine          of both outputs as vectors, 1 where they point the same way
    max_abs_error   the largest difference of two values, in the output's own unit
    snr_db          10 log10(Σ float² ÷ Σ difference²); None where they do not differ at all
    """

    cosine: float
    max_abs_error: float
    snr_db: float | None


@dataclass(frozen=True, slots=True)
class QuantisingReport:
    """What quantising did: bytes before and after, and the accuracy of each output by name."""

    bytes_before: int
    bytes_after: int
    calibrated_on: int
    judged_on: int
    outputs: Mapping[str, Accuracy]


def quantise(
    model: Path,
    target: Path,
    *,
    calibration: Sequence[Tensors],
    held_out: Sequence[Tensors],
    per_channel: bool = False,
    threads: int = 1,
) -> QuantisingReport:
    """Write an 8-bit model to `target`: unsigned activations, signed symmetric weights.

    Activations range from the least to the largest that `calibration` makes (MinMax). `held_out`
    are other inputs, on which both models are compared; neither may be empty. With `per_channel`
    each output channel of a weight has its own scale: more exact, and not every NPU takes it.
    Raises QuantiserNotInstalled, NotQuantisable, BadTensor, or what `open_session` raises.
    """
    if not calibration or not held_out:
        raise NotQuantisable("Calibration and held-out inputs are both needed.")
    float_session = open_session(model, PROCESSOR, machine="", threads=threads)
    if float_session.bytes > _MOST_BYTES:
        raise ModelUnloadable("Models of 2 GB and more are not quantised.", reason="too_large")
    for inputs in (*calibration, *held_out):
        check(float_session.inputs, inputs)
    _write(model, target, calibration, per_channel=per_channel)
    if b"QuantizeLinear" not in target.read_bytes():
        raise NotQuantisable("None of its operators could be quantised: it would be no smaller.")
    try:
        session = open_session(target, PROCESSOR, machine="", threads=threads)
    except ModelUnloadable as broken:  # the graph that was written, not the one that came
        raise NotQuantisable("The 8-bit graph that came of it cannot be run.") from broken
    return QuantisingReport(
        bytes_before=float_session.bytes,
        bytes_after=session.bytes,
        calibrated_on=len(calibration),
        judged_on=len(held_out),
        outputs=judge(float_session, session, held_out),
    )


def judge(reference: Session, other: Session, inputs: Sequence[Tensors]) -> dict[str, Accuracy]:
    """Compare two models of the same outputs on the same inputs."""
    pairs: dict[str, list[tuple[Array, Array]]] = {}
    for each in inputs:
        expected, found = reference.run(each), other.run(each)
        for name, array in expected.items():
            pairs.setdefault(name, []).append((array.ravel(), found[name].ravel()))
    return {
        name: accuracy(
            np.concatenate([expected for expected, _ in told]),
            np.concatenate([found for _, found in told]),
        )
        for name, told in pairs.items()
    }


def accuracy(expected: Array, found: Array) -> Accuracy:
    """How near two vectors of the same length are."""
    wanted, got = expected.astype(np.float64), found.astype(np.float64)
    error = got - wanted
    lengths = float(np.linalg.norm(wanted) * np.linalg.norm(got))
    same = not error.any()
    cosine = float(wanted @ got) / lengths if lengths else float(same)
    noise, signal = float(error @ error), float(wanted @ wanted)
    snr_db = None if same else 10 * math.log10(max(signal, 1e-30) / noise)
    return Accuracy(cosine, float(np.abs(error).max(initial=0.0)), snr_db)


class _Calibration:
    """Hands the inputs to the library one by one."""

    def __init__(self, inputs: Sequence[Tensors]) -> None:
        self._left: Iterator[Tensors] = iter(inputs)

    def get_next(self) -> dict[str, Array] | None:
        inputs = next(self._left, None)
        return None if inputs is None else dict(inputs)


def _write(model: Path, target: Path, calibration: Sequence[Tensors], *, per_channel: bool) -> None:
    library = _library()
    kinds = library.QuantType
    with tempfile.TemporaryDirectory(prefix="quantise.") as folder:
        prepared = Path(folder) / "prepared.onnx"
        try:
            # Shapes are inferred and batch norms folded first: what has no shape stays float.
            library.shape_inference.quant_pre_process(
                str(model), str(prepared), skip_symbolic_shape=True
            )
            library.quantize_static(
                str(prepared),
                str(target),
                _Calibration(calibration),
                quant_format=library.QuantFormat.QDQ,
                activation_type=kinds.QUInt8,
                weight_type=kinds.QInt8,
                per_channel=per_channel,
                calibrate_method=library.CalibrationMethod.MinMax,
                extra_options={"WeightSymmetric": True, "ActivationSymmetric": False},
            )
        except Exception as error:  # the library raises whatever it meets
            raise NotQuantisable(f"The quantiser gave up: {type(error).__name__}.") from error


def _library() -> Any:
    onnxruntime()  # quiet before its parts are loaded
    try:
        importlib.import_module("onnx")
        importlib.import_module("onnxruntime.quantization.shape_inference")
        return importlib.import_module("onnxruntime.quantization")
    except ImportError as missing:
        raise QuantiserNotInstalled from missing
