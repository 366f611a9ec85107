"""What the headers of a model's files prove, and why they are refused."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

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
        "Export the model again, or check that the upload was not cut or altered: compare its "
        "size and SHA-256."
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
def translated(at: str = "/file") -> Iterator[None]:
    """What `modelfiles` refuses, as MoreBytesNeeded, MalformedModel or UnsupportedModel.

    `at` points at the file, or the files, in the caller's body.
    """
    try:
        yield
    except modelfiles.NeedMoreBytes as short:
        said = f"Send the first {short.needed} bytes."
        raise MoreBytesNeeded(
            said, errors=[FieldError(at, MoreBytesNeeded.code, said)], needed_bytes=short.needed
        ) from short
    except ModelRefused as refused:
        kind = (
            UnsupportedModel
            if isinstance(refused, modelfiles.UnsupportedFormat)
            else MalformedModel
        )
        raise kind(
            errors=[FieldError(at, kind.code, kind.title)],
            reason=refused.code.value,
            found=refused.facts,
        ) from refused


def at_hand(file: StoredFile) -> AbstractContextManager[Path]:
    """A path of this machine that has the file's bytes; raises OSError where the store is away."""
    return files.as_path(file)


def report_of(
    given: Sequence[StoredFile], base: Sequence[StoredFile] = ()
) -> modelfiles.ModelReport:
    """Measure all files of one model as one, an adapter's with its base's.

    Where one of them is ONNX it is the model, and the others hold its external data. Raises as
    `translated` says.
    """
    with ExitStack() as opened, translated():
        graph = graph_file(given)
        if graph is not None:
            return _with_its_data(_source(graph, opened), given)
        index = next((file for file in given if file.name.endswith(INDEX)), None)
        sources = {file.name: _source(file, opened) for file in given if file is not index}
        if index is not None:
            with opened.enter_context(at_hand(index)).open("rb") as text:
                return modelfiles.inspect_indexed(text.read(_LONGEST_INDEX + 1), sources)
        bases = [_source(file, opened) for file in base if not file.name.endswith(INDEX)]
        return modelfiles.inspect_set([*bases, *sources.values()])


def graph_file(given: Sequence[StoredFile]) -> StoredFile | None:
    """The one that is an ONNX graph, by its name; None where none is, or several are."""
    graphs = [file for file in given if file.name.endswith(ONNX)]
    return graphs[0] if len(graphs) == 1 else None


def graph_in(file: StoredFile) -> Graph:
    """The inputs and outputs of an ONNX file; raises ModelUnloadable, and as `translated` says."""
    with ExitStack() as opened, translated():
        return graph_of(_source(file, opened))


def stored(report: modelfiles.ModelReport) -> dict[str, Any]:
    """The report as a row keeps it."""
    return asdict(report) | {"evidence": list(report.evidence)}


def kept(row: dict[str, Any]) -> modelfiles.ModelReport:
    """The report that a row keeps."""
    return modelfiles.ModelReport(**row | {"evidence": tuple(row["evidence"])})


def digest_of(given: Sequence[StoredFile]) -> str:
    """SHA-256 (hex) of a model: the file's own, or that of the names and digests of several."""
    if len(given) == 1:
        return given[0].sha256
    lines = sorted(f"{file.sha256}  {file.name}\n" for file in given)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _source(file: StoredFile, opened: ExitStack) -> modelfiles.FileSource:
    return opened.enter_context(modelfiles.FileSource(opened.enter_context(at_hand(file))))


def _with_its_data(
    graph: modelfiles.FileSource, given: Sequence[StoredFile]
) -> modelfiles.ModelReport:
    report = modelfiles.inspect(graph)
    here = sum(file.size_bytes for file in given)
    if report.file_bytes > here:
        raise Malformed(Code.INCOMPLETE_SET, needed=report.file_bytes, found=here)
    return report
