"""Why a model file is refused: one error tree with stable codes and plain facts."""

from enum import StrEnum

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

    NEED_MORE_BYTES = "need_more_bytes"


def shown(text: str) -> str:
    """Return text from a file in printable ASCII, at most 80 characters long."""
    ascii_only = text.encode("ascii", "backslashreplace").decode()
    printable = "".join(c if c.isprintable() else "?" for c in ascii_only[:_LONGEST_NAME_SHOWN])
    return printable + ("..." if len(ascii_only) > _LONGEST_NAME_SHOWN else "")


class ModelRefused(Exception):
    """The root: `code` is stable, `facts` are numbers and short printable strings."""

    def __init__(self, code: Code, **facts: int | str) -> None:
        self.code = code
        self.facts = {k: shown(v) if isinstance(v, str) else v for k, v in facts.items()}
        told = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        super().__init__(f"{code}: {told}" if told else str(code))


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
