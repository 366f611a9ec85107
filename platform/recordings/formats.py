"""The media types of sound, by what `audio` calls its format."""

from typing import Final

CONTENT_TYPES: Final = {
    "AAC": "audio/aac",
    "AIFF": "audio/aiff",
    "AU": "audio/basic",
    "CAF": "audio/x-caf",
    "FLAC": "audio/flac",
    "MP3": "audio/mpeg",
    "MP4": "audio/mp4",
    "OGG": "audio/ogg",
    "WAV": "audio/wav",
    "WEBM": "audio/webm",
}
