"""What a model file's header proves, in one frozen value."""

from dataclasses import dataclass
from typing import Literal

Proof = Literal["yes", "no", "unproven"]


@dataclass(frozen=True, slots=True)
class ModelReport:
    """The measured facts of one model (one file, or all files of a set).

    format            "gguf", "safetensors", "onnx" or "tflite"
    architecture      what the file calls itself, "unknown" if it does not say
    parameters        weights, packed ones by capacity; scales and zero points are not counted
    weight_bytes      bytes of all stored tensors, scales included
    file_bytes        bytes of the file or files as declared, external tensor data included
    bits_per_weight   8 x weight_bytes / parameters
    is_quantised      see `judgement.is_quantised`
    is_transformer    "yes", "no" (proved otherwise) or "unproven"
    quantisation      the kind that most parameters are stored in, as "Q4_K" or "GPTQ 4-bit"
    tensors           number of stored tensors
    evidence          why: short English sentences in printable ASCII
    bytes_read        bytes fetched from the source to know all this
    header_sha256     of the header bytes; of the digests in order for a set
    adapter_parameters  how many of the parameters are adapters': all of them for an adapter alone
    """

    format: str
    architecture: str
    parameters: int
    weight_bytes: int
    file_bytes: int
    bits_per_weight: float
    is_quantised: bool
    is_transformer: Proof
    quantisation: str
    tensors: int
    evidence: tuple[str, ...]
    bytes_read: int
    header_sha256: str
    adapter_parameters: int = 0

    @property
    def is_adapter(self) -> bool:
        """Whether it is no model but a change to one, to whose parameters it adds."""
        return self.adapter_parameters == self.parameters
