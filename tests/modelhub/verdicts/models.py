"""Forty-odd well-known models: their tensors, how they are stored, and the row of the table.

`python -m tests.modelhub.verdicts.models` prints the rows of docs/reference/model-verdicts.md.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from modelfiles import FileSource, ModelReport, inspect
from modelhub.rules import Verdict, judge
from tests.modelfiles import samples, samples_onnx
from tests.modelfiles import samples_tflite as tfl
from tests.modelfiles.samples import LLAMA_7B, LLAMA_13B, MISTRAL_7B, Sample, elements
from tests.modelhub.seed_caps import SEED_CAPS
from tests.modelhub.verdicts import decoders, listeners, phones
from tests.modelhub.verdicts.decoders import Decoder, Tensors

DEFAULT_CAPS = replace(
    SEED_CAPS, cloud_bytes_max=2**36, edge_bytes_max=2**33, device_bytes_max=2**32
)
_FOUR_NORMS = (
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)


@dataclass(frozen=True)
class WellKnown:
    """A model as it is passed around; `parameters` are what its shapes multiply to."""

    name: str
    stored: str
    parameters: int
    sample: Callable[[], Sample]

    def inspected(self, folder: Path) -> ModelReport:
        """What a probe finds in a sparse file with this model's header."""
        path = self.sample().write(folder / "model")
        with FileSource(path) as source:
            return inspect(source)

    def row(self, report: ModelReport, verdict: Verdict) -> str:
        """The model's line in the document."""
        codes = sorted({reason.code for found in verdict.refused.values() for reason in found})
        cells = [
            self.name,
            self.stored,
            f"{report.parameters:,}",
            f"{report.bits_per_weight:.2f}",
            report.is_transformer,
            ", ".join(verdict.allowed) or "none",
            ", ".join(f"`{code}`" for code in codes) or "—",
        ]
        return f"| {' | '.join(cells)} |"


def rows() -> Iterator[str]:
    """Every line of the table, in order."""
    with tempfile.TemporaryDirectory() as folder:
        for model in MODELS:
            report = model.inspected(Path(folder))
            yield model.row(report, judge(report, DEFAULT_CAPS))


def _count(tensors: Tensors) -> int:
    return sum(elements(shape) for shape in tensors.values())


def _gguf(name: str, tensors: Tensors, kind: str, architecture: str = "llama") -> WellKnown:
    """Matrices of one kind, everything else in 32 bits, and no vocabulary."""
    stored = {t: (s, kind if len(s) == 2 else "F32") for t, s in tensors.items()}
    metadata = {
        "general.architecture": architecture,
        f"{architecture}.attention.head_count": 32,
    }
    return WellKnown(name, f"GGUF {kind}", _count(tensors), lambda: samples.gguf(stored, metadata))


def _safetensors(name: str, tensors: Tensors, kind: str) -> WellKnown:
    stored = {tensor: (shape, kind) for tensor, shape in tensors.items()}
    return WellKnown(
        name, f"safetensors {kind}", _count(tensors), lambda: samples.safetensors(stored)
    )


def _onnx(name: str, tensors: Tensors) -> WellKnown:
    """32-bit floats in a file beside the graph."""

    def write() -> Sample:
        stored, offset = [], 0
        for tensor, shape in tensors.items():
            size = 4 * elements(shape)
            outside = samples_onnx.onnx_external("model.onnx.data", offset, size)
            stored.append(samples_onnx.onnx_tensor(tensor, shape, samples_onnx.FLOAT, outside))
            offset += size
        return samples_onnx.onnx([], stored)

    return WellKnown(name, "ONNX F32", _count(tensors), write)


def _tflite(name: str, model: tfl.Model, kind: str) -> WellKnown:
    parameters = sum(elements(constant.shape) for constant in model.constants)
    return WellKnown(name, f"TFLite {kind}", parameters, lambda: tfl.inline(model))


def _tflite_int4(name: str, tensors: Tensors) -> WellKnown:
    """As phones run it: four bits with a scale for each output, behind the FlatBuffer."""
    matrices = [len(shape) == 2 for shape in tensors.values()]
    constants = [
        tfl.Constant(tensor, shape, tfl.INT4, shape[0])
        if len(shape) == 2
        else tfl.Constant(tensor, shape)
        for tensor, shape in tensors.items()
    ]
    operators = [
        tfl.Operator(tfl.FULLY_CONNECTED, (-1, place, -1))
        for place, is_matrix in enumerate(matrices)
        if is_matrix
    ]
    model = tfl.Model(constants, operators)
    return WellKnown(name, "TFLite INT4", _count(tensors), lambda: tfl.behind(model))


