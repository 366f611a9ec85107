"""Why a model file is refused: one error tree with stable codes and plain facts."""

from enum import StrEnum
from typing import Final

# Names come from the file, so they are escaped and cut before they reach a log or an answer.
_LONGEST_NAME_SHOWN = 80


class Code(StrEnum):
    """The public, stable reason of a refusal; docs/reference/model-caps.md explains each."""

    PICKLE = "format_pickle"
    ZIP = "format_zip"
    HDF5 = "format_hdf5"
    NUMPY = "format_numpy"
    ARCHIVE = "format_archive"
    LEGACY_GGML = "format_legacy_ggml"
    GGUF_VERSION = "format_gguf_version"
    BIG_ENDIAN = "format_big_endian"
    UNKNOWN_FORMAT = "format_unknown"

    EMPTY = "empty_file"
    TRUNCATED = "truncated"
    HEADER_TOO_LARGE = "header_too_large"
    TOO_MANY_ENTRIES = "too_many_entries"
    NESTING_TOO_DEEP = "nesting_too_deep"
    BAD_TEXT = "bad_text"
    BAD_VALUE = "bad_value"
    BAD_JSON = "bad_json"
    BAD_PROTOBUF = "bad_protobuf"
    BAD_ALIGNMENT = "bad_alignment"
    BAD_SHAPE = "bad_shape"
    DUPLICATE_KEY = "duplicate_key"
    DUPLICATE_TENSOR = "duplicate_tensor"
    UNKNOWN_TENSOR_TYPE = "unknown_tensor_type"
    SIZE_MISMATCH = "size_mismatch"
    TENSOR_OUTSIDE_FILE = "tensor_outside_file"
    TENSORS_OVERLAP = "tensors_overlap"
    UNCLAIMED_BYTES = "unclaimed_bytes"
    EXTERNAL_PATH = "external_path"
    OPAQUE_WEIGHTS = "opaque_weights"
    NO_WEIGHTS = "no_weights"
    INCOMPLETE_SET = "incomplete_set"
    EXTERNAL_DATA_MISSING = "external_data_missing"

    NEED_MORE_BYTES = "need_more_bytes"


_SAID: Final = {
    Code.PICKLE: "The file is a Python pickle, which can run code when it is opened.",
    Code.ZIP: "The file is a zip, as PyTorch, Keras and NumPy write: it can hold code.",
    Code.HDF5: "The file is HDF5, as of older Keras, and hides its weights from a header.",
    Code.NUMPY: "The file is a bare NumPy array.",
    Code.ARCHIVE: "The file is compressed, or an archive.",
    Code.LEGACY_GGML: "The file is GGML of the time before GGUF.",
    Code.GGUF_VERSION: "The file is GGUF in a version other than 2 and 3.",
    Code.BIG_ENDIAN: "The file is big-endian GGUF.",
    Code.UNKNOWN_FORMAT: "The file is of none of the formats that are read.",
    Code.EMPTY: "The file has no bytes.",
    Code.TRUNCATED: "The file ends before what its header promises: it was cut, or altered.",
    Code.HEADER_TOO_LARGE: "The file's header is longer than what is read of one.",
    Code.TOO_MANY_ENTRIES: "The file has more tensors, keys or fields than any real model.",
    Code.NESTING_TOO_DEEP: "The file nests lists, objects, arrays or graphs beyond reason.",
    Code.BAD_TEXT: "The file has a text that is too long or no UTF-8.",
    Code.BAD_VALUE: "The file has a value of the wrong type or out of range.",
    Code.BAD_JSON: "The file's header is no JSON object.",
    Code.BAD_PROTOBUF: "The file has an ONNX message that breaks the wire format.",
    Code.BAD_ALIGNMENT: "An alignment is no power of two, or a tensor is off it.",
    Code.BAD_SHAPE: "A tensor's dimensions are such as none can have.",
    Code.DUPLICATE_KEY: "A key stands twice.",
    Code.DUPLICATE_TENSOR: "Two tensors have the same name.",
    Code.UNKNOWN_TENSOR_TYPE: "A tensor is of a type that is unknown, withdrawn or sparse.",
    Code.SIZE_MISMATCH: "A tensor's shape and its bytes disagree.",
    Code.TENSOR_OUTSIDE_FILE: "A tensor ends after the file does.",
    Code.TENSORS_OVERLAP: "Two tensors share bytes without being the same.",
    Code.UNCLAIMED_BYTES: "There are bytes that belong to no tensor.",
    Code.EXTERNAL_PATH: "The file names one outside the model's own folder.",
    Code.OPAQUE_WEIGHTS: "The weights are in a form that no header describes.",
    Code.NO_WEIGHTS: "The file has no parameters at all.",
    Code.INCOMPLETE_SET: "The files are not those of one whole model.",
    Code.EXTERNAL_DATA_MISSING: "A tensor's bytes are in a file that is not beside the graph.",
    Code.NEED_MORE_BYTES: "The header goes on past the bytes that were sent.",
}

