"""A broker's worst: a share of the wake-ups that are sent never reaches it, and nobody is told."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery.app.amqp import AMQP

from jobs.dispatch import RUN

Send = Callable[..., Any]


class Losing(AMQP):
    """Loses TIFO_SOAK_LOSES (0 to 1) of them, and adds a byte to TIFO_SOAK_LOST for each."""

    @property
    def send_task_message(self) -> Send:
        send: Send = super().send_task_message
        share = float(os.environ["TIFO_SOAK_LOSES"])

        def perhaps(producer: Any, name: str, *arguments: Any, **options: Any) -> Any:
            if name == RUN and random.random() < share:
                with Path(os.environ["TIFO_SOAK_LOST"]).open("ab") as lost:
                    lost.write(b".")
                return None
            return send(producer, name, *arguments, **options)

        return perhaps
