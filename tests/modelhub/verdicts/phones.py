"""Convolutional networks as TFLite keeps them: batch norms folded into biases."""

from tests.modelfiles import samples_tflite as tfl
from tests.modelfiles.samples_tflite import Constant, Model, Operator

# (how a layer convolves, its outputs); depthwise layers have a filter per input.
Layers = list[tuple[str, int]]


def yamnet() -> Model:
    """MobileNet's first version on a patch of a spectrogram, 521 classes; 32-bit floats."""
    return _network(_separable(), 1, 521, tfl.FLOAT32)


def mobilenet_v1() -> Model:
    """224 x 224 in colour, 1,001 classes; eight bits."""
    return _network(_separable(), 3, 1001, tfl.INT8)


def mobilenet_v2() -> Model:
    """224 x 224 in colour, 1,001 classes; eight bits."""
    layers: Layers = [("3x3", 32), ("depth", 32), ("1x1", 16)]
    inputs = 16
    for expansion, outputs, repeats in (
        (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1),
    ):  # fmt: skip
        for _ in range(repeats):
            wide = expansion * inputs
            layers += [("1x1", wide), ("depth", wide), ("1x1", outputs)]
            inputs = outputs
    return _network([*layers, ("1x1", 1280)], 3, 1001, tfl.INT8)


def _separable() -> Layers:
    layers: Layers = [("3x3", 32)]
    wide = 32
    for outputs in (64, 128, 128, 256, 256, *[512] * 6, 1024, 1024):
        layers += [("depth", wide), ("1x1", outputs)]
        wide = outputs
    return layers


def _network(layers: Layers, inputs: int, classes: int, kind: int) -> Model:
    constants: list[Constant] = []
    operators: list[Operator] = []

    def add(name: str, shape: tuple[int, ...], outputs: int, code: int) -> None:
        narrow = kind == tfl.INT8
        place = len(constants)
        constants.append(Constant(f"{name}/weights", shape, kind, outputs if narrow else 0))
        bias = tfl.INT32 if narrow else tfl.FLOAT32
        constants.append(Constant(f"{name}/bias", (outputs,), bias, outputs if narrow else 0))
        operators.append(Operator(code, (-1, place, place + 1)))

    for number, (how, outputs) in enumerate(layers):
        name = f"layer{number}"
        if how == "depth":
            add(name, (1, 3, 3, outputs), outputs, tfl.DEPTHWISE_CONV_2D)
        else:
            size = int(how[0])
            add(name, (outputs, size, size, inputs), outputs, tfl.CONV_2D)
        inputs = outputs
    add("logits", (classes, inputs), classes, tfl.FULLY_CONNECTED)
    return Model(constants, operators)
