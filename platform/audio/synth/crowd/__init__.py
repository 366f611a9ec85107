"""Crowd sound from a physical model: 16 kHz mono float32, the same for the same generator state."""

from audio.synth.crowd.applause import applause
from audio.synth.crowd.conditions import hum, overdriven, telephone, wind
from audio.synth.crowd.crowds import boo, chant, cheer, speech_like, walla
from audio.synth.crowd.event import Event, EventTooShort, Label, Segment, event
from audio.synth.crowd.jeering import jeer
from audio.synth.crowd.laughter import laughter
from audio.synth.crowd.room import SAMPLE_RATE, silence

__all__ = [
    "SAMPLE_RATE",
    "Event",
    "EventTooShort",
    "Label",
    "Segment",
    "applause",
    "boo",
    "chant",
    "cheer",
    "event",
    "hum",
    "jeer",
    "laughter",
    "overdriven",
    "silence",
    "speech_like",
    "telephone",
    "walla",
    "wind",
]
