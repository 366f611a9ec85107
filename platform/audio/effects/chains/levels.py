"""Chains for tone and loudness."""

from audio.effects.chain import Chain, Stream, Values
from audio.effects.parameter import Parameter
from audio.effects.processor import Processor, Series
from audio.effects.processors.biquads import Filter, high_shelf, low_shelf, peak
from audio.effects.processors.dynamics import Compressor
from audio.effects.processors.saturation import Saturation


def _warm_limiter(stream: Stream, values: Values) -> Processor:
    rate, channels = stream.sample_rate, stream.channels
    warmth = values["warmth_db"]
    return Series(
        Filter(
            low_shelf(stream.hertz(180), rate, warmth),
            high_shelf(stream.hertz(9_000), rate, -warmth / 2),
            channels=channels,
        ),
        Saturation(channels=channels, drive_db=values["drive_db"]),
    )


def _warm_limiter_ceiling(values: Values) -> float:
    return values["ceiling_db"]


WARM_LIMITER = Chain(
    "warm-limiter",
    "Louder and rounder: driven into a soft curve, never above the ceiling.",
    (
        Parameter("drive_db", "dB", 0, 18, 6, "How hard the curve is driven."),
        Parameter("warmth_db", "dB", 0, 9, 3, "Lift of the bass; the treble falls by half of it."),
        Parameter("ceiling_db", "dB", -12, -0.3, -1, "Highest true peak that leaves."),
    ),
    _warm_limiter,
    ceiling_db=_warm_limiter_ceiling,
)


def _glue_compressor(stream: Stream, values: Values) -> Processor:
    return Compressor(
        sample_rate=stream.sample_rate,
        threshold_db=values["threshold_db"],
        ratio=values["ratio"],
        attack_ms=values["attack_ms"],
        release_ms=values["release_ms"],
        makeup_db=values["makeup_db"],
    )


GLUE_COMPRESSOR = Chain(
    "glue-compressor",
    "Loud and quiet come closer to each other.",
    (
        Parameter("threshold_db", "dB", -60, 0, -24, "Level above which it takes hold."),
        Parameter("ratio", "ratio", 1, 20, 3, "dB at the input for one dB more at the output."),
        Parameter("attack_ms", "ms", 0.1, 100, 10, "Time constant of taking hold."),
        Parameter("release_ms", "ms", 10, 1_000, 150, "Time constant of letting go."),
        Parameter("makeup_db", "dB", 0, 24, 6, "Gain after it."),
    ),
    _glue_compressor,
)


def _tone(stream: Stream, values: Values) -> Processor:
    rate = stream.sample_rate
    return Filter(
        low_shelf(stream.hertz(200), rate, values["low_db"]),
        peak(stream.hertz(values["middle_hz"]), rate, values["middle_db"], q=0.8),
        high_shelf(stream.hertz(4_000), rate, values["high_db"]),
        channels=stream.channels,
    )


TONE = Chain(
    "tone",
    "Bass, middle and treble.",
    (
        Parameter("low_db", "dB", -18, 18, 4, "Bass: half of it at 200 Hz."),
        Parameter("middle_db", "dB", -18, 18, -2, "Middle, at middle_hz."),
        Parameter("middle_hz", "Hz", 250, 4_000, 900, "Centre of the middle."),
        Parameter("high_db", "dB", -18, 18, 4, "Treble: half of it at 4 kHz."),
    ),
    _tone,
)
