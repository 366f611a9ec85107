"""Stems by signal processing alone: no model, no weights, so nothing to download and no tier cap.

What each stem is and how far it can be trusted is measured in `docs/reference/effects.md`.
"""

from audio.stems.separation import STEMS, UnknownStem, separate

__all__ = ["STEMS", "UnknownStem", "separate"]
