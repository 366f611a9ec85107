"""Songs synthesised from a seed, with the truth about their beats, bars, sections and silences."""

from audio.synth.music.song import TrueSection, Truth, song

__all__ = ["TrueSection", "Truth", "song"]
