"""Chains that change who speaks, or what they speak through."""

from audio.effects.chain import Chain, Stream, Values
from audio.effects.parameter import Parameter
from audio.effects.processor import Gain, Parallel, Processor, Series, blend
from audio.effects.processors.biquads import Filter, Sections, peak, steep_high_pass, steep_low_pass
from audio.effects.processors.delay import Delay
from audio.effects.processors.dynamics import Compressor
from audio.effects.processors.pitch import PitchShift
from audio.effects.processors.saturation import Saturation

_VOICE_MIDDLE_HZ = 1_000.0
_HORN_ECHO_SECONDS = 0.11
_HORN_ECHO_FEEDBACK = 0.15


def _band(*sections: Sections, stream: Stream) -> Filter:
    """The band of a voice, in step with the rest at 1 kHz."""
    return Filter.band(
        *sections,
        channels=stream.channels,
        sample_rate=stream.sample_rate,
        middle_hz=_VOICE_MIDDLE_HZ,
    )


def _telephone(stream: Stream, values: Values) -> Processor:
    rate, channels = stream.sample_rate, stream.channels
    drive = values["drive_db"]
    top = steep_low_pass(stream.hertz(values["high_hz"]), rate)
    bottom = steep_high_pass(stream.hertz(values["low_hz"]), rate)
    return Series(
        _band(bottom, top, stream=stream),
        Compressor(sample_rate=rate, threshold_db=-24, ratio=4, makeup_db=6),
        Saturation(channels=channels, drive_db=drive),
        Gain(-drive / 2),
        _band(top, stream=stream),
    )


TELEPHONE = Chain(
    "telephone",
    "A call on a bad line: only the middle of the band, levelled and a little broken.",
    (
        Parameter("low_hz", "Hz", 200, 600, 300, "Lower end of the line's band."),
        Parameter("high_hz", "Hz", 2_000, 5_000, 3_400, "Upper end of the line's band."),
        Parameter("drive_db", "dB", 0, 24, 6, "How hard the line is driven."),
    ),
    _telephone,
)


def _megaphone(stream: Stream, values: Values) -> Processor:
    rate, channels = stream.sample_rate, stream.channels
    drive = values["drive_db"]
    horn = Series(
        _band(
            steep_high_pass(stream.hertz(500), rate),
            steep_low_pass(stream.hertz(4_500), rate),
            peak(stream.hertz(values["tone_hz"]), rate, gain_db=8, q=1.5),
            stream=stream,
        ),
        Saturation(channels=channels, drive_db=drive),
        Gain(-drive / 2),
    )
    echo = Delay(
        sample_rate=rate,
        channels=channels,
        seconds=_HORN_ECHO_SECONDS,
        feedback=_HORN_ECHO_FEEDBACK,
        damping_hz=3_000,
    )
    return Series(horn, Parallel([(1, Gain()), (values["slap"], echo)]))


def _megaphone_tail(_values: Values) -> float:
    return 5 * _HORN_ECHO_SECONDS  # 0.15 ** 4 is -66 dB


MEGAPHONE = Chain(
    "megaphone",
    "A hand-held horn turned up too far, with the wall opposite answering.",
    (
        Parameter("drive_db", "dB", 0, 30, 15, "How hard the horn is driven."),
        Parameter("tone_hz", "Hz", 800, 3_000, 1_600, "The note at which the horn rings."),
        Parameter("slap", "share", 0, 1, 0.25, "Level of the echo off the wall."),
    ),
    _megaphone,
    _megaphone_tail,
)


def _voice_shift(stream: Stream, values: Values) -> Processor:
    shift = PitchShift(
        sample_rate=stream.sample_rate, channels=stream.channels, semitones=values["semitones"]
    )
    return blend(shift, values["mix"], channels=stream.channels)


def _voice_shift_tail(_values: Values) -> float:
    return PitchShift.HOP_SECONDS + PitchShift.REACH_SECONDS


VOICE_SHIFT = Chain(
    "voice-shift",
    "A giant or a mouse: the pitch moves, the tempo stays.",
    (
        Parameter("semitones", "semitones", -12, 12, -5, "Below 0 is deeper."),
        Parameter("mix", "share", 0, 1, 1, "Share of the shifted voice in the result."),
    ),
    _voice_shift,
    _voice_shift_tail,
)
