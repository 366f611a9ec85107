"""What a format reader hands on: the weights of one file, counted, and what it says of itself."""

from dataclasses import dataclass

from modelfiles.errors import Code, MalformedModel

# Per file. A mixture of experts split into shards stays below 20,000; a bomb costs two seconds.
MAX_TENSORS = 65_536
_MAX_DIMENSIONS = 8
_MAX_ELEMENTS = 1 << 62

# An integer tensor that nothing explains may be packed weights of any width. Four bits is what
# nearly all packed models use, so its capacity at four bits is its count: never too low for them.
ASSUMED_PACKED_BITS = 4


@dataclass(frozen=True, slots=True)
class Weight:
    """One stored tensor. `bits` are nominal per parameter; `parameters` is 0 for scales."""

    name: str
    shape: tuple[int, ...]  # row-major, outermost first
    kind: str
    bits: int
    parameters: int
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class RawTensor:
    """A tensor as stored: shape in stored elements of `bits` bits."""

    name: str
    dtype: str
    bits: int
    shape: tuple[int, ...]
    stored_bytes: int

    @property
    def elements(self) -> int:
        """Stored elements: for packed weights fewer than parameters."""
        return self.stored_bytes * 8 // self.bits


@dataclass(frozen=True, slots=True)
class Shard:
    """Place of a file in a set that declares its own size; `index` counts from 0, `tensors` is how
    many the whole set holds, where it says so."""

    index: int
    count: int
    tensors: int | None = None


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file as read: `attention` and `recurrence` hold what its metadata proves, in words.

    `is_adapter` tells whether it only changes another model. `stored` and `declared_bits` are what
    `packing.weigh` made the weights of, where other shards may hold their scales.
    """

    format: str
    architecture: str
    weights: tuple[Weight, ...]
    file_bytes: int
    bytes_read: int
    header_sha256: str
    attention: str = ""
    recurrence: str = ""
    notes: tuple[str, ...] = ()
    shard: Shard | None = None
    is_adapter: bool = False
    stored: tuple[RawTensor, ...] = ()
    declared_bits: int | None = None


def element_count(name: str, shape: tuple[int, ...]) -> int:
    """Product of the dimensions; raises MalformedModel (bad_shape) for absurd shapes.

    No dimension may be negative, at most 8 dimensions, fewer than 2^62 elements: the product is
    formed step by step, so 2^32 x 2^32 never becomes a number that some loader would wrap.
    """
    if len(shape) > _MAX_DIMENSIONS:
        raise MalformedModel(Code.BAD_SHAPE, tensor=name, dimensions=len(shape))
    elements = 1
    for size in shape:
        if size < 0 or elements * size >= _MAX_ELEMENTS:
            raise MalformedModel(Code.BAD_SHAPE, tensor=name)
        elements *= size
    return elements


def packed_by_capacity(name: str, shape: tuple[int, ...], dtype: str, stored: int) -> Weight:
    """Count an unexplained integer tensor as packed four-bit weights (see ASSUMED_PACKED_BITS)."""
    bits = ASSUMED_PACKED_BITS
    return Weight(name, shape, f"{dtype} as packed {bits}-bit", bits, stored * 8 // bits, stored)


def check_layout(extents: list[tuple[int, int, str]], begin: int, end: int, padding: int) -> None:
    """Check that (start, end, name) byte ranges tile [begin, end) with gaps of at most `padding`.

    Overlaps would count one buffer twice or hide one in another; unclaimed bytes would carry
    weights that no count has seen. Raises MalformedModel.
    """
    reached = begin
    for start, stop, name in sorted(extents):
        if stop > end:
            raise MalformedModel(Code.TENSOR_OUTSIDE_FILE, tensor=name, needed=stop, size=end)
        if start < reached:
            raise MalformedModel(Code.TENSORS_OVERLAP, tensor=name)
        if start - reached > padding:
            raise MalformedModel(Code.UNCLAIMED_BYTES, before=name, found=start - reached)
        reached = stop
    if end - reached > padding:
        raise MalformedModel(Code.UNCLAIMED_BYTES, found=end - reached)
