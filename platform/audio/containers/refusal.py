"""Why a file is not taken: in our own words, by a stable code."""

MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 4_000, 192_000
MAX_CHANNELS = 8


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


def refuse_form(sample_rate: int, channels: int) -> None:
    """Raises `UnreadableAudio` for a rate in Hz or a count of channels that no sound has."""
    if not MIN_SAMPLE_RATE <= sample_rate <= MAX_SAMPLE_RATE:
        raise UnreadableAudio(
            "unsupported_sample_rate",
            f"{sample_rate} Hz is outside {MIN_SAMPLE_RATE}-{MAX_SAMPLE_RATE} Hz.",
        )
    if channels > MAX_CHANNELS:
        raise UnreadableAudio(
            "too_many_channels", f"{channels} channels; at most {MAX_CHANNELS} are taken."
        )
