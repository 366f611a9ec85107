"""`python -m demo`, or `make demo`: start the platform, play an event, show what happened.

AUDIO=file plays that recording of a crowd instead of a synthesised one. DEMO_EXIT=1 ends the demo
after its table, with 0 only if everything was as it should be. TIFO_… variables go to the platform;
its data lie in TIFO_DATA, or in var/demo.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from audio.files import AudioTooLong, UnreadableAudio
from demo import show
from demo.sound import CrowdSound, recorded, synthesised
from demo.stage import Stage, StageFailed
from demo.voice import Voice
from tifo_client import TifoError

DATA = Path(__file__).parents[1] / "var" / "demo"
SEED = 11  # of the crowd
OK, FAILED, BAD_AUDIO, INTERRUPTED = 0, 1, 2, 130


def main(variables: Mapping[str, str]) -> int:
    voice = Voice(sys.stdout)
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, signal.default_int_handler)  # however we are ended, we clean up
    try:
        sound = crowd_sound(variables.get("AUDIO"))
    except (OSError, UnreadableAudio, AudioTooLong) as bad:
        voice.write(f"AUDIO cannot be played: {bad}")
        return BAD_AUDIO
    stays = not variables.get("DEMO_EXIT")
    stage = Stage(Path(variables.get("TIFO_DATA", DATA)).absolute(), variables, voice)
    try:
        with stage:
            going = show.play(stage.address, sound, voice, paper=stage.paper, stays=stays)
            good = asyncio.run(going)
    except KeyboardInterrupt:
        return OK if stays else INTERRUPTED
    except (StageFailed, TifoError) as failed:
        voice.write(f"\n  ✗ {failed}")
        good = False
    if not good:
        voice.write(f"\n  The end of the platform's log, {stage.log}:\n{stage.last_words()}")
    return OK if good else FAILED


def crowd_sound(path: str | None) -> CrowdSound:
    rng = np.random.default_rng(SEED)
    return recorded(Path(path), rng) if path else synthesised(rng)


if __name__ == "__main__":
    sys.exit(main(os.environ))
