"""Counts safetensors weights, packed ones by capacity: GPTQ, AWQ, MLX, bitsandbytes, MX, NVFP4.

A packed tensor's shape is not its parameter count: a 13B GPTQ file counted by shapes looks like
2B. Here the count is the stored bytes times eight over the bits, and the bits come from the
shapes that a runtime needs to be true (g_idx, zero points, scales), not from a declaration.
Where two of them disagree the larger count is taken.
"""

from collections import Counter
from collections.abc import Sequence

from modelfiles.tensors import ASSUMED_PACKED_BITS, RawTensor, Weight, packed_by_capacity

_PACKED_WIDTHS = frozenset({2, 3, 4, 5, 6, 8})
_INTEGERS = frozenset({"BOOL", "I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64"})
_BYTES = frozenset({"I8", "U8"})
_WORDS = frozenset({"I32", "U32"})
_EIGHT_BIT_FLOATS = frozenset({"F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"})
_PACKABLE = _BYTES | _WORDS | _EIGHT_BIT_FLOATS
_MX_GROUP = 32  # OCP Microscaling formats 1.0: one E8M0 scale for 32 values

# What may stand beside a quantised weight `<base>.weight` (or `.qweight`, `.weight_packed`, or
# `<base>_blocks`) and holds scales rather than parameters.
_COMPANIONS = (
    ".scales",
    ".qzeros",
    ".g_idx",
    ".biases",
    ".scale",
    ".SCB",
    ".weight_format",
    ".weight_scale",
    ".weight_scale_2",
    ".weight_scale_inv",
    ".weight_global_scale",
    ".weight_zero_point",
    ".weight_shape",
    ".weight_g_idx",
    ".input_scale",
    ".input_global_scale",
    ".scale_weight",
    ".scale_input",
    ".weight.absmax",
    ".weight.quant_map",
    ".weight.nested_absmax",
    ".weight.nested_quant_map",
    "_scales",
)
# The densest real scales are one for 16 weights. Anything above one for 12 is weights under a
# false name, and is counted.
_SCALES_AT_MOST_ONE_IN = 12


def weigh(
    tensors: Sequence[RawTensor], declared_bits: int | None
) -> tuple[list[Weight], tuple[str, ...]]:
    """Return one Weight per tensor, and notes on every packing that was found."""
    by_name = {tensor.name: tensor for tensor in tensors}
    quant_states = _quant_states(by_name)
    weighed: dict[str, Weight] = {}
    for tensor in tensors:
        if tensor.dtype not in _PACKABLE:
            continue
        companions = _companions(tensor.name, by_name, quant_states)
        weight = _packed(tensor, companions, declared_bits)
        if weight is None:
            continue
        weighed[tensor.name] = weight
        beside = [companion for companion in companions.values() if companion is not tensor]
        if sum(_plain(c).parameters for c in beside) * _SCALES_AT_MOST_ONE_IN <= weight.parameters:
            weighed.update((c.name, _scale(c)) for c in beside)
    weights = [weighed.get(tensor.name) or _plain(tensor) for tensor in tensors]
    return weights, _notes(tensors, weights)


def _packed(
    tensor: RawTensor, companions: dict[str, RawTensor], declared_bits: int | None
) -> Weight | None:
    """Return the weight if the tensor is quantised in a way that its companions explain."""
    name, dtype = tensor.name, tensor.dtype
    if name.endswith(".qweight") and dtype in _WORDS:
        kind, bits = _gptq_or_awq(tensor, companions, declared_bits)
    elif name.endswith(".weight_packed") and dtype in _WORDS:
        bits = _grouped_bits(tensor, companions.get(".weight_scale"), declared_bits)
        kind = f"compressed-tensors {bits}-bit"
    elif dtype in _WORDS and ".scales" in companions:
        bits = _grouped_bits(tensor, companions[".scales"], declared_bits)
        kind = f"MLX {bits}-bit"
    elif dtype in _BYTES:
        kind, bits = _byte_scheme(tensor, companions)
    elif dtype in _EIGHT_BIT_FLOATS and companions:
        kind, bits = dtype, 8
    else:
        return None
    if not bits:
        return None
    parameters = tensor.stored_bytes * 8 // bits
    return Weight(name, tensor.shape, kind, bits, parameters, tensor.stored_bytes)


