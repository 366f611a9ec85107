"""Chains that move in time: echoes, chorus, sweep."""

import math

from audio.effects.chain import Chain, Stream, Values
from audio.effects.parameter import Parameter
from audio.effects.processor import Processor, blend
from audio.effects.processors.biquads import SweptLowPass
from audio.effects.processors.delay import Delay
from audio.effects.processors.moving_taps import Chorus


def _echo_throw(stream: Stream, values: Values) -> Processor:
    echo = Delay(
        sample_rate=stream.sample_rate,
        channels=stream.channels,
        seconds=values["time_ms"] / 1000,
        feedback=values["feedback"],
        damping_hz=stream.hertz(values["damping_hz"]),
        bounce=True,
    )
    return blend(echo, values["mix"], channels=stream.channels)


def _echo_throw_tail(values: Values) -> float:
    """Until an echo is below -60 dB of the first."""
    feedback = values["feedback"]
    echoes = 1 + (math.ceil(math.log(1e-3) / math.log(feedback)) if feedback > 0 else 0)
    return echoes * values["time_ms"] / 1000


ECHO_THROW = Chain(
    "echo-throw",
    "Echoes that bounce from side to side and lose their treble on the way.",
    (
        Parameter("time_ms", "ms", 20, 2_000, 375, "Time between two echoes."),
        Parameter("feedback", "share", 0, 0.9, 0.45, "Level of each echo beside the one before."),
        Parameter("damping_hz", "Hz", 500, 16_000, 5_000, "Above it every echo is duller."),
        Parameter("mix", "share", 0, 1, 0.35, "Share of the echoes in the result."),
    ),
    _echo_throw,
    _echo_throw_tail,
)


def _wide_chorus(stream: Stream, values: Values) -> Processor:
    chorus = Chorus(
        sample_rate=stream.sample_rate,
        channels=stream.channels,
        rate_hz=values["rate_hz"],
        depth_ms=values["depth_ms"],
        voices=3,
    )
    return blend(chorus, values["mix"], channels=stream.channels)


def _wide_chorus_tail(values: Values) -> float:
    return values["depth_ms"] / 1000  # the voices swing about the dry sound


WIDE_CHORUS = Chain(
    "wide-chorus",
    "One becomes many: three voices that drift apart in pitch and across the stage.",
    (
        Parameter("rate_hz", "Hz", 0.05, 5, 0.6, "How often the voices drift there and back."),
        Parameter("depth_ms", "ms", 0.5, 10, 3.5, "How far they drift in time."),
        Parameter("mix", "share", 0, 1, 0.5, "Share of the voices in the result."),
    ),
    _wide_chorus,
    _wide_chorus_tail,
)


def _filter_sweep(stream: Stream, values: Values) -> Processor:
    return SweptLowPass(
        sample_rate=stream.sample_rate,
        channels=stream.channels,
        low_hz=stream.hertz(values["low_hz"]),
        high_hz=stream.hertz(values["high_hz"]),
        rate_hz=values["rate_hz"],
        q=values["resonance"],
    )


FILTER_SWEEP = Chain(
    "filter-sweep",
    "The disc jockey's filter: it opens from below and closes again, over and over.",
    (
        Parameter("rate_hz", "Hz", 0.02, 4, 0.25, "How often it opens and closes."),
        Parameter("low_hz", "Hz", 60, 2_000, 200, "Corner when it is closed; it starts there."),
        Parameter("high_hz", "Hz", 1_000, 16_000, 8_000, "Corner when it is open."),
        Parameter("resonance", "ratio", 0.5, 8, 2, "Gain at the corner, as a factor."),
    ),
    _filter_sweep,
)
