"""The tensors of language models, from the numbers in their `config.json`."""

from dataclasses import dataclass

from tests.modelfiles.samples import Shape

Tensors = dict[str, Shape]


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """A decoder with gates, as most are since LLaMA; `heads_wide` is heads times their size.

    `norms` stand before and behind its parts; `biases` are on queries, keys and values.
    """

    vocabulary: int
    hidden: int
    layers: int
    feed_forward: int
    heads_wide: int
    keys_wide: int
    tied: bool = False
    biases: bool = False
    norms: tuple[str, ...] = ("input_layernorm", "post_attention_layernorm")
    head_norms: int = 0  # how wide the norms of a single head are
    experts: int = 0
    fused: bool = False

    def tensors(self) -> Tensors:
        h = self.hidden
        shapes: Tensors = {"model.embed_tokens.weight": (self.vocabulary, h)}
        for number in range(self.layers):
            layer = f"model.layers.{number}"
            shapes |= {f"{layer}.{name}": shape for name, shape in self._attention().items()}
            shapes |= {f"{layer}.{name}": shape for name, shape in self._feed_forward().items()}
            shapes |= {f"{layer}.{norm}.weight": (h,) for norm in self.norms}
        shapes["model.norm.weight"] = (h,)
        return shapes if self.tied else shapes | {"lm_head.weight": (self.vocabulary, h)}

    def _attention(self) -> Tensors:
        h, q, kv = self.hidden, self.heads_wide, self.keys_wide
        out: Tensors = {"self_attn.o_proj.weight": (h, q)}
        if self.fused:
            return out | {"self_attn.qkv_proj.weight": (q + 2 * kv, h)}
        for part, wide in {"q": q, "k": kv, "v": kv}.items():
            out[f"self_attn.{part}_proj.weight"] = (wide, h)
            if self.biases:
                out[f"self_attn.{part}_proj.bias"] = (wide,)
        if self.head_norms:
            out |= {f"self_attn.{part}_norm.weight": (self.head_norms,) for part in "qk"}
        return out

    def _feed_forward(self) -> Tensors:
        h, f = self.hidden, self.feed_forward
        if self.experts:
            out: Tensors = {"block_sparse_moe.gate.weight": (self.experts, h)}
            for expert in (f"block_sparse_moe.experts.{n}" for n in range(self.experts)):
                out |= {f"{expert}.w1.weight": (f, h), f"{expert}.w2.weight": (h, f)}
                out[f"{expert}.w3.weight"] = (f, h)
            return out
        if self.fused:
            return {"mlp.gate_up_proj.weight": (2 * f, h), "mlp.down_proj.weight": (h, f)}
        return {
            "mlp.gate_proj.weight": (f, h),
            "mlp.up_proj.weight": (f, h),
            "mlp.down_proj.weight": (h, f),
        }


def linear(name: str, outputs: int, inputs: int, bias: bool = True) -> Tensors:
    """A matrix, and its bias."""
    weight: Tensors = {f"{name}.weight": (outputs, inputs)}
    return weight | {f"{name}.bias": (outputs,)} if bias else weight


def norm(name: str, wide: int) -> Tensors:
    """A layer's or a batch's norm: scale and shift."""
    return {f"{name}.weight": (wide,), f"{name}.bias": (wide,)}


def gpt2(layers: int = 12, hidden: int = 768) -> Tensors:
    shapes: Tensors = {"wte.weight": (50257, hidden), "wpe.weight": (1024, hidden)}
    for layer in (f"h.{n}" for n in range(layers)):
        shapes |= norm(f"{layer}.ln_1", hidden) | norm(f"{layer}.ln_2", hidden)
        shapes |= linear(f"{layer}.attn.c_attn", 3 * hidden, hidden)
        shapes |= linear(f"{layer}.attn.c_proj", hidden, hidden)
        shapes |= linear(f"{layer}.mlp.c_fc", 4 * hidden, hidden)
        shapes |= linear(f"{layer}.mlp.c_proj", hidden, 4 * hidden)
    return shapes | norm("ln_f", hidden)


def phi2() -> Tensors:
    h, f = 2560, 10240
    shapes: Tensors = {"model.embed_tokens.weight": (51200, h)}
    for layer in (f"model.layers.{n}" for n in range(32)):
        for part in ("q_proj", "k_proj", "v_proj", "dense"):
            shapes |= linear(f"{layer}.self_attn.{part}", h, h)
        shapes |= linear(f"{layer}.mlp.fc1", f, h) | linear(f"{layer}.mlp.fc2", h, f)
        shapes |= norm(f"{layer}.input_layernorm", h)
    return shapes | norm("model.final_layernorm", h) | linear("lm_head", 51200, h)


def gpt_neox_20b() -> Tensors:
    h, f = 6144, 24576
    shapes: Tensors = {"gpt_neox.embed_in.weight": (50432, h), "embed_out.weight": (50432, h)}
    for layer in (f"gpt_neox.layers.{n}" for n in range(44)):
        shapes |= linear(f"{layer}.attention.query_key_value", 3 * h, h)
        shapes |= linear(f"{layer}.attention.dense", h, h)
        shapes |= linear(f"{layer}.mlp.dense_h_to_4h", f, h)
        shapes |= linear(f"{layer}.mlp.dense_4h_to_h", h, f)
        shapes |= norm(f"{layer}.input_layernorm", h)
        shapes |= norm(f"{layer}.post_attention_layernorm", h)
    return shapes | norm("gpt_neox.final_layer_norm", h)


def falcon_7b() -> Tensors:
    h = 4544
    shapes: Tensors = {"transformer.word_embeddings.weight": (65024, h)}
    for layer in (f"transformer.h.{n}" for n in range(32)):
        shapes |= linear(f"{layer}.self_attention.query_key_value", h + 2 * 64, h, bias=False)
        shapes |= linear(f"{layer}.self_attention.dense", h, h, bias=False)
        shapes |= linear(f"{layer}.mlp.dense_h_to_4h", 4 * h, h, bias=False)
        shapes |= linear(f"{layer}.mlp.dense_4h_to_h", h, 4 * h, bias=False)
        shapes |= norm(f"{layer}.input_layernorm", h)
    return shapes | norm("transformer.ln_f", h)


def t5_small() -> Tensors:
    h, f = 512, 2048
    shapes: Tensors = {"shared.weight": (32128, h)}
    sides = {"encoder": ["SelfAttention"], "decoder": ["SelfAttention", "EncDecAttention"]}
    for side, parts in sides.items():
        for block in (f"{side}.block.{n}" for n in range(6)):
            for number, attention in enumerate(parts):
                layer = f"{block}.layer.{number}"
                shapes |= {f"{layer}.{attention}.{p}.weight": (h, h) for p in "qkvo"}
                shapes[f"{layer}.layer_norm.weight"] = (h,)
            last = f"{block}.layer.{len(parts)}"
            shapes |= linear(f"{last}.DenseReluDense.wi", f, h, bias=False)
            shapes |= linear(f"{last}.DenseReluDense.wo", h, f, bias=False)
            shapes[f"{last}.layer_norm.weight"] = (h,)
        first = f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        shapes |= {first: (32, 8), f"{side}.final_layer_norm.weight": (h,)}
    return shapes
