"""What a model takes and gives, as it declares it, and whether arrays are that. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from foundation.errors import Fact, FieldError, Retry, TifoError

Array = NDArray[Any]
Tensors = Mapping[str, Array]
Dimension = int | str | None
Wrong = tuple[str, str, str]  # an input, what it must be, what it is
NAME_SHOWN: Final = 80
INPUTS: Final = "/inputs"  # where a pointer finds an input, unless a body holds it elsewhere

# What ONNX calls a tensor's elements, and NumPy. Texts, sequences, maps and the floats that NumPy
# does not have are not served.
_DTYPES: Final = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int8)": "int8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32",
    "tensor(uint64)": "uint64",
    "tensor(bool)": "bool",
}


class BadTensor(TifoError):
    status = 422
    code = "bad-tensor"
    title = "A model's input is not what the model takes"
    meaning = (
        "An input is missing or unknown, or its element type or shape is not what the model "
        "declares. Nothing was run."
    )
    remedy = (
        "Go through `errors`: each `pointer` names an input. `GET /v1/models/{id}` has every input "
        "with its type and shape; nothing is converted silently."
    )
    retry = Retry.NO
    members = {
        "input": Fact("waveform", "the first input that is wrong"),
        "expected": Fact("float32 [batch, 16000]", "what the model takes there"),
        "found": Fact("float64 [1, 8000]", "what was given"),
    }
    pointed = [
        FieldError(
            "/input/tensors/waveform", code, "Must be float32 [batch, 16000], is float64 [1, 8000]."
        )
    ]

    @classmethod
    def of(cls, wrong: Sequence[Wrong], at: str = INPUTS) -> "BadTensor":
        """All inputs that are wrong, at least one; `at` points at what holds them by name."""
        name, expected, found = wrong[0]
        return cls(
            f"The input {name} must be {expected}; it is {found}.",
            errors=[
                FieldError(f"{at}/{_escaped(each)}", cls.code, f"Must be {wanted}, is {is_}.")
                for each, wanted, is_ in wrong
            ],
            input=name,
            expected=expected,
            found=found,
        )


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output as the graph declares it.

    `shape` has a number where the size is fixed, a name where sizes of that name must be equal, and
    None where any size will do.
    """

    name: str
    dtype: str
    shape: tuple[Dimension, ...]

    def __str__(self) -> str:
        return described(self.dtype, self.shape)


def port(name: str, kind: str, shape: Sequence[Dimension]) -> Port:
    """A port of ONNX Runtime's own words; raises LookupError for a kind that is not served."""
    sizes = (None if isinstance(size, int) and size < 0 else size for size in shape)
    return Port(name, _DTYPES[kind], tuple(size if size != "" else None for size in sizes))


def described(dtype: str, shape: Sequence[Dimension]) -> str:
    """As `float32 [batch, 16000]`; an axis without a name that may be of any size is `any`."""
    sizes = ", ".join("any" if size is None else shown(str(size)) for size in shape)
    return f"{dtype} [{sizes}]"


def shown(name: str) -> str:
    """As much of a name as anybody reads: a graph may call its parts by whole pages."""
    return name if len(name) <= NAME_SHOWN else f"{name[:NAME_SHOWN]}…"


def has_open_rows(port: Port) -> bool:
    """Whether its first axis may be of any size."""
    return bool(port.shape) and not isinstance(port.shape[0], int)


def check(ports: Sequence[Port], tensors: Tensors) -> None:
    """Refuse what the model would not take; raises BadTensor with every input that is wrong."""
    if wrong := faults(ports, tensors):
        raise BadTensor.of(wrong)


def faults(ports: Sequence[Port], tensors: Tensors) -> list[Wrong]:
    """Every input that is missing, unknown, or of another type or shape."""
    return [*_unfitting(ports, tensors), *_unknown(ports, tensors)]


def _unfitting(ports: Sequence[Port], tensors: Tensors) -> Iterator[Wrong]:
    """Inputs that are absent, or differ from their port or from each other."""
    named: dict[str, int] = {}
    for each in ports:
        tensor = tensors.get(each.name)
        if tensor is None:
            yield each.name, str(each), "missing"
        elif tensor.dtype != np.dtype(each.dtype) or not _fits(each, tensor.shape, named):
            yield each.name, _bound(each, named), described(str(tensor.dtype), tensor.shape)


def _fits(each: Port, shape: tuple[int, ...], named: dict[str, int]) -> bool:
    """Whether it does; then its sizes are those of its names from now on."""
    if len(shape) != len(each.shape):
        return False
    own = dict(named)
    for wanted, size in zip(each.shape, shape, strict=True):
        if isinstance(wanted, str):
            wanted = own.setdefault(wanted, size)
        if wanted is not None and wanted != size:
            return False
    named.update(own)
    return True


def _bound(each: Port, named: Mapping[str, int]) -> str:
    """The port, as `float32 [batch=2, 4]` where an earlier input has settled what `batch` is."""
    sizes = [
        f"{size}={named[size]}" if isinstance(size, str) and size in named else size
        for size in each.shape
    ]
    return described(each.dtype, sizes)


def _unknown(ports: Sequence[Port], tensors: Tensors) -> Iterator[Wrong]:
    known = {each.name for each in ports}
    for name in sorted(tensors.keys() - known):
        yield name, "absent", described(str(tensors[name].dtype), tensors[name].shape)


def _escaped(name: str) -> str:
    """A name within a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
