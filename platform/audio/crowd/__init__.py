"""The crowd score: 20 ms frames of many streams in, likelihoods and a score from 0 to 100 out."""

from audio.crowd.bank import BankFull, CrowdBank, IntArray, SlotClosed
from audio.crowd.clip import ClipTooShort, WrongSampleRate, loudest_and_quietest, score_clip
from audio.crowd.scorer import Score, Scores
from audio.crowd.spectrum import FRAME_SAMPLES, SAMPLE_RATE, Float32Array
from audio.crowd.version import Version
from audio.crowd.versions import DEFAULT, VERSIONS, UnknownVersion, version_named

__all__ = [
    "DEFAULT",
    "FRAME_SAMPLES",
    "SAMPLE_RATE",
    "VERSIONS",
    "BankFull",
    "ClipTooShort",
    "CrowdBank",
    "Float32Array",
    "IntArray",
    "Score",
    "Scores",
    "SlotClosed",
    "UnknownVersion",
    "Version",
    "WrongSampleRate",
    "loudest_and_quietest",
    "score_clip",
    "version_named",
]