def _gptq_or_awq(
    tensor: RawTensor, companions: dict[str, RawTensor], declared_bits: int | None
) -> tuple[str, int]:
    rows, columns = tensor.shape if len(tensor.shape) == 2 else (tensor.elements, 1)
    outputs = _last(companions.get(".scales"))
    # GPTQ packs down the rows, [K * bits / 32, N]; AWQ along them, [K, N * bits / 32].
    is_gptq = ".g_idx" in companions or columns == outputs
    if is_gptq:
        inputs = companions[".g_idx"].elements if ".g_idx" in companions else 0
        zero_columns = _last(companions.get(".qzeros"))
        found = (_ratio(rows * 32, inputs), _ratio(zero_columns * 32, outputs))
    else:
        found = (_ratio(columns * 32, outputs), 0)
    widths = [bits for bits in found if bits in _PACKED_WIDTHS]
    bits = _fewest(widths, declared_bits)
    return f"{'GPTQ' if is_gptq else 'AWQ'} {bits}-bit", bits


def _grouped_bits(tensor: RawTensor, scales: RawTensor | None, declared_bits: int | None) -> int:
    """Bits of a weight with one scale per group of K, where only bits x group size is known.

    4 if that fits a group of 32, 64 or 128, else the narrowest width that fits one. (8 bits in
    groups of 32 look the same as 4 in groups of 64, and count as 4.)
    """
    product = _ratio(_last(tensor) * 32, _last(scales))
    fitting = [bits for bits in (4, 2, 3, 5, 6, 8) if product in (bits * 32, bits * 64, bits * 128)]
    return _fewest(fitting[:1], declared_bits)


def _byte_scheme(tensor: RawTensor, companions: dict[str, RawTensor]) -> tuple[str, int]:
    if ".weight.absmax" in companions:
        return "bitsandbytes 4-bit", 4
    for suffix in ("_scales", ".weight_scale", ".scale"):
        scale = companions.get(suffix)
        if scale is None or scale is tensor:
            continue
        if scale.dtype == "F8_E8M0" or (scale.dtype == "U8" and suffix == "_scales"):
            is_whole_bytes = scale.elements * _MX_GROUP == tensor.stored_bytes
            return ("MXFP8", 8) if is_whole_bytes else ("MXFP4", 4)
        if scale.dtype == "F8_E4M3":
            return "NVFP4", 4
    if tensor.dtype == "I8" and companions.keys() & {".SCB", ".weight_scale", ".scale"}:
        return "int8", 8
    return "", 0


def _companions(
    name: str, by_name: dict[str, RawTensor], quant_states: dict[str, RawTensor]
) -> dict[str, RawTensor]:
    for ending in (".qweight", ".weight_packed", ".weight", "_blocks"):
        if name.endswith(ending):
            base = name.removesuffix(ending)
            found = {end: by_name[base + end] for end in _COMPANIONS if base + end in by_name}
            if name in quant_states:
                found[".weight.quant_state"] = quant_states[name]
            return found
    return {}


def _quant_states(by_name: dict[str, RawTensor]) -> dict[str, RawTensor]:
    """bitsandbytes keeps a small blob `<weight>.quant_state.bitsandbytes__nf4` per weight."""
    marked = ((name.partition(".quant_state."), tensor) for name, tensor in by_name.items())
    return {weight: tensor for (weight, mark, _), tensor in marked if mark}


def _plain(tensor: RawTensor) -> Weight:
    if tensor.dtype in _INTEGERS:
        return packed_by_capacity(tensor.name, tensor.shape, tensor.dtype, tensor.stored_bytes)
    return Weight(
        tensor.name,
        tensor.shape,
        tensor.dtype,
        tensor.bits,
        tensor.elements,
        tensor.stored_bytes,
    )


def _scale(tensor: RawTensor) -> Weight:
    return Weight(tensor.name, tensor.shape, "scale", tensor.bits, 0, tensor.stored_bytes)


def _notes(tensors: Sequence[RawTensor], weights: list[Weight]) -> tuple[str, ...]:
    packed = Counter(
        weight.kind
        for tensor, weight in zip(tensors, weights, strict=True)
        if weight.parameters > tensor.elements
    )
    return tuple(
        f"{count} tensors are {kind}: counted by capacity, not by shape"
        for kind, count in sorted(packed.items())
    )


def _last(tensor: RawTensor | None) -> int:
    return tensor.shape[-1] if tensor is not None and tensor.shape else 0


def _ratio(numerator: int, denominator: int) -> int:
    """The exact quotient, or 0 when there is none."""
    if denominator <= 0 or numerator % denominator:
        return 0
    return numerator // denominator


def _fewest(widths: list[int], declared_bits: int | None) -> int:
    """Fewest bits, so most parameters, among what the shapes say and what the file declares.

    A declaration alone may lower the assumed four bits but never raise them.
    """
    known = widths or [ASSUMED_PACKED_BITS]
    return min([*known, declared_bits]) if declared_bits else min(known)
