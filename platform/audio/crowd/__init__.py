"""The crowd score: 20 ms frames of many streams in, likelihoods and a score from 0 to 100 out."""

from audio.crowd.bank import BankFull, CrowdBank, IntArray, SlotClosed
from audio.crowd.clip import ClipTooShort, WrongSampleRate, loudest_and_quietest, score_clip
from audio.crowd.scorer import Score, Scores
from audio.crowd.spectrum import FRAME_SAMPLES, SAMPLE_RATE, Float32Array

__all__ = [
    "FRAME_SAMPLES",
    "SAMPLE_RATE",
    "BankFull",
    "ClipTooShort",
    "CrowdBank",
    "Float32Array",
    "IntArray",
    "Score",
    "Scores",
    "SlotClosed",
    "WrongSampleRate",
    "loudest_and_quietest",
    "score_clip",
]