_INSTEAD: Final = "Export the model as ONNX, TFLite, GGUF or safetensors."
_AGAIN: Final = (
    "Send the file again and compare its size and SHA-256 with the original's; where they are the "
    "same, export the model again."
)
_DO: Final = {
    **dict.fromkeys((Code.PICKLE, Code.ZIP, Code.HDF5, Code.NUMPY, Code.UNKNOWN_FORMAT), _INSTEAD),
    Code.ARCHIVE: "Unpack it and send the model's own file.",
    Code.LEGACY_GGML: "Convert it to GGUF by the tools of llama.cpp.",
    Code.GGUF_VERSION: "Convert it to GGUF 3 by the tools of llama.cpp.",
    Code.BIG_ENDIAN: "Convert it to little-endian GGUF by the tools of llama.cpp.",
    Code.EXTERNAL_PATH: "Export the model with its data in files beside the graph, or within it.",
    Code.OPAQUE_WEIGHTS: "Export the model with its weights as plain tensors.",
    Code.NO_WEIGHTS: "Send the file that holds the model's weights.",
    Code.UNKNOWN_TENSOR_TYPE: "Export the model with dense tensors of a type in use today.",
    Code.INCOMPLETE_SET: (
        "Send every shard once, all of one format, with the index that names them; and an adapter "
        "as one, with its base."
    ),
    Code.EXTERNAL_DATA_MISSING: (
        "Send that file beside the graph, under the very name that the graph has for it; or export "
        "the model as one file."
    ),
    Code.TENSOR_OUTSIDE_FILE: (
        "Send the file whole, of the same export as the rest of the model: this one was cut, or "
        "is another."
    ),
    Code.NEED_MORE_BYTES: "Send as many of the file's first bytes as are needed.",
}


def shown(text: str) -> str:
    """Return text from a file in printable ASCII, at most 80 characters long."""
    ascii_only = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(c if c.isprintable() else "?" for c in ascii_only[:_LONGEST_NAME_SHOWN])
    return printable + ("..." if len(ascii_only) > _LONGEST_NAME_SHOWN else "")


class ModelRefused(Exception):
    """The root: `code` is stable, `facts` are numbers and short printable strings.

    `source` is the file that is to blame, as it was given; None where several are together.
    """

    def __init__(self, code: Code, **facts: int | str) -> None:
        self.code = code
        self.source: object = None
        self.facts = {k: shown(v) if isinstance(v, str) else v for k, v in facts.items()}
        told = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        super().__init__(f"{code}: {told}" if told else str(code))

    @property
    def said(self) -> str:
        """The reason as a sentence, with its facts behind it."""
        told = ", ".join(f"{key} {value}" for key, value in self.facts.items())
        return f"{_SAID[self.code]} Found: {told}." if told else _SAID[self.code]

    @property
    def advice(self) -> str:
        """What whoever has the file does about it, as a sentence or two."""
        return _DO.get(self.code, _AGAIN)


class UnsupportedFormat(ModelRefused):
    """The bytes are of a kind that is never read: it can run code, or hides its weights."""


class MalformedModel(ModelRefused):
    """The file claims to be of a readable format and breaks that format's rules."""


class NeedMoreBytes(ModelRefused):
    """The header goes on past the prefix: send the first `needed` bytes of the file instead."""

    def __init__(self, needed: int, have: int) -> None:
        super().__init__(Code.NEED_MORE_BYTES, needed=needed, have=have)
        self.needed = needed
        self.have = have
