"""What happens when in a piece of music: tempo, beats, bars, sections, loudness, silence, arousal.

`analyse` looks at a whole sound once; see docs/reference/timeline.md for every field.
"""

from audio.timeline.analysis import analyse
from audio.timeline.document import SCHEMA, Timeline

__all__ = ["SCHEMA", "Timeline", "analyse"]
