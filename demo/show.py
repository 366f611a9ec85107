"""The event from sign-up to bill; what can happen at once happens at once."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from demo.acts import bill, crowd, effects, kiosks, model_files, month, track
from demo.acts.director import Director
from demo.acts.fans import Fans
from demo.cast import Cast, assemble, check_keys
from demo.report import Check, attempt, write_table
from demo.sound import CrowdSound
from demo.voice import BOLD, Voice

SEED = 7  # of the song


async def play(address: str, sound: CrowdSound, voice: Voice, *, paper: Path, stays: bool) -> bool:
    """True when every check passed. With `stays` it then goes on until it is cancelled.

    `paper` is where the invoice of a closed month is written, as a page.
    """
    cast = await assemble(address, voice)
    show = Show(cast, sound, paper)
    try:
        link = await cast.call(cast.office.view_links.create)
        cast.say("account", f"watch it live: {voice.paint(link.url, BOLD)}")
        await show.prepare()
        checks = [*await show.perform(), *show.broken()]
        write_table(voice, checks)
        good = sum(check.ok for check in checks)
        voice.write(f"  {good} of {len(checks)} as it should be, {voice.elapsed_s:.0f} s in all.")
        voice.write(f"  Live page  {link.url}\n")
        if stays:
            voice.write("  The crowd goes on. Ctrl-C ends it and leaves nothing behind.\n")
            await show.go_on()
        return good == len(checks)
    finally:
        await show.close()


class Show:
    """A session, kiosks, a director and fans, who live as long as the show does."""

    def __init__(self, cast: Cast, sound: CrowdSound, paper: Path) -> None:
        self._cast = cast
        self._sound = sound
        self._paper = paper
        self._session_id = ""
        self._kiosks: list[kiosks.Kiosk] = []
        self._director = Director(cast)
        self._lives: list[asyncio.Task[None]] = []

    async def prepare(self) -> None:
        self._song = await asyncio.to_thread(track.Song, np.random.default_rng(SEED))
        self._kiosks = await kiosks.register(self._cast)
        self._lives += await kiosks.connect(self._kiosks, self._cast)
        self._lives.append(asyncio.create_task(self._director.watch()))
        self._fans = Fans(self._kiosks, self._director, self._cast)
        self._session_id = await crowd.open_session(self._cast)

    async def perform(self) -> list[Check]:
        """Everything once; the checks in the order in which a reader wants them."""
        cast, sound = self._cast, self._sound
        cast.say("crowd", f"{sound.seconds:.0f} s in real time ({sound.source})")
        at_once = await asyncio.gather(
            attempt("Narrow keys", check_keys(cast)),
            attempt("Crowd score rises", crowd.stream_once(cast, self._session_id, sound)),
            attempt("Beats", track.analyse(cast, self._song)),
            attempt("Effects", effects.fill_the_tier(cast, self._song)),
            attempt("Model caps", model_files.check_files(cast)),
            attempt("Fans", self._fans.come(within_s=0.7 * sound.seconds)),
        )
        latencies_ms = [latency for kiosk in self._kiosks for latency in kiosk.latencies_ms]
        cues = self._director.check_cues(
            len(self._kiosks), latencies_ms, may_be_calm=sound.is_recorded
        )
        afterwards: list[Sequence[Check]] = [
            await attempt("Cues", cues),
            kiosks.check_advice(self._kiosks),
            await attempt("Bill", bill.settle(cast)),
            await attempt("Month closed", month.pass_by(cast, self._paper)),
        ]
        return [check for checks in (*at_once, *afterwards) for check in checks]

    def broken(self) -> list[Check]:
        """A failed check for each connection that ended while the show was on."""
        ended = [task for task in self._lives if task.done()]
        return [Check("Connections", False, repr(task.exception())) for task in ended]

    async def go_on(self) -> None:
        """The crowd again and again, until it is cancelled."""
        self._director.tells = False
        await asyncio.gather(
            crowd.stream_for_ever(self._cast, self._session_id, self._sound), self._fans.go_on()
        )

    async def close(self) -> None:
        for task in self._lives:
            task.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        self._cast.close()
