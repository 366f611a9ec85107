"""Is it a transformer? Names and metadata can prove that it is; little can prove that it is not."""

import re
from collections.abc import Sequence
from itertools import chain

from modelfiles.errors import shown
from modelfiles.report import Proof
from modelfiles.tensors import ModelFile, Weight

# One path segment that only attention has. `attn_norm` and `post_attention_layernorm` do not
# count: llama.cpp gives the first to mamba blocks as well.
_ATTENTION_SEGMENTS = frozenset(
    {
        "q_proj", "k_proj", "v_proj", "qkv", "qkv_proj", "wqkv", "c_attn", "query_key_value",
        "in_proj_weight", "in_proj_qkv", "to_q", "to_k", "to_v", "to_qkv", "wq", "wk", "wv",
    }
)  # fmt: skip
_SEPARATORS = re.compile(r"[./]")

# A convolution kernel spans some space, and not much of it. A 1 x 1 kernel is a matrix, and
# transformers are exported that way.
_LARGEST_KERNEL = 31
_CONVOLUTION_SHARE = 0.95


def prove(files: Sequence[ModelFile], parameters: int) -> tuple[Proof, str]:
    """Return the verdict on all files of one model together, and its reason in words."""
    attention = next(chain((file.attention for file in files if file.attention), _named(files)), "")
    if attention:
        return "yes", f"transformer: {shown(attention)}"
    recurrence = next((file.recurrence for file in files if file.recurrence), "")
    if recurrence:
        return "no", f"no transformer: {shown(recurrence)} has no attention"
    weights = chain.from_iterable(file.weights for file in files)
    convolved = sum(weight.parameters for weight in weights if _is_convolution(weight))
    share = convolved / parameters
    if share >= _CONVOLUTION_SHARE:
        return "no", f"no transformer: {share:.1%} of the parameters are convolution kernels"
    return "unproven", "neither attention nor another architecture is proved"


def _named(files: Sequence[ModelFile]) -> "chain[str]":
    return chain.from_iterable(
        (
            f"tensor {weight.name}"
            for weight in file.weights
            if len(weight.shape) > 1 and _names_attention(weight.name)
        )
        for file in files
    )


def _names_attention(name: str) -> bool:
    return any(
        segment in _ATTENTION_SEGMENTS
        or (("attn" in segment or "attention" in segment) and "norm" not in segment)
        for segment in _SEPARATORS.split(name.lower())
    )


def _is_convolution(weight: Weight) -> bool:
    if not 4 <= len(weight.shape) <= 5:
        return False
    extent = weight.shape[2:]
    return max(extent) > 1 and all(1 <= size <= _LARGEST_KERNEL for size in extent)
