"""The tensors of models that hear, see or read: encoders and convolutional networks."""

from collections.abc import Sequence

from tests.modelfiles.samples import Shape
from tests.modelhub.verdicts.decoders import Tensors, linear, norm


def whisper(hidden: int, layers: int, mels: int = 80, vocabulary: int = 51865) -> Tensors:
    h = hidden
    shapes: Tensors = {
        "model.encoder.conv1.weight": (h, mels, 3),
        "model.encoder.conv1.bias": (h,),
        "model.encoder.conv2.weight": (h, h, 3),
        "model.encoder.conv2.bias": (h,),
        "model.encoder.embed_positions.weight": (1500, h),
        "model.decoder.embed_tokens.weight": (vocabulary, h),
        "model.decoder.embed_positions.weight": (448, h),
    }
    sides = {"encoder": ["self_attn"], "decoder": ["self_attn", "encoder_attn"]}
    for side, attentions in sides.items():
        for layer in (f"model.{side}.layers.{n}" for n in range(layers)):
            for attention in attentions:
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    shapes |= linear(f"{layer}.{attention}.{part}", h, h, bias=part != "k_proj")
                shapes |= norm(f"{layer}.{attention}_layer_norm", h)
            shapes |= linear(f"{layer}.fc1", 4 * h, h) | linear(f"{layer}.fc2", h, 4 * h)
            shapes |= norm(f"{layer}.final_layer_norm", h)
        shapes |= norm(f"model.{side}.layer_norm", h)
    return shapes


def bert(hidden: int, layers: int, feed_forward: int) -> Tensors:
    h = hidden
    shapes: Tensors = {
        "embeddings.word_embeddings.weight": (30522, h),
        "embeddings.position_embeddings.weight": (512, h),
        "embeddings.token_type_embeddings.weight": (2, h),
        **norm("embeddings.LayerNorm", h),
        **linear("pooler.dense", h, h),
    }
    for layer in (f"encoder.layer.{n}" for n in range(layers)):
        shapes |= _encoder_layer(layer, h, feed_forward)
    return shapes


def distilbert() -> Tensors:
    shapes = bert(768, 6, 3072)
    gone = ("pooler.dense", "embeddings.token_type")
    return {name: shape for name, shape in shapes.items() if not name.startswith(gone)}


def _encoder_layer(layer: str, h: int, feed_forward: int) -> Tensors:
    shapes: Tensors = {}
    for part in ("self.query", "self.key", "self.value", "output.dense"):
        shapes |= linear(f"{layer}.attention.{part}", h, h)
    shapes |= norm(f"{layer}.attention.output.LayerNorm", h)
    shapes |= linear(f"{layer}.intermediate.dense", feed_forward, h)
    shapes |= linear(f"{layer}.output.dense", h, feed_forward)
    return shapes | norm(f"{layer}.output.LayerNorm", h)


def audio_spectrogram_transformer() -> Tensors:
    """The one that was fine-tuned on AudioSet: 1,212 patches, two tokens, 527 classes."""
    h = 768
    first = "audio_spectrogram_transformer.embeddings"
    shapes: Tensors = {
        f"{first}.cls_token": (1, 1, h),
        f"{first}.distillation_token": (1, 1, h),
        f"{first}.position_embeddings": (1, 1214, h),
        f"{first}.patch_embeddings.projection.weight": (h, 1, 16, 16),
        f"{first}.patch_embeddings.projection.bias": (h,),
    }
    for layer in (f"audio_spectrogram_transformer.encoder.layer.{n}" for n in range(12)):
        shapes |= _encoder_layer(layer, h, 3072)
    shapes |= norm("audio_spectrogram_transformer.layernorm", h)
    return shapes | norm("classifier.layernorm", h) | linear("classifier.dense", 527, h)


def wav2vec2_base() -> Tensors:
    h = 768
    shapes: Tensors = {"masked_spec_embed": (h,)}
    inputs = 1
    for number, kernel in enumerate((10, 3, 3, 3, 3, 2, 2)):
        shapes[f"feature_extractor.conv_layers.{number}.conv.weight"] = (512, inputs, kernel)
        inputs = 512
    shapes |= norm("feature_extractor.conv_layers.0.layer_norm", 512)
    shapes |= norm("feature_projection.layer_norm", 512)
    shapes |= linear("feature_projection.projection", h, 512)
    shapes |= {
        "encoder.pos_conv_embed.conv.weight_g": (1, 1, 128),
        "encoder.pos_conv_embed.conv.weight_v": (h, 48, 128),
        "encoder.pos_conv_embed.conv.bias": (h,),
        **norm("encoder.layer_norm", h),
    }
    for layer in (f"encoder.layers.{n}" for n in range(12)):
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= linear(f"{layer}.attention.{part}", h, h)
        shapes |= norm(f"{layer}.layer_norm", h) | norm(f"{layer}.final_layer_norm", h)
        shapes |= linear(f"{layer}.feed_forward.intermediate_dense", 3072, h)
        shapes |= linear(f"{layer}.feed_forward.output_dense", h, 3072)
    return shapes


def conv(name: str, outputs: int, inputs: int, *kernel: int, bias: bool = True) -> Tensors:
    weight: Tensors = {f"{name}.weight": (outputs, inputs, *kernel)}
    return weight | {f"{name}.bias": (outputs,)} if bias else weight


def vggish() -> Tensors:
    shapes: Tensors = {}
    inputs = 1
    for number, outputs in enumerate((64, 128, 256, 256, 512, 512)):
        shapes |= conv(f"features.{number}", outputs, inputs, 3, 3)
        inputs = outputs
    shapes |= linear("embeddings.0", 4096, 12288) | linear("embeddings.2", 4096, 4096)
    return shapes | linear("embeddings.4", 128, 4096)


