"""safetensors: eight bytes of length, a JSON header, then the tensors without a gap.

Source: https://github.com/huggingface/safetensors#format
"""

from dataclasses import dataclass

from modelfiles import adapters
from modelfiles.cursor import READ_BUDGET, Cursor
from modelfiles.errors import Code, MalformedModel, shown
from modelfiles.formats import strict_json
from modelfiles.packing import weigh
from modelfiles.tensors import MAX_TENSORS, ModelFile, RawTensor, check_layout, element_count

# A tensor entry has about ten values: its name, three members, a shape and two offsets.
_VALUES_PER_TENSOR = 10
_MAX_NAME = 1024
_MAX_DECLARATION = 64 * 1024

_DTYPE_BITS = {
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "BOOL": 8,
    "I8": 8,
    "U8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "I64": 64,
    "U64": 64,
    "F64": 64,
    "C64": 64,
}


@dataclass(frozen=True, slots=True)
class _Entry:
    tensor: RawTensor
    start: int
    stop: int


def read(cursor: Cursor) -> ModelFile:
    """Read one safetensors header. Raises MalformedModel."""
    length = int.from_bytes(cursor.take(8), "little")
    if length > READ_BUDGET - 8:
        raise MalformedModel(Code.HEADER_TOO_LARGE, limit=READ_BUDGET - 8, found=length)
    header = strict_json.parse(cursor.take(length), MAX_TENSORS * _VALUES_PER_TENSOR)
    if not isinstance(header, dict):
        raise MalformedModel(Code.BAD_JSON, at=0)
    claims = _claims(header.pop("__metadata__", {}))
    if len(header) > MAX_TENSORS:
        raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_TENSORS, found=len(header))
    entries = [_entry(name, value) for name, value in header.items()]
    if entries:
        extents = [(entry.start, entry.stop, entry.tensor.name) for entry in entries]
        check_layout(extents, 0, cursor.remaining, padding=0)
    stored = tuple(entry.tensor for entry in entries)
    declared_bits = _declared_bits(claims)
    weights, notes = weigh(stored, declared_bits)
    is_adapter = adapters.is_adapter([tensor.name for tensor in stored])
    return ModelFile(
        format="safetensors",
        architecture=shown(claims.get("modelspec.architecture", "unknown")),
        weights=tuple(weights),
        file_bytes=cursor.size,
        bytes_read=cursor.bytes_read,
        header_sha256=cursor.sha256(),
        notes=(*notes, adapters.NOTE) if is_adapter else notes,
        is_adapter=is_adapter,
        stored=stored,
        declared_bits=declared_bits,
    )


def _claims(metadata: object) -> dict[str, str]:
    if not isinstance(metadata, dict):
        raise MalformedModel(Code.BAD_VALUE, key="__metadata__")
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise MalformedModel(Code.BAD_VALUE, key=key)
    return metadata


def _entry(name: str, value: object) -> _Entry:
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data_offsets"}:
        raise MalformedModel(Code.BAD_VALUE, tensor=name)
    if len(name) > _MAX_NAME:
        raise MalformedModel(Code.BAD_TEXT, tensor=name)
    dtype, shape = value["dtype"], _integers(name, value["shape"])
    offsets = _integers(name, value["data_offsets"])
    if not isinstance(dtype, str) or dtype not in _DTYPE_BITS:
        raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, tensor=name, found=str(dtype))
    if len(offsets) != 2:
        raise MalformedModel(Code.BAD_VALUE, tensor=name)
    start, stop = offsets
    elements = element_count(name, shape)
    if elements * _DTYPE_BITS[dtype] != (stop - start) * 8:
        raise MalformedModel(Code.SIZE_MISMATCH, tensor=name, elements=elements, dtype=dtype)
    return _Entry(RawTensor(name, dtype, _DTYPE_BITS[dtype], shape, stop - start), start, stop)


def _integers(name: str, value: object) -> tuple[int, ...]:
    # `type(...) is int`: JSON's true would otherwise pass as a 1.
    if not isinstance(value, list) or any(type(item) is not int or item < 0 for item in value):
        raise MalformedModel(Code.BAD_VALUE, tensor=name)
    return tuple(value)


def _declared_bits(claims: dict[str, str]) -> int | None:
    """Bits of a packed weight as the file's own metadata declares them, if it does."""
    for key in ("quantization_config", "quantize_config", "quantization"):
        declaration = claims.get(key, "").encode(errors="replace")
        if not 0 < len(declaration) <= _MAX_DECLARATION:
            continue
        try:
            members = strict_json.parse(declaration, max_values=1000)
        except MalformedModel:
            continue  # free text under a key of that name declares nothing
        bits = members.get("bits", members.get("w_bit")) if isinstance(members, dict) else None
        if type(bits) is int and 2 <= bits <= 8:
            return bits
    return None
