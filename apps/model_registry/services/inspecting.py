"""What the headers of a model's files prove, and why they are refused."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import modelfiles
from foundation import files
from foundation.errors import Fact, FieldError, Retry, TifoError
from foundation.models import StoredFile
from modelfiles.errors import Code, ModelRefused
from modelfiles.errors import MalformedModel as Malformed
from modelhub.contracts import Graph
from modelhub.contracts.headers import graph_of

INDEX: Final = ".index.json"
ONNX: Final = ".onnx"
_LONGEST_INDEX: Final = 16 * 1024 * 1024
PARTS: Final = ("file", *(f"file_{number}" for number in range(2, 9)))
"""Of a form, in which each takes one file."""


class Given(NamedTuple):
    """A stored file of a model; `at` points at it in the caller's body, empty where it is not."""

    file: StoredFile
    at: str


class MoreBytesNeeded(TifoError):
    status = 422
    code = "more-bytes-needed"
    title = "The file's header goes on past the bytes that were sent"
    meaning = (
        "A model is judged by its header, and the bytes that were sent end before the header does."
    )
    remedy = "Send the first `needed_bytes` of the file."
    retry = Retry.NO
    members = {
        "needed_bytes": Fact(1048576, "how many of the first bytes are needed"),
    }


class MalformedModel(TifoError):
    """`reason` is the inspection's own stable code, `found` its facts."""

    status = 422
    code = "malformed-model"
    title = "The file breaks the rules of its own format"
    meaning = "The file says that it is of a known format, and then breaks that format's rules."
    remedy = (
        "`detail` ends with what to do about this `reason`. Most often the upload was cut or "
        "altered: compare its size and SHA-256 with the original's."
    )
    retry = Retry.NO
    members = {
        "reason": Fact(
            "truncated",
            "a stable word for what is wrong: see [model caps](/docs/reference/model-caps)",
        ),
        "found": Fact({"needed": 4096, "size": 1024}, "what was found, in numbers and short texts"),
    }


class UnsupportedModel(MalformedModel):
    code = "unsupported-model"
    title = "Files of this format are never read"
    meaning = (
        "Files of this format can run code when they are opened, or cannot be judged by their "
        "header, so they are never read."
    )
    remedy = "Export the model as ONNX, TFLite, GGUF or safetensors."
    retry = Retry.NO


@contextmanager
def translated(at: str = "/file", among: Sequence[tuple[object, str]] = ()) -> Iterator[None]:
    """What `modelfiles` refuses, as MoreBytesNeeded, MalformedModel or UnsupportedModel.

    `at` points at the file, or the files, in the caller's body; `among` are sources of several, or
    their names, each with its own pointer. An empty one is no pointer.
    """
    try:
        yield
    except modelfiles.NeedMoreBytes as short:
        said = f"Send the first {short.needed} bytes."
        raise MoreBytesNeeded(
            said, errors=_pointing(at, MoreBytesNeeded.code, said), needed_bytes=short.needed
        ) from short
    except ModelRefused as refused:
        unread = isinstance(refused, modelfiles.UnsupportedFormat)
        kind = UnsupportedModel if unread else MalformedModel
        said = f"{refused.said} {refused.advice}"
        place = next((own for source, own in among if source == refused.source), at)
        raise kind(
            said,
            errors=_pointing(place, kind.code, said),
            reason=refused.code.value,
            found=refused.facts,
        ) from refused


def _pointing(at: str, code: str, said: str) -> list[FieldError]:
    return [FieldError(at, code, said)] if at else []


def at_hand(file: StoredFile) -> AbstractContextManager[Path]:
    """A path of this machine that has the file's bytes; raises OSError where the store is away."""
    return files.as_path(file)


def place_of(given: Sequence[Given]) -> str:
    """What points at all of the files: `/file` of a form, `/files` of JSON, or at the only one."""
    at = given[0].at
    return at if len(given) == 1 else "/".join(at.split("/")[:2])


