"""How fast a stream may come: twice real time is scored, more waits, and too much is dropped."""

from typing import Final

from apps.live_audio_feedback.rules.frames import FRAME_SECONDS
from foundation.errors import Fact, Retry, TifoError

CATCH_UP: Final = 2
MOST_WAITING: Final = 100  # frames: two seconds
PATIENCE_S: Final = 5.0


class TooFast(TifoError):
    status = 429
    code = "too-fast"
    title = "Audio comes faster than twice real time and goes on doing so"
    meaning = (
        "Sound came faster than twice real time for five seconds, and frames had to be dropped."
    )
    remedy = (
        "Send 50 frames a second, as fast as they sound. To score a recording, upload it instead "
        "of streaming it."
    )
    retry = Retry.AFTER_WAIT
    members = {
        "dropped": Fact(212, "frames that were not heard"),
    }


def frames_due(elapsed_s: float) -> int:
    """How many frames of each stream to score after `elapsed_s`: at most twice real time."""
    return CATCH_UP * max(1, round(elapsed_s / FRAME_SECONDS))


class Pace:
    """A stream is too fast when frames were dropped for `PATIENCE_S` and it never caught up."""

    def __init__(self) -> None:
        self.dropped = 0
        self._since: float | None = None

    def drop(self, now_s: float) -> bool:
        """Count a dropped frame; True for the first one of an episode. Raises TooFast."""
        self.dropped += 1
        if self._since is None:
            self._since = now_s
            return True
        if now_s - self._since >= PATIENCE_S:
            raise TooFast(
                f"{self.dropped} frames were dropped; send 50 frames a second.",
                dropped=self.dropped,
                headers={"Retry-After": "1"},
            )
        return False

    def caught_up(self) -> None:
        """Nothing waits any more: the episode is over."""
        self._since = None
