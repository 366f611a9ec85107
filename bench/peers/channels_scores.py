"""`python -m bench.peers.channels_scores PORT`: live scores in the usual design.

A Channels consumer for each microphone, which measures each frame as it comes and says the score
of every fifth, on the server and event loop that ours has. The measures and the score are ours, so
that the design alone differs.
"""

import json
import sys
from typing import Any

import django
import numpy as np
import uvicorn
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from audio.crowd import FRAME_SAMPLES, CrowdBank
from bench.streams import STAMPED

FRAMES_PER_SCORE = 5
FRAME_BYTES = STAMPED.size + 2 * FRAME_SAMPLES


class Scores(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.bank = CrowdBank(1)
        self.slot = np.array([self.bank.open()])
        self.frames = 0
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        assert bytes_data is not None
        for at in range(0, len(bytes_data), FRAME_BYTES):
            _, _, _, seq, t_us = STAMPED.unpack_from(bytes_data, at)
            samples = np.frombuffer(bytes_data, "<i2", FRAME_SAMPLES, at + STAMPED.size)
            self.bank.push(self.slot, samples[None])
            self.frames += 1
            if self.frames % FRAMES_PER_SCORE == 0:
                await self._tell(seq, t_us)

    async def _tell(self, seq: int, t_us: int) -> None:
        scores = self.bank.read(self.slot)
        score = round(float(scores.score[0]), 1)
        told = {"type": "score", "seq": seq, "t_us": t_us, "score": score}
        await self.send(json.dumps(told, separators=(",", ":")))


def serve(port: int) -> None:
    django.setup()
    consumer: Any = Scores.as_asgi()
    routes: list[Any] = [path("stream", consumer)]
    uvicorn.run(
        ProtocolTypeRouter({"websocket": URLRouter(routes)}),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