def report_of(given: Sequence[Given], base: Sequence[StoredFile] = ()) -> modelfiles.ModelReport:
    """Measure all files of one model as one, an adapter's with its base's.

    Where one of them is ONNX it is the model, and the others hold its external data. Raises as
    `translated` says, OSError where the store is away.
    """
    graph = graph_among(given)
    if graph is not None:
        beside = {each.file.name: (each.file.size_bytes, each.at) for each in given}
        return graph_report(graph.file.name, _Bytes(graph.file), beside)
    index = next((each for each in given if each.file.name.endswith(INDEX)), None)
    sources = {each.file.name: _Bytes(each.file) for each in given if each is not index}
    located: list[tuple[object, str]] = [
        (sources[each.file.name], each.at) for each in given if each is not index
    ]
    if index is not None:
        text = _text(index.file)
        with translated(place_of(given), [*located, (text, index.at)]):
            return modelfiles.inspect_indexed(text, sources)
    bases = [_Bytes(file) for file in base if not file.name.endswith(INDEX)]
    with translated(place_of(given), located):
        return modelfiles.inspect_set([*bases, *sources.values()])


def graph_report(
    name: str, source: modelfiles.Source, given: Mapping[str, tuple[int, str]]
) -> modelfiles.ModelReport:
    """Measure the ONNX graph of that name, whose external data must be among the `given` files: by
    name the bytes of each and what points at it, the graph's own among them.

    Raises as `translated` says. Data that do not fit are the fault of their own file; for what is
    missing it is a file that the graph does not name, else the place of one more.
    """
    with translated(given[name][1]):
        report = modelfiles.inspect(source)
    if report.file_bytes > source.size:
        sizes = {file: size for file, (size, _) in given.items()}
        try:
            modelfiles.check_external_data(source, sizes.get)
        except ModelRefused as refused:
            places = {file: at for file, (_, at) in given.items() if file != name}
            named = modelfiles.external_files(source)
            unnamed = (at for file, at in places.items() if file not in named)
            with translated(next(unnamed, _place_of_more(given)), [*places.items()]):
                raise refused
    return report


def _place_of_more(given: Mapping[str, tuple[int, str]]) -> str:
    """What points at one more file than were given: a form's next part, or the list in JSON."""
    taken = [at for _, at in given.values()]
    if taken[0].count("/") > 1:
        return "/".join(taken[0].split("/")[:2])
    free = (f"/{part}" for part in PARTS if f"/{part}" not in taken)
    return next(free, taken[0]) if taken[0] else ""


def graph_file(files: Sequence[StoredFile]) -> StoredFile | None:
    """The one that is an ONNX graph, by its name; None where none is, or several are."""
    graphs = [file for file in files if file.name.endswith(ONNX)]
    return graphs[0] if len(graphs) == 1 else None


def graph_among(given: Sequence[Given]) -> Given | None:
    """The same among files that somebody gave."""
    graph = graph_file([each.file for each in given])
    return next((each for each in given if each.file is graph), None)


def graph_in(given: Given) -> Graph:
    """The inputs and outputs of an ONNX file; raises ModelUnloadable, and as `translated` says."""
    with translated(given.at):
        return graph_of(_Bytes(given.file))


def stored(report: modelfiles.ModelReport) -> dict[str, Any]:
    """The report as a row keeps it."""
    return asdict(report) | {"evidence": list(report.evidence)}


def kept(row: dict[str, Any]) -> modelfiles.ModelReport:
    """The report that a row keeps."""
    return modelfiles.ModelReport(**row | {"evidence": tuple(row["evidence"])})


def digest_of(files: Sequence[StoredFile]) -> str:
    """SHA-256 (hex) of a model: the file's own, or that of the names and digests of several."""
    if len(files) == 1:
        return files[0].sha256
    lines = sorted(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class _Bytes:
    """A stored file as a source: of gigabytes in a store far away only the header is fetched."""

    def __init__(self, file: StoredFile) -> None:
        self._file = file
        self.size = file.size_bytes

    def read(self, offset: int, length: int) -> bytes:
        data = b"".join(files.read(self._file, offset, offset + length))
        if len(data) != length:
            raise Malformed(Code.TRUNCATED, needed=offset + length, size=offset + len(data))
        return data


def _text(index: StoredFile) -> bytes:
    """As much of it as is judged."""
    return b"".join(files.read(index, 0, min(index.size_bytes, _LONGEST_INDEX + 1)))