LLAMA_3_8B = Decoder(
    vocabulary=128256, hidden=4096, layers=32, feed_forward=14336, heads_wide=4096, keys_wide=1024
)
LLAMA_2_70B = Decoder(
    vocabulary=32000, hidden=8192, layers=80, feed_forward=28672, heads_wide=8192, keys_wide=1024
)
LLAMA_32_1B = Decoder(
    vocabulary=128256, hidden=2048, layers=16, feed_forward=8192, heads_wide=2048, keys_wide=512,
    tied=True,
)  # fmt: skip
LLAMA_32_3B = Decoder(
    vocabulary=128256, hidden=3072, layers=28, feed_forward=8192, heads_wide=3072, keys_wide=1024,
    tied=True,
)  # fmt: skip
MIXTRAL = Decoder(
    vocabulary=32000, hidden=4096, layers=32, feed_forward=14336, heads_wide=4096, keys_wide=1024,
    experts=8,
)  # fmt: skip
QWEN_05B = Decoder(
    vocabulary=151936, hidden=896, layers=24, feed_forward=4864, heads_wide=896, keys_wide=128,
    tied=True, biases=True,
)  # fmt: skip
QWEN_15B = Decoder(
    vocabulary=151936, hidden=1536, layers=28, feed_forward=8960, heads_wide=1536, keys_wide=256,
    tied=True, biases=True,
)  # fmt: skip
QWEN_7B = Decoder(
    vocabulary=152064, hidden=3584, layers=28, feed_forward=18944, heads_wide=3584, keys_wide=512,
    biases=True,
)  # fmt: skip
GEMMA_2B = Decoder(
    vocabulary=256000, hidden=2048, layers=18, feed_forward=16384, heads_wide=2048, keys_wide=256,
    tied=True,
)  # fmt: skip
GEMMA_2_2B = Decoder(
    vocabulary=256000, hidden=2304, layers=26, feed_forward=9216, heads_wide=2048, keys_wide=1024,
    tied=True, norms=_FOUR_NORMS,
)  # fmt: skip
GEMMA_3_1B = Decoder(
    vocabulary=262144, hidden=1152, layers=26, feed_forward=6912, heads_wide=1024, keys_wide=256,
    tied=True, norms=_FOUR_NORMS, head_norms=256,
)  # fmt: skip
PHI_3_MINI = Decoder(
    vocabulary=32064, hidden=3072, layers=32, feed_forward=8192, heads_wide=3072, keys_wide=3072,
    fused=True,
)  # fmt: skip
TINYLLAMA = Decoder(
    vocabulary=32000, hidden=2048, layers=22, feed_forward=5632, heads_wide=2048, keys_wide=256
)

MODELS: tuple[WellKnown, ...] = (
    _gguf("Llama 2 7B", LLAMA_7B.tensors(), "Q4_K"),
    _safetensors("Llama 2 7B", LLAMA_7B.tensors(), "F16"),
    _gguf("Llama 2 13B", LLAMA_13B.tensors(), "Q4_K"),
    WellKnown(
        "Llama 2 13B",
        "safetensors GPTQ 4-bit",
        LLAMA_13B.parameters,
        lambda: samples.safetensors_gptq(LLAMA_13B),
    ),
    _gguf("Llama 2 70B", LLAMA_2_70B.tensors(), "Q4_K"),
    _gguf("Llama 3 8B", LLAMA_3_8B.tensors(), "Q4_K"),
    _gguf("Llama 3.2 1B", LLAMA_32_1B.tensors(), "Q8_0"),
    _gguf("Llama 3.2 3B", LLAMA_32_3B.tensors(), "Q4_K"),
    _gguf("Mistral 7B", MISTRAL_7B.tensors(), "Q4_K"),
    _gguf("Mixtral 8x7B", MIXTRAL.tensors(), "Q4_K"),
    _gguf("Qwen2.5 0.5B", QWEN_05B.tensors(), "Q8_0", "qwen2"),
    _gguf("Qwen2.5 1.5B", QWEN_15B.tensors(), "Q4_K", "qwen2"),
    _gguf("Qwen2.5 7B", QWEN_7B.tensors(), "Q4_K", "qwen2"),
    _tflite_int4("Gemma 2B", GEMMA_2B.tensors()),
    _safetensors("Gemma 2 2B", GEMMA_2_2B.tensors(), "BF16"),
    _gguf("Gemma 3 1B", GEMMA_3_1B.tensors(), "Q8_0", "gemma3"),
    _gguf("Phi-2", decoders.phi2(), "Q4_K", "phi2"),
    _gguf("Phi-3 mini", PHI_3_MINI.tensors(), "Q4_K", "phi3"),
    _gguf("TinyLlama 1.1B", TINYLLAMA.tensors(), "Q4_K"),
    _gguf("Falcon 7B", decoders.falcon_7b(), "Q8_0", "falcon"),
    _safetensors("GPT-NeoX 20B", decoders.gpt_neox_20b(), "F16"),
    _safetensors("GPT-2", decoders.gpt2(), "F32"),
    _safetensors("T5 small", decoders.t5_small(), "F32"),
    _safetensors("Whisper tiny", listeners.whisper(384, 4), "F32"),
    _safetensors("Whisper base", listeners.whisper(512, 6), "F32"),
    _safetensors("Whisper small", listeners.whisper(768, 12), "F16"),
    _safetensors("Whisper medium", listeners.whisper(1024, 24), "F16"),
    _safetensors("Whisper large v3", listeners.whisper(1280, 32, 128, 51866), "F16"),
    _safetensors("BERT base", listeners.bert(768, 12, 3072), "F32"),
    _safetensors("DistilBERT", listeners.distilbert(), "F32"),
    _onnx("all-MiniLM-L6-v2", listeners.bert(384, 6, 1536)),
    _safetensors("Audio Spectrogram Transformer", listeners.audio_spectrogram_transformer(), "F32"),
    _safetensors("wav2vec 2.0 base", listeners.wav2vec2_base(), "F32"),
    _tflite("YAMNet", phones.yamnet(), "F32"),
    _onnx("VGGish", listeners.vggish()),
    _safetensors("PANNs CNN14", listeners.panns_cnn14(), "F32"),
    _safetensors("Open-Unmix umxhq, one target", listeners.open_unmix(), "F32"),
    _safetensors("Demucs v2", listeners.demucs_v2(), "F32"),
    _onnx("Basic Pitch", listeners.basic_pitch()),
    _onnx("Silero VAD", listeners.silero_vad()),
    _tflite("MobileNet V1", phones.mobilenet_v1(), "INT8"),
    _tflite("MobileNet V2", phones.mobilenet_v2(), "INT8"),
    _onnx("ResNet-50", listeners.resnet50()),
)

if __name__ == "__main__":
    print("\n".join(rows()))
