"""One stem out of a mixture: which transform and which masks each stem takes."""

import numpy as np

from audio.channels import polarity
from audio.files import Samples
from audio.stems import masks
from audio.stems.chunks import Progress, in_chunks
from audio.stems.transform import ShortTime, Spectrum, magnitudes

STEMS = ("harmonic", "percussive", "vocals", "bass")

# Frame lengths in seconds. A short frame separates hits in time, a long one bass notes in pitch.
FRAME_SECONDS = {"harmonic": 0.023, "percussive": 0.023, "vocals": 0.046, "bass": 0.093}

HITS = masks.Medians(seconds=0.1, hertz=730, bias=1.5)
LOW_HITS = masks.Medians(seconds=0.2, hertz=200, bias=1)
LOW_HERTZ = 500.0  # the median of the bass has room beyond its band
BASS_FALL = (200.0, 300.0)
VOICE_RISE, VOICE_FALL = (120.0, 180.0), (7_500.0, 8_500.0)
STRETCH_SECONDS = 0.5


class UnknownStem(LookupError):
    """No stem has this name; `stem` is the name asked for, `known` are those there are."""

    def __init__(self, stem: str) -> None:
        super().__init__(f"There is no stem {stem!r}: the stems are {', '.join(STEMS)}.")
        self.stem = stem
        self.known = STEMS


def separate(
    samples: Samples, sample_rate: int, stem: str, *, progress: Progress | None = None
) -> Samples:
    """Take one of `STEMS` out of a mixture of shape (n, channels); the same shape comes back.

    `harmonic` and `percussive` add up to the mixture. `vocals` is vocal-ish: what stands in the
    middle, between 150 Hz and 8 kHz, and does not repeat. `bass` is what sounds steadily below
    250 Hz. A channel that opposes the loudest one on the whole is taken for inverted: it is turned
    over before and back after. Samples must be finite. Raises `UnknownStem`, and ValueError for
    another shape.
    """
    if stem not in STEMS:
        raise UnknownStem(stem)
    if samples.ndim != 2 or samples.shape[1] == 0:
        raise ValueError(f"samples must have the shape (n, channels), not {samples.shape}")
    transform = ShortTime.lasting(FRAME_SECONDS[stem], sample_rate)
    mixture = samples.astype(np.float32, copy=False)
    turn = polarity(mixture)  # of the whole: a chunk where the sides oppose may be music

    def process(chunk: Samples) -> Samples:
        spectrum = transform.forward(chunk * turn)
        spectrum *= _mask(stem, spectrum, transform)[:, np.newaxis]
        return transform.inverse(spectrum, len(chunk)) * turn

    return in_chunks(mixture, sample_rate, process, grid=transform.hop, progress=progress)


def _mask(stem: str, spectrum: Spectrum, transform: ShortTime) -> masks.Mask:
    match stem:
        case "percussive":
            return _percussive(spectrum, transform)
        case "harmonic":
            return 1 - _percussive(spectrum, transform)
        case "bass":
            return _bass(spectrum, transform)
        case _:
            return _vocals(spectrum, transform)


def _percussive(spectrum: Spectrum, transform: ShortTime) -> masks.Mask:
    return masks.percussive(magnitudes(spectrum), transform, HITS)


def _bass(spectrum: Spectrum, transform: ShortTime) -> masks.Mask:
    """Steady and low. Only the low bins are looked at, with room for the median beyond them."""
    low = transform.bins_in(LOW_HERTZ)
    hits = masks.percussive(magnitudes(spectrum[..., :low]), transform, LOW_HITS)
    mask = np.zeros(spectrum[:, 0].shape, dtype=np.float32)
    mask[:, :low] = 1 - hits
    return mask * masks.band(transform, None, BASS_FALL)


def _vocals(spectrum: Spectrum, transform: ShortTime) -> masks.Mask:
    """Middle, not repeated, and where a voice is.

    The powers (1/2 for the foreground, 8 for the centre) weigh a cue that is often wrong against
    one that is seldom wrong; they were chosen by the SDR of read speech over four backings.
    """
    alone = np.sqrt(masks.foreground(magnitudes(spectrum), transform, seconds=STRETCH_SECONDS))
    voice = masks.band(transform, VOICE_RISE, VOICE_FALL)
    mask: masks.Mask = alone * masks.centre(spectrum) ** 8 * voice
    return mask
