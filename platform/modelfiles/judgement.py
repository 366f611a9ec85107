"""From counted weights to a report: quantised or not, transformer or not, and why."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from modelfiles.architecture import prove
from modelfiles.errors import Code, MalformedModel, shown
from modelfiles.report import ModelReport
from modelfiles.tensors import ModelFile, Weight

_KINDS_SHOWN = 4


def judge(files: Sequence[ModelFile]) -> ModelReport:
    """Return the report on all files of one model; raises MalformedModel (no_weights)."""
    weights = list(chain.from_iterable(file.weights for file in files))
    parameters = sum(weight.parameters for weight in weights)
    weight_bytes = sum(weight.stored_bytes for weight in weights)
    if not parameters:
        raise MalformedModel(Code.NO_WEIGHTS, tensors=len(weights))
    by_kind: Counter[str] = Counter()
    for weight in weights:
        by_kind[weight.kind] += weight.parameters
    quantised, why_quantised = is_quantised(weights)
    transformer, why_transformer = prove(files, parameters)
    return ModelReport(
        format=files[0].format,
        architecture=shown(_architecture(files)),
        parameters=parameters,
        weight_bytes=weight_bytes,
        file_bytes=sum(file.file_bytes for file in files),
        bits_per_weight=8 * weight_bytes / parameters,
        is_quantised=quantised,
        is_transformer=transformer,
        quantisation=by_kind.most_common(1)[0][0],
        tensors=len(weights),
        evidence=(
            f"{parameters:,} parameters: {_mixture(by_kind, parameters)}",
            why_quantised,
            why_transformer,
            *chain.from_iterable(file.notes for file in files),
        ),
        bytes_read=sum(file.bytes_read for file in files),
        header_sha256=_digest(files),
        adapter_parameters=sum(
            weight.parameters for file in files if file.is_adapter for weight in file.weights
        ),
    )


def is_quantised(weights: Sequence[Weight]) -> tuple[bool, str]:
    """At least 95 % of the parameters in matrices have 8 nominal bits or fewer, and the whole
    file at most 9 bits per weight.

    An average of 8 alone would be wrong: Q8_0 takes 8.5 bits with its scales, and a 4-bit model
    with 16-bit embeddings is quantised at 4.9. Compared in integers.
    """
    parameters = sum(weight.parameters for weight in weights)
    stored = sum(weight.stored_bytes for weight in weights)
    in_matrices = sum(weight.parameters for weight in weights if len(weight.shape) > 1)
    narrow = sum(w.parameters for w in weights if len(w.shape) > 1 and w.bits <= 8)
    quantised = narrow > 0 and narrow * 100 >= in_matrices * 95 and stored * 8 <= parameters * 9
    share = narrow / in_matrices if in_matrices else 0.0
    reason = (
        f"{'quantised' if quantised else 'not quantised'}: {share:.1%} of the parameters in "
        f"matrices have 8 bits or fewer, {8 * stored / parameters:.3f} bits per weight in all"
    )
    return quantised, reason


def _architecture(files: Sequence[ModelFile]) -> str:
    """What the first file that says it says: of GGUF's shards only one does."""
    named = (file.architecture for file in files if file.architecture != "unknown")
    return next(named, "unknown")


def _mixture(by_kind: Counter[str], parameters: int) -> str:
    parts = [
        f"{count / parameters:.1%} {kind}"
        for kind, count in by_kind.most_common(_KINDS_SHOWN)
        if count
    ]
    return ", ".join(parts)


def _digest(files: Sequence[ModelFile]) -> str:
    if len(files) == 1:
        return files[0].header_sha256
    joined = "".join(file.header_sha256 for file in files)
    return hashlib.sha256(joined.encode()).hexdigest()
