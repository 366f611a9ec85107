"""Where a measured model may run: the tier's caps applied to a report. Pure, in integers."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, Self

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
    *_bytes_max                    most bytes of the model's files there; None is no limit
    """

    transformer_parameters_below: int
    edge_parameters_max: int
    edge_needs_quantised: bool
    device_parameters_below: int
    cloud_bytes_max: int | None
    edge_bytes_max: int | None
    device_bytes_max: int | None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            is_flag = name == "edge_needs_quantised"
            is_open = value is None and name.endswith("_bytes_max")
            if is_open or (is_flag and isinstance(value, bool)):
                continue
            if is_flag or type(value) is not int or value < 0:
                raise ValueError(f"{name} must be {'a flag' if is_flag else 'a whole number'}")

    @classmethod
    def from_mapping(cls, values: Mapping[str, int | bool | None]) -> Self:
        """Build caps from a tier's row; raises ValueError for missing, unknown or bad values."""
        names = {field.name for field in fields(cls)}
        if values.keys() != names:
            raise ValueError(f"caps must be exactly {sorted(names)}")
        return cls(**dict(values))  # type: ignore[arg-type]

    def is_at_least_as_strict_as(self, other: "Caps") -> bool:
        """Tell whether nothing passes here that `other` refuses."""
        return self.tighten(other) == self

    def tighten(self, other: "Caps") -> "Caps":
        """Return the caps that allow exactly what both allow: a tier may only be stricter."""
        return Caps(
            transformer_parameters_below=min(
                self.transformer_parameters_below, other.transformer_parameters_below
            ),
            edge_parameters_max=min(self.edge_parameters_max, other.edge_parameters_max),
            edge_needs_quantised=self.edge_needs_quantised or other.edge_needs_quantised,
            device_parameters_below=min(
                self.device_parameters_below, other.device_parameters_below
            ),
            cloud_bytes_max=_least(self.cloud_bytes_max, other.cloud_bytes_max),
            edge_bytes_max=_least(self.edge_bytes_max, other.edge_bytes_max),
            device_bytes_max=_least(self.device_bytes_max, other.device_bytes_max),
        )


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


def _too_many_bytes(report: ModelReport, limit: int | None) -> Iterator[Reason]:
    if limit is not None and report.file_bytes > limit:
        yield Reason("too_many_bytes", limit, report.file_bytes)


def _least(one: int | None, other: int | None) -> int | None:
    given = [value for value in (one, other) if value is not None]
    return min(given) if given else None
