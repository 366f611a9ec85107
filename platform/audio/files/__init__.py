"""Sound files in and out: whatever people have, to float32 samples, and back to WAV and FLAC.

An upload is untrusted. `audio.containers` walks it to its end, so that a header is believed when
it refuses and never when it promises; libsndfile decodes what it knows, FFmpeg the rest in a
process of its own; memory is bounded by `MAX_SAMPLES` (a few kilobytes of FLAC can hold hours of
eight silent channels).
"""

from audio.containers.refusal import (
    MAX_CHANNELS,
    MAX_SAMPLE_RATE,
    MIN_SAMPLE_RATE,
    AudioTooLong,
    UnreadableAudio,
)
from audio.files.ffmpeg import DecodersBusy
from audio.files.reading import decode, decode_at, probe
from audio.files.sound import (
    MAX_LEVEL,
    MAX_SAMPLES,
    Audio,
    Header,
    Samples,
    refuse_samples,
    resample,
)
from audio.files.writing import encode_flac, encode_wav

__all__ = [
    "MAX_CHANNELS",
    "MAX_LEVEL",
    "MAX_SAMPLES",
    "MAX_SAMPLE_RATE",
    "MIN_SAMPLE_RATE",
    "Audio",
    "AudioTooLong",
    "DecodersBusy",
    "Header",
    "Samples",
    "UnreadableAudio",
    "decode",
    "decode_at",
    "encode_flac",
    "encode_wav",
    "probe",
    "refuse_samples",
    "resample",
]
