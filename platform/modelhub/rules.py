"""Where a measured model may run: the tier's caps applied to a report. Pure, in integers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from modelfiles.report import ModelReport

Placement = Literal["cloud", "edge", "device"]
PLACEMENTS: tuple[Placement, ...] = ("cloud", "edge", "device")

ReasonCode = Literal[
    "transformer_too_large",
    "unproven_architecture_too_large",
    "too_many_parameters",
    "not_quantised",
    "too_many_bytes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """A tier's model caps. The numbers are a tier version's data; none is a default here.

    transformer_parameters_below   no transformer of this many parameters or more runs anywhere
    edge_parameters_max            most parameters at the edge, inclusive
    edge_needs_quantised           whether the edge refuses models that are not quantised
    device_parameters_below        a device holds fewer parameters than this
    *_bytes_max                    most bytes of the model's files there, inclusive
    """

    transformer_parameters_below: int
    edge_parameters_max: int
    edge_needs_quantised: bool
    device_parameters_below: int
    cloud_bytes_max: int
    edge_bytes_max: int
    device_bytes_max: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One cap that a model breaks: the limit and what was found (parameters, bytes, or a flag)."""

    code: ReasonCode
    limit: int
    found: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a model may run, and for every other placement all reasons why not."""

    allowed: tuple[Placement, ...]
    refused: Mapping[Placement, tuple[Reason, ...]]

    def allows(self, placement: Placement) -> bool:
        """Tell whether the model may run there."""
        return placement in self.allowed


def judge(report: ModelReport, caps: Caps) -> Verdict:
    """Apply the caps to a report. All broken caps are told, not only the first."""
    everywhere = tuple(_size_reasons(report, caps))
    local = {
        "cloud": tuple(_too_many_bytes(report, caps.cloud_bytes_max)),
        "edge": tuple(_edge_reasons(report, caps)),
        "device": tuple(_device_reasons(report, caps)),
    }
    reasons = {placement: everywhere + local[placement] for placement in PLACEMENTS}
    return Verdict(
        allowed=tuple(placement for placement in PLACEMENTS if not reasons[placement]),
        refused={placement: found for placement, found in reasons.items() if found},
    )


def _size_reasons(report: ModelReport, caps: Caps) -> Iterator[Reason]:
    limit = caps.transformer_parameters_below
    if report.parameters < limit or report.is_transformer == "no":
        return
    proved = report.is_transformer == "yes"
    # Names can be changed, so what is not proved to be something else is held to be one.
    code: ReasonCode = "transformer_too_large" if proved else "unproven_architecture_too_large"
    yield Reason(code, limit, report.parameters)


def _edge_reasons(report: ModelReport, caps: Caps) -> Iterator[Reason]:
    if report.parameters > caps.edge_parameters_max:
        yield Reason("too_many_parameters", caps.edge_parameters_max, report.parameters)
    if caps.edge_needs_quantised and not report.is_quantised:
        yield Reason("not_quantised", limit=True, found=False)
    yield from _too_many_bytes(report, caps.edge_bytes_max)


def _device_reasons(report: ModelReport, caps: Caps) -> Iterator[Reason]:
    if report.parameters >= caps.device_parameters_below:
        yield Reason("too_many_parameters", caps.device_parameters_below, report.parameters)
    yield from _too_many_bytes(report, caps.device_bytes_max)


def _too_many_bytes(report: ModelReport, limit: int) -> Iterator[Reason]:
    if report.file_bytes > limit:
        yield Reason("too_many_bytes", limit, report.file_bytes)
