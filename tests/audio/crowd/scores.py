"""Scores of several sounds at once, as the live tick makes them: one bank, one slot per sound."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from audio.crowd import DEFAULT, FRAME_SAMPLES, CrowdBank, Float32Array, Score, Version

FRAMES_PER_SCORE = 5
Name = TypeVar("Name", bound=Hashable)


def score_together(
    sounds: Mapping[Name, Float32Array], version: Version = DEFAULT
) -> dict[Name, list[Score]]:
    """Ten scores a second for each sound, which may differ in length."""
    bank = CrowdBank(len(sounds), version)
    slots = {name: bank.open() for name in sounds}
    scores: dict[Name, list[Score]] = {name: [] for name in sounds}
    longest = max(len(samples) for samples in sounds.values()) // FRAME_SAMPLES
    for tick in range(longest):
        first, end = tick * FRAME_SAMPLES, (tick + 1) * FRAME_SAMPLES
        live = [name for name, samples in sounds.items() if len(samples) >= end]
        named = np.array([slots[name] for name in live])
        bank.push(named, np.stack([sounds[name][first:end] for name in live]))
        if (tick + 1) % FRAMES_PER_SCORE == 0:
            read = bank.read(named)
            for index, name in enumerate(live):
                scores[name].append(read[index])
    return scores


def mean(scores: list[Score], field: str) -> float:
    """The mean of one field of the scores."""
    return float(np.mean([getattr(score, field) for score in scores]))
