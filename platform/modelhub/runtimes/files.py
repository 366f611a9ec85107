"""Whether a model's file may be handed to ONNX Runtime at all: what it names, and where that lies.

The header is read by `modelfiles`, which is bounded; only then does the runtime's parser see it.
"""

from pathlib import Path

from foundation.errors import Fact, Retry, TifoError
from modelfiles import (
    Code,
    FileSource,
    ModelRefused,
    PrefixSource,
    check_external_data,
    inspect,
)


class ModelUnloadable(TifoError):
    status = 422
    code = "model-unloadable"
    title = "The model cannot be loaded"
    meaning = (
        "The file is no ONNX model that runs here: it is broken, has operators that are not known, "
        "names files outside its own folder, or cannot run where it was to. `reason` says which."
    )
    remedy = (
        "Read `detail`. Export the model with ONNX's own operators, its external data in its "
        "folder; where an accelerator was demanded, ask for a preference instead."
    )
    retry = Retry.NO
    members = {
        "reason": Fact(
            "unknown_operators",
            "`malformed`, `unknown_operators`, `external_data`, `unserved_types`, `too_large` or "
            "`not_on_accelerator`",
        ),
    }


def check_file(path: Path) -> int:
    """The bytes of the model with its external data; raises ModelUnloadable.

    External data must lie within the model's folder, symbolic links followed: a link that leads out
    is how a model reads what is not its own (CVE-2026-27489 in another loader).
    """
    try:
        source = FileSource(path)
    except OSError as error:
        raise ModelUnloadable(
            "The model's file cannot be read: send it again.", reason="malformed"
        ) from error
    with source:
        bytes_ = _inspected(source)
        if bytes_ > source.size:
            _check_folder(path.parent)
            _check_data(source, path.parent)
        return bytes_


def check_bytes(model: bytes) -> int:
    """The same for a model in memory, which has no folder and so no external data."""
    bytes_ = _inspected(PrefixSource(model, len(model)))
    if bytes_ > len(model):
        raise ModelUnloadable(
            "A model in memory has no external data: make it one file.", reason="external_data"
        )
    return bytes_


def _inspected(source: FileSource | PrefixSource) -> int:
    try:
        report = inspect(source)
    except ModelRefused as refused:
        if refused.code is Code.NO_WEIGHTS:
            return source.size  # arithmetic alone, as our own graphs
        reason = "external_data" if refused.code is Code.EXTERNAL_PATH else "malformed"
        raise ModelUnloadable(f"{refused.said} {refused.advice}", reason=reason) from refused
    if report.format != "onnx":
        raise ModelUnloadable(
            f"The file is {report.format}, not ONNX: export the model as ONNX.", reason="malformed"
        )
    return report.file_bytes


def _check_data(source: FileSource, folder: Path) -> None:
    """Every file that the graph names, of which the runtime would say less."""

    def size_of(name: str) -> int | None:
        path = folder / name
        return path.stat().st_size if path.is_file() else None

    try:
        check_external_data(source, size_of)
    except ModelRefused as refused:
        said = f"{refused.said} {refused.advice}"
        raise ModelUnloadable(said, reason="external_data") from refused


def _check_folder(folder: Path) -> None:
    own = folder.resolve()
    for path in folder.rglob("*"):
        if path.is_symlink() and not path.resolve().is_relative_to(own):
            raise ModelUnloadable(
                "A file beside the model is a link that leads out of its folder.",
                reason="external_data",
            )
