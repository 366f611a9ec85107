"""Every tensor type that a GGUF file may store: elements and bytes per block, nominal bits.

Sizes are those of the ggml block structures (ggml-common.h). The repacked types 31-33 and 36-38
were withdrawn from the format and are refused, as llama.cpp does.
"""

from typing import NamedTuple


class TensorType(NamedTuple):
    """`nominal_bits` is what one parameter is coded in, scales apart (Q8_0: 8, though 8.5 in all);
    0 marks plain integers, whose meaning the file does not say."""

    label: str
    block_elements: int
    block_bytes: int
    nominal_bits: int


TENSOR_TYPES: dict[int, TensorType] = {
    0: TensorType("F32", 1, 4, 32),
    1: TensorType("F16", 1, 2, 16),
    2: TensorType("Q4_0", 32, 18, 4),
    3: TensorType("Q4_1", 32, 20, 4),
    6: TensorType("Q5_0", 32, 22, 5),
    7: TensorType("Q5_1", 32, 24, 5),
    8: TensorType("Q8_0", 32, 34, 8),
    9: TensorType("Q8_1", 32, 36, 8),
    10: TensorType("Q2_K", 256, 84, 2),
    11: TensorType("Q3_K", 256, 110, 3),
    12: TensorType("Q4_K", 256, 144, 4),
    13: TensorType("Q5_K", 256, 176, 5),
    14: TensorType("Q6_K", 256, 210, 6),
    15: TensorType("Q8_K", 256, 292, 8),
    16: TensorType("IQ2_XXS", 256, 66, 2),
    17: TensorType("IQ2_XS", 256, 74, 2),
    18: TensorType("IQ3_XXS", 256, 98, 3),
    19: TensorType("IQ1_S", 256, 50, 1),
    20: TensorType("IQ4_NL", 32, 18, 4),
    21: TensorType("IQ3_S", 256, 110, 3),
    22: TensorType("IQ2_S", 256, 82, 2),
    23: TensorType("IQ4_XS", 256, 136, 4),
    24: TensorType("I8", 1, 1, 0),
    25: TensorType("I16", 1, 2, 0),
    26: TensorType("I32", 1, 4, 0),
    27: TensorType("I64", 1, 8, 0),
    28: TensorType("F64", 1, 8, 64),
    29: TensorType("IQ1_M", 256, 56, 1),
    30: TensorType("BF16", 1, 2, 16),
    34: TensorType("TQ1_0", 256, 54, 2),
    35: TensorType("TQ2_0", 256, 66, 2),
    39: TensorType("MXFP4", 32, 17, 4),
    40: TensorType("NVFP4", 64, 36, 4),
    41: TensorType("Q1_0", 128, 18, 1),
    42: TensorType("Q2_0", 64, 18, 2),
}
