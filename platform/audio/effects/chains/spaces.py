"""Chains that put the sound somewhere else."""

from audio.effects.chain import Chain, Stream, Values
from audio.effects.parameter import Parameter
from audio.effects.processor import Processor, Series, blend
from audio.effects.processors.biquads import Filter, high_pass, steep_low_pass
from audio.effects.processors.delay import Delay
from audio.effects.processors.moving_taps import Chorus
from audio.effects.processors.reverb import Reverb

_UNDERWATER_DECAY_SECONDS = 1.8


def _stadium(stream: Stream, values: Values) -> Processor:
    rate, channels = stream.sample_rate, stream.channels
    decay = values["decay_s"]
    wet = Series(
        Delay(sample_rate=rate, channels=channels, seconds=values["pre_delay_ms"] / 1000),
        Filter(high_pass(stream.hertz(150), rate), channels=channels),
        Reverb(
            sample_rate=rate,
            channels=channels,
            decay_seconds=decay,
            bright_decay_seconds=decay * (0.05 + 0.45 * values["brightness"]),
            size=1.5,
        ),
    )
    return blend(wet, values["mix"], channels=channels)


def _stadium_tail(values: Values) -> float:
    return values["pre_delay_ms"] / 1000 + values["decay_s"]


STADIUM = Chain(
    "stadium",
    "The far stand of a full stadium: a late, long and dark reverberation.",
    (
        Parameter("decay_s", "s", 1, 8, 3.5, "Time in which the reverberation falls by 60 dB."),
        Parameter("pre_delay_ms", "ms", 1, 250, 60, "Time before the first reflections."),
        Parameter("brightness", "share", 0, 1, 0.4, "How long the treble lasts beside the bass."),
        Parameter("mix", "share", 0, 1, 0.35, "Share of the reverberation in the result."),
    ),
    _stadium,
    _stadium_tail,
)


def _underwater(stream: Stream, values: Values) -> Processor:
    rate, channels = stream.sample_rate, stream.channels
    cutoff = stream.hertz(values["cutoff_hz"])
    muffled = Filter.band(
        steep_low_pass(cutoff, rate), channels=channels, sample_rate=rate, middle_hz=cutoff / 2
    )
    wobble = Chorus(
        sample_rate=rate, channels=channels, rate_hz=0.6, depth_ms=7 * values["wobble"], voices=2
    )
    reverb = Reverb(
        sample_rate=rate,
        channels=channels,
        decay_seconds=_UNDERWATER_DECAY_SECONDS,
        bright_decay_seconds=0.4,
    )
    return Series(muffled, wobble, blend(reverb, values["space"], channels=channels))


def _underwater_tail(_values: Values) -> float:
    return _UNDERWATER_DECAY_SECONDS + 0.02


UNDERWATER = Chain(
    "underwater",
    "Heard from below the surface: no treble, a slow wobble, walls not far away.",
    (
        Parameter("cutoff_hz", "Hz", 150, 2_000, 500, "Above it the sound falls by 24 dB/octave."),
        Parameter("wobble", "share", 0, 1, 0.5, "Strength of the slow wobble in pitch."),
        Parameter("space", "share", 0, 1, 0.3, "Share of the reverberation in the result."),
    ),
    _underwater,
    _underwater_tail,
)
