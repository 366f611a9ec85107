"""Adapters: low-rank changes to a model that another file holds."""

import re
from collections.abc import Sequence

NOTE = "an adapter: inspect it together with its base model, to whose count it adds"

# How PEFT, diffusers, kohya and LyCORIS name what they train: `...q_proj.lora_A.weight`,
# `lora_unet_..._attn1_to_q.lora_down.weight`, `...hada_w1_a`, `...lokr_w2`.
_NAMES = re.compile(
    r"(^|[._])("
    r"lora_[ab]|lora_(up|down|mid)|lora_embedding_[ab]|lora_magnitude_vector"
    r"|lora\.(up|down)|hada_[wt][12]|lokr_[wt][12]|oft_blocks|dora_scale"
    r")([._]|$)",
    re.IGNORECASE,
)
_ALPHA = ".alpha"  # one number beside each pair


def is_adapter(names: Sequence[str]) -> bool:
    """Tell whether tensors of these names are an adapter's: more than half of them are.

    Some train a whole layer besides, such as the head, and keep it in the same file. A false name
    gains nothing: an adapter needs a base, and adds to it what it counts by itself.
    """
    counted = [name for name in names if not name.endswith(_ALPHA)]
    return 2 * sum(bool(_NAMES.search(name)) for name in counted) > len(counted)
