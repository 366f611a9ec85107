"""Why a file is not taken: in our own words, by a stable code."""


class UnreadableAudio(Exception):
    """The bytes are not sound that we take.

    `code` is one of `empty_file`, `unknown_format`, `unsupported_format`, `extra_missing`,
    `damaged`, `no_samples`, `unsupported_sample_rate`, `too_many_channels`, `mixed_channels`,
    `too_many_samples`, `too_many_parts`, `bad_samples`, `too_slow`. No text of a library, no path.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class AudioTooLong(Exception):
    """The sound lasts longer than the caller takes."""

    code = "audio_too_long"

    def __init__(self, max_seconds: float) -> None:
        super().__init__(f"The audio lasts longer than {max_seconds:g} seconds.")
        self.max_seconds = max_seconds


class NeedsFFmpeg(Exception):
    """A legal file that only FFmpeg's decoders read.

    `what` names it for people, such as "AAC in WAV"; `format` is its container's public name.
    """

    def __init__(self, what: str, format_: str) -> None:
        super().__init__(what)
        self.what = what
        self.format = format_


def damaged(format_: str) -> UnreadableAudio:
    return UnreadableAudio("damaged", f"The {format_} file is damaged: it cannot be decoded.")


def silent(format_: str) -> UnreadableAudio:
    return UnreadableAudio("no_samples", f"The {format_} file holds no samples.")