def panns_cnn14() -> Tensors:
    """Its learned tensors: the spectrogram's fixed ones and running means are no parameters."""
    shapes: Tensors = norm("bn0", 64)
    inputs = 1
    for number, outputs in enumerate((64, 128, 256, 512, 1024, 2048), start=1):
        block = f"conv_block{number}"
        shapes |= conv(f"{block}.conv1", outputs, inputs, 3, 3, bias=False)
        shapes |= conv(f"{block}.conv2", outputs, outputs, 3, 3, bias=False)
        shapes |= norm(f"{block}.bn1", outputs) | norm(f"{block}.bn2", outputs)
        inputs = outputs
    return shapes | linear("fc1", 2048, 2048) | linear("fc_audioset", 527, 2048)


def _lstm(name: str, hidden: int, inputs: Sequence[int]) -> Tensors:
    """In both directions, a layer for each of the inputs."""
    shapes: Tensors = {}
    for number, wide in enumerate(inputs):
        for end in ("", "_reverse"):
            shapes[f"{name}.weight_ih_l{number}{end}"] = (4 * hidden, wide)
            shapes[f"{name}.weight_hh_l{number}{end}"] = (4 * hidden, hidden)
            shapes[f"{name}.bias_ih_l{number}{end}"] = (4 * hidden,)
            shapes[f"{name}.bias_hh_l{number}{end}"] = (4 * hidden,)
    return shapes


def open_unmix() -> Tensors:
    """One target of umxhq: 1,487 of 2,049 bins in, two channels, running means left out."""
    bins, inputs, hidden = 2049, 1487, 512
    means: dict[str, Shape] = {
        "input_mean": (inputs,),
        "input_scale": (inputs,),
        "output_mean": (bins,),
        "output_scale": (bins,),
    }
    shapes = means | linear("fc1", hidden, 2 * inputs, bias=False) | norm("bn1", hidden)
    shapes |= _lstm("lstm", hidden // 2, (hidden, hidden, hidden))
    shapes |= linear("fc2", hidden, 2 * hidden, bias=False) | norm("bn2", hidden)
    return shapes | linear("fc3", 2 * bins, hidden, bias=False) | norm("bn3", 2 * bins)


def demucs_v2() -> Tensors:
    """Six levels that double from 64 channels, four stereo stems."""
    shapes: Tensors = {}
    inputs, outputs, wide = 2, 8, 64
    for level in range(6):
        shapes |= conv(f"encoder.{level}.0", wide, inputs, 8)
        shapes |= conv(f"encoder.{level}.2", 2 * wide, wide, 1)
        shapes |= conv(f"decoder.{5 - level}.0", 2 * wide, wide, 3)
        shapes[f"decoder.{5 - level}.2.weight"] = (wide, outputs, 8)
        shapes[f"decoder.{5 - level}.2.bias"] = (outputs,)
        inputs = outputs = wide
        wide *= 2
    deep = wide // 2
    shapes |= _lstm("lstm.lstm", deep, (deep, 2 * deep))
    return shapes | linear("lstm.linear", deep, 2 * deep)


def resnet50() -> Tensors:
    """As exported: each batch norm folded into its convolution's bias."""
    shapes = conv("conv1", 64, 3, 7, 7)
    inputs = 64
    for stage, (blocks, wide) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), start=1):
        for block in (f"layer{stage}.{n}" for n in range(blocks)):
            if block.endswith(".0"):
                shapes |= conv(f"{block}.downsample.0", 4 * wide, inputs, 1, 1)
            shapes |= conv(f"{block}.conv1", wide, inputs, 1, 1)
            shapes |= conv(f"{block}.conv2", wide, wide, 3, 3)
            shapes |= conv(f"{block}.conv3", 4 * wide, wide, 1, 1)
            inputs = 4 * wide
    return shapes | linear("fc", 1000, 2048)


def silero_vad() -> Tensors:
    """Both sample rates: windows of a Fourier transform, convolutions and an LSTM."""
    shapes: Tensors = {}
    for rate, (bins, window) in {"8k": (65, 128), "16k": (129, 256)}.items():
        shapes[f"{rate}.stft.forward_basis_buffer"] = (2 * bins, 1, window)
        inputs = bins
        for number, outputs in enumerate((128, 64, 64, 128)):
            shapes |= conv(f"{rate}.encoder.{number}.reparam_conv", outputs, inputs, 3)
            inputs = outputs
        for part in ("ih", "hh"):
            shapes |= linear(f"{rate}.decoder.rnn.{part}", 512, 128)
        shapes |= conv(f"{rate}.decoder.decoder.2", 1, 128, 1)
    return shapes


def basic_pitch() -> Tensors:
    """As exported: the constant-Q transform's filters, and three small stacks of kernels."""
    shapes: Tensors = {"lowpass": (1, 1, 1, 256), "lengths": (309, 1, 1)}
    shapes |= {f"cqt.{part}": (36, 1, 1, 256) for part in ("real", "imaginary")}
    for name, outputs, inputs, *kernel in (
        ("contour.0", 8, 8, 3, 39), ("contour.1", 1, 8, 5, 5), ("note.0", 32, 1, 7, 7),
        ("note.1", 1, 32, 7, 3), ("onset.0", 32, 8, 5, 5), ("onset.1", 1, 33, 3, 3),
    ):  # fmt: skip
        shapes |= conv(name, outputs, inputs, *kernel)
    return shapes
