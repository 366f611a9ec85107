"""GGUF versions 2 and 3, little-endian: the format of llama.cpp.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from modelfiles import adapters
from modelfiles.cursor import Cursor
from modelfiles.errors import Code, MalformedModel, UnsupportedFormat
from modelfiles.formats.gguf_metadata import HEAD_COUNT, Metadata, read_metadata, read_text
from modelfiles.formats.gguf_types import TENSOR_TYPES
from modelfiles.tensors import (
    MAX_TENSORS,
    ModelFile,
    Shard,
    Weight,
    check_layout,
    element_count,
    packed_by_capacity,
)

MAGIC = b"GGUF"
_MAX_NAME_BYTES = 256
_MAX_DIMENSIONS = 4  # GGML_MAX_DIMS
_DEFAULT_ALIGNMENT = 32
_MAX_ALIGNMENT = 1 << 16
_MAX_SHARDS = 1024

# Families without attention that llama.cpp runs by this very key: a transformer renamed to one
# of them would not load. Hybrids (jamba, granite-hybrid, ...) have heads and are not listed.
_RECURRENT = frozenset({"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"})


def read(cursor: Cursor) -> ModelFile:
    """Read one GGUF header (up to where the tensor data begins).

    Raises UnsupportedFormat for other versions and byte orders, MalformedModel for the rest.
    """
    cursor.take(len(MAGIC))
    _check_version(cursor.u32())
    tensor_count, key_count = cursor.u64(), cursor.u64()
    if tensor_count > MAX_TENSORS:
        raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_TENSORS, found=tensor_count)
    metadata = read_metadata(cursor, key_count)
    alignment = _alignment(metadata)
    weights, extents = _read_tensors(cursor, tensor_count, alignment)
    begin = -(-cursor.position // alignment) * alignment
    cursor.take(min(begin, cursor.size) - cursor.position)
    if extents:
        placed = [(begin + start, begin + stop, name) for start, stop, name in extents]
        check_layout(placed, begin, cursor.size, alignment - 1)
    architecture = metadata.text("general.architecture", "unknown")
    is_adapter = metadata.text("general.type", "model") == "adapter"
    return ModelFile(
        format="gguf",
        architecture=architecture,
        weights=tuple(weights),
        file_bytes=cursor.size,
        bytes_read=cursor.bytes_read,
        header_sha256=cursor.sha256(),
        attention=_attention(metadata),
        recurrence=f"general.architecture = {architecture}" if architecture in _RECURRENT else "",
        notes=(adapters.NOTE,) if is_adapter else (),
        shard=_shard(metadata),
        is_adapter=is_adapter,
    )


def _check_version(version: int) -> None:
    if version in (2, 3):
        return
    if int.from_bytes(version.to_bytes(4, "little"), "big") in (1, 2, 3):
        raise UnsupportedFormat(Code.BIG_ENDIAN)
    raise UnsupportedFormat(Code.GGUF_VERSION, version=version)


def _alignment(metadata: Metadata) -> int:
    alignment = metadata.integer("general.alignment", _DEFAULT_ALIGNMENT)
    if not 0 < alignment <= _MAX_ALIGNMENT or alignment & (alignment - 1):
        raise MalformedModel(Code.BAD_ALIGNMENT, found=alignment)
    return alignment


def _read_tensors(
    cursor: Cursor, count: int, alignment: int
) -> tuple[list[Weight], list[tuple[int, int, str]]]:
    weights: dict[str, Weight] = {}
    extents = []
    for _ in range(count):
        weight, offset = _read_tensor(cursor)
        if weight.name in weights:
            raise MalformedModel(Code.DUPLICATE_TENSOR, tensor=weight.name)
        if offset % alignment:
            raise MalformedModel(Code.BAD_ALIGNMENT, tensor=weight.name, found=offset)
        weights[weight.name] = weight
        extents.append((offset, offset + weight.stored_bytes, weight.name))
    return list(weights.values()), extents


def _read_tensor(cursor: Cursor) -> tuple[Weight, int]:
    name = read_text(cursor, _MAX_NAME_BYTES)
    dimensions = cursor.u32()
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise MalformedModel(Code.BAD_SHAPE, tensor=name, dimensions=dimensions)
    # GGUF lists the fastest dimension first; everyone else the slowest.
    shape = tuple(cursor.u64() for _ in range(dimensions))[::-1]
    kind = cursor.u32()
    if kind not in TENSOR_TYPES:
        raise MalformedModel(Code.UNKNOWN_TENSOR_TYPE, tensor=name, found=kind)
    label, block_elements, block_bytes, bits = TENSOR_TYPES[kind]
    elements = element_count(name, shape)
    if elements == 0 or shape[-1] % block_elements:
        raise MalformedModel(Code.BAD_SHAPE, tensor=name, row=shape[-1])
    stored = elements // block_elements * block_bytes
    offset = cursor.u64()
    if not bits:
        return packed_by_capacity(name, shape, label, stored), offset
    return Weight(name, shape, label, bits, elements, stored), offset


def _attention(metadata: Metadata) -> str:
    for key, value in metadata.values.items():
        if key.endswith(HEAD_COUNT):
            heads = value if isinstance(value, tuple) else (value,)
            most = max((n for n in heads if type(n) is int), default=0)
            if most > 0:
                return f"{key} = {most}"
    return ""


def _shard(metadata: Metadata) -> Shard | None:
    count = metadata.integer("split.count", 1)
    if count <= 1:
        return None
    index = metadata.integer("split.no", 0)
    if count > _MAX_SHARDS or not 0 <= index < count:
        raise MalformedModel(Code.BAD_VALUE, key="split.count", found=count)
    tensors = metadata.integer("split.tensors.count", -1)
    return Shard(index, count, tensors if tensors >= 0 else None)
