"""The entry: tell the format from the first bytes, read the header, judge what it holds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath

from modelfiles.cursor import READ_BUDGET, Cursor
from modelfiles.errors import (
    Code,
    MalformedModel,
    ModelRefused,
    NeedMoreBytes,
    UnsupportedFormat,
)
from modelfiles.formats import gguf, onnx, safetensors, tflite
from modelfiles.formats.onnx_values import Value
from modelfiles.judgement import judge
from modelfiles.pages import Pages
from modelfiles.report import ModelReport
from modelfiles.sets import MAX_FILES, check_index, weight_map, whole
from modelfiles.sources import Source
from modelfiles.tensors import ModelFile

_SNIFFED = 16
_LEAST_PREFIX = 1024 * 1024

# Containers that can run code when they are loaded, or that hide their weights from a header.
_REFUSED = (
    (0, b"PK", Code.ZIP),  # torch.save, .keras, .npz
    (0, b"\x89HDF\r\n\x1a\n", Code.HDF5),
    (0, b"\x93NUMPY", Code.NUMPY),
    (0, b"lmgg", Code.LEGACY_GGML),
    (0, b"fmgg", Code.LEGACY_GGML),
    (0, b"tjgg", Code.LEGACY_GGML),
    (0, b"\x1f\x8b", Code.ARCHIVE),
    (0, b"\x28\xb5\x2f\xfd", Code.ARCHIVE),
    (0, b"\xfd7zXZ", Code.ARCHIVE),
    (0, b"7z\xbc\xaf", Code.ARCHIVE),
    (0, b"BZh", Code.ARCHIVE),
    (0, b"Rar!", Code.ARCHIVE),
    *((0, bytes((0x80, protocol)), Code.PICKLE) for protocol in range(2, 6)),
)


def inspect(source: Source) -> ModelReport:
    """Measure one model file by its header: at most 32 MiB are read, nothing is loaded.

    Raises UnsupportedFormat, MalformedModel, or NeedMoreBytes when `source` is a prefix that
    ends inside the header. A file that declares itself a shard is refused (incomplete_set).
    The `source` of what is raised is the file to blame.
    """
    return inspect_set([source])


def inspect_set(sources: Sequence[Source]) -> ModelReport:
    """Measure all files of one model as one: shards, or a base model with its adapters.

    Order matters only for the digest. Raises as `inspect` does, and MalformedModel for a set of
    mixed formats, a missing shard or base (incomplete_set) or a tensor that two shards hold.
    """
    if not 0 < len(sources) <= MAX_FILES:
        raise MalformedModel(Code.INCOMPLETE_SET, found=len(sources), limit=MAX_FILES)
    return judge(whole([_read(source) for source in sources]))


def inspect_indexed(index: bytes, shards: Mapping[str, Source]) -> ModelReport:
    """Measure a sharded safetensors model by its `*.index.json` and its files by name.

    Raises as `inspect_set` does, and MalformedModel for an index that is none, or that disagrees
    with what the files hold: see `sets.weight_map` and `sets.check_index`.
    """
    with _blamed_on(index):
        places = weight_map(index)
    names = sorted(set(places.values()))
    missing = [name for name in names if name not in shards]
    if missing:
        raise MalformedModel(Code.INCOMPLETE_SET, file=missing[0], needed=len(names))
    files = {name: _read(shards[name]) for name in names}
    check_index(places, files)
    return judge(whole(list(files.values())))


def onnx_values(source: Source) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """The inputs and the outputs that an ONNX model declares, in the graph's own order.

    Reads as `inspect` does, and raises as it does.
    """
    return onnx.values(Cursor(source))


def external_files(source: Source) -> frozenset[str]:
    """The files in which an ONNX graph keeps tensors, by their paths within the graph's folder.

    Reads as `inspect` does, and raises as it does.
    """
    with _blamed_on(source):
        return frozenset(file for file, _, _ in _external_data(source))


def check_external_data(source: Source, size_of: Callable[[str], int | None]) -> None:
    """Check that each file in which an ONNX graph keeps tensors is there, and holds them whole.

    `size_of` gives the bytes of a file by its path within the graph's folder, None for none.
    Raises MalformedModel, which names file and tensor: external_data_missing, or
    tensor_outside_file where the file ends too early, whose path is the `source` that is to blame;
    and as `inspect` does.
    """
    sizes: dict[str, int | None] = {}
    with _blamed_on(source):
        for file, tensor, needed in _external_data(source):
            if file not in sizes:
                sizes[file] = size_of(file)
            size = sizes[file]
            if size is None:
                raise MalformedModel(Code.EXTERNAL_DATA_MISSING, file=file, tensor=tensor)
            if size < needed:
                with _blamed_on(file):
                    raise MalformedModel(
                        Code.TENSOR_OUTSIDE_FILE, file=file, tensor=tensor, needed=needed, size=size
                    )


def _external_data(source: Source) -> Iterator[tuple[str, str, int]]:
    """Of each tensor that lies outside: the file, the tensor's name, and where it ends there."""
    for tensor in onnx.tensors(Cursor(source)):
        if tensor.extent is not None:
            file = str(PurePosixPath(tensor.extent.location))
            yield file, tensor.name, tensor.extent.stop


def _read(source: Source) -> ModelFile:
    with _blamed_on(source):
        return _measured(source)


@contextmanager
def _blamed_on(source: object) -> Iterator[None]:
    """What is refused within is the fault of this file, unless it is known to be another's."""
    try:
        yield
    except ModelRefused as refused:
        if refused.source is None:
            refused.source = source
        raise


def _measured(source: Source) -> ModelFile:
    cursor = Cursor(source)
    try:
        head = cursor.peek(_SNIFFED)
        if head[tflite.MAGIC_AT : tflite.MAGIC_AT + len(tflite.MAGIC)] == tflite.MAGIC:
            return tflite.read(Pages(source, first=cursor.peek(cursor.bytes_read)))
        return _reader(head)(cursor)
    except NeedMoreBytes as short:
        # Ask for enough that a header of unknown length takes a few round trips, not thousands.
        generous = min(READ_BUDGET, max(2 * short.have, _LEAST_PREFIX))
        needed = min(source.size, max(short.needed, generous))
        raise NeedMoreBytes(needed, have=short.have) from None


def _reader(head: bytes) -> Callable[[Cursor], ModelFile]:
    if not head:
        raise MalformedModel(Code.EMPTY)
    if head.startswith(gguf.MAGIC):
        return gguf.read
    for offset, magic, code in _REFUSED:
        if head[offset : offset + len(magic)] == magic:
            raise UnsupportedFormat(code)
    # safetensors has no magic: a length, then the brace that its header must begin with.
    if head[8:9] == b"{":
        return safetensors.read
    if onnx.is_likely(head):
        return onnx.read
    raise UnsupportedFormat(Code.UNKNOWN_FORMAT)
