"""TFLite's operators, as far as they say what a tensor is for."""

from typing import NamedTuple

CUSTOM = 32
# The old one-byte code holds this where the true code does not fit it.
LONG_CODE = 127

OPERATORS: dict[int, str] = {
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE",
    9: "FULLY_CONNECTED",
    25: "SOFTMAX",
    50: "LOG_SOFTMAX",
    67: "TRANSPOSE_CONV",
    126: "BATCH_MATMUL",
    132: "CONV_3D",
    141: "CONV_3D_TRANSPOSE",
    197: "STABLEHLO_DOT_GENERAL",
}


class Kernel(NamedTuple):
    """Which inputs are an operator's weights and bias, and in which order the weights' axes are
    outputs, inputs, then space; no order where they span none."""

    weights: int
    bias: int
    axes: tuple[int, ...] = ()


KERNELS: dict[str, Kernel] = {
    "CONV_2D": Kernel(1, 2, (0, 3, 1, 2)),
    "DEPTHWISE_CONV_2D": Kernel(1, 2, (3, 0, 1, 2)),
    "FULLY_CONNECTED": Kernel(1, 2),
    "TRANSPOSE_CONV": Kernel(1, 3, (0, 3, 1, 2)),
    "CONV_3D": Kernel(1, 2, (4, 3, 0, 1, 2)),
    "CONV_3D_TRANSPOSE": Kernel(1, 3, (3, 4, 0, 1, 2)),
}

# Programs compiled for one chip, in an operator of their own: no header says what is in them.
OPAQUE = frozenset({"edgetpu-custom-op", "DISPATCH_OP"})
