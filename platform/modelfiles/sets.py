"""The files of one model: shards that belong together, and adapters that add to a base."""

import dataclasses
from collections.abc import Mapping, Sequence

from modelfiles.errors import Code, MalformedModel
from modelfiles.formats import strict_json
from modelfiles.packing import weigh
from modelfiles.tensors import MAX_TENSORS, ModelFile, Weight

MAX_FILES = 64  # a model below 13 billion parameters comes in ten at most
_MAX_INDEX_BYTES = 16 * 1024 * 1024
_VALUES_PER_TENSOR = 2
_MAX_NAME = 255


def whole(files: Sequence[ModelFile]) -> list[ModelFile]:
    """The same files once it is sure that they are all of one model: base first, then adapters.

    Weights whose scales lie in another shard are counted with them. Raises MalformedModel for
    mixed formats, a missing shard or a missing base (incomplete_set), and for a tensor that two
    shards hold (duplicate_tensor). Adapters may hold tensors of the same name: they add up.
    """
    formats = {file.format for file in files}
    if len(formats) > 1:
        raise MalformedModel(Code.INCOMPLETE_SET, formats=len(formats))
    base = [file for file in files if not file.is_adapter]
    adapters = [file for file in files if file.is_adapter]
    if not base and len(adapters) > 1:
        raise MalformedModel(Code.INCOMPLETE_SET, adapters=len(adapters), bases=0)
    _check_shards(base)
    _check_names(base)
    return [*_joined(base), *adapters]


def weight_map(index: bytes) -> dict[str, str]:
    """The tensors of a `*.safetensors.index.json`, each with the name of the file it is in.

    Raises MalformedModel: bad_json, bad_value, external_path for a name that is more than a file
    name, incomplete_set for more than 64 files, and others that a safetensors header may get.
    """
    if len(index) > _MAX_INDEX_BYTES:
        raise MalformedModel(Code.HEADER_TOO_LARGE, limit=_MAX_INDEX_BYTES, found=len(index))
    members = strict_json.parse(index, _VALUES_PER_TENSOR * MAX_TENSORS)
    names = members.get("weight_map") if isinstance(members, dict) else None
    if not isinstance(names, dict) or not names:
        raise MalformedModel(Code.BAD_VALUE, key="weight_map")
    if len(names) > MAX_TENSORS:
        raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=MAX_TENSORS, found=len(names))
    for tensor, name in names.items():
        if not isinstance(name, str):
            raise MalformedModel(Code.BAD_VALUE, tensor=tensor)
        if not _is_file_name(name):
            raise MalformedModel(Code.EXTERNAL_PATH, tensor=tensor, path=name)
    count = len(set(names.values()))
    if count > MAX_FILES:
        raise MalformedModel(Code.INCOMPLETE_SET, found=count, limit=MAX_FILES)
    return names


def check_index(places: Mapping[str, str], files: Mapping[str, ModelFile]) -> None:
    """Check that each file holds what its index says, and nothing besides.

    Raises MalformedModel: incomplete_set for a file or a tensor that is missing, unclaimed_bytes
    for one that the index does not name.
    """
    needed = set(places.values())
    if needed != files.keys():
        raise MalformedModel(
            Code.INCOMPLETE_SET, found=len(needed & files.keys()), needed=len(needed)
        )
    held = {weight.name: name for name, file in files.items() for weight in file.weights}
    for tensor, name in places.items():
        if held.get(tensor) != name:
            raise MalformedModel(Code.INCOMPLETE_SET, tensor=tensor, file=name)
    surplus = held.keys() - places.keys()
    if surplus:
        raise MalformedModel(Code.UNCLAIMED_BYTES, tensor=min(surplus))


def _check_shards(files: Sequence[ModelFile]) -> None:
    shards = [file.shard for file in files if file.shard]
    if not shards:
        return
    expected = {(index, shards[0].count) for index in range(shards[0].count)}
    if len(shards) != len(expected) or {(each.index, each.count) for each in shards} != expected:
        raise MalformedModel(Code.INCOMPLETE_SET, found=len(shards), needed=len(expected))
    tensors = sum(len(file.weights) for file in files if file.shard)
    for declared in (each.tensors for each in shards if each.tensors is not None):
        if declared != tensors:
            raise MalformedModel(Code.INCOMPLETE_SET, found_tensors=tensors, needed=declared)


def _check_names(files: Sequence[ModelFile]) -> None:
    names: set[str] = set()
    for file in files:
        mine = {weight.name for weight in file.weights}
        if not names.isdisjoint(mine):
            raise MalformedModel(Code.DUPLICATE_TENSOR, tensor=min(names & mine))
        names |= mine


def _joined(base: Sequence[ModelFile]) -> list[ModelFile]:
    """Weigh the shards' tensors together: an exporter cuts anywhere, also behind `qweight`."""
    stored = [tensor for file in base for tensor in file.stored]
    if len(base) < 2 or not stored:
        return list(base)
    declared = [file.declared_bits for file in base if file.declared_bits]
    weights, notes = weigh(stored, min(declared, default=None))
    by_name: dict[str, Weight] = {weight.name: weight for weight in weights}
    return [
        dataclasses.replace(
            file,
            weights=tuple(by_name[tensor.name] for tensor in file.stored),
            notes=notes if file is base[0] else (),
        )
        for file in base
    ]


def _is_file_name(name: str) -> bool:
    plain = name not in ("", ".", "..") and not set(name) & set("/\\:\0")
    return plain and len(name) <= _MAX_NAME
