"""Group commit: company is taken when there is some and never waited for; order and errors hold."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from apps.noucamp.batching import Batch


class Doubler:
    """Doubles numbers once it is let go; keeps the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered, self.may_go = threading.Event(), threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.entered.set()
        assert self.may_go.wait(5)
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


class TestBatch:
    async def test_gathers_what_comes_while_one_is_under_way(self) -> None:
        double = Doubler()
        batch: Batch[int, int] = Batch(double)
        first = asyncio.create_task(batch.ask(1))
        await asyncio.to_thread(double.entered.wait, 5)
        others = [asyncio.create_task(batch.ask(number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)
        double.may_go.set()
        assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
        assert double.batches == [[1], [2, 3, 4]]

    async def test_tells_an_error_to_its_own_batch_alone(self) -> None:
        double = Doubler()
        batch: Batch[int, int] = Batch(double)
        first = asyncio.create_task(batch.ask(1))
        await asyncio.to_thread(double.entered.wait, 5)
        unlucky = [asyncio.create_task(batch.ask(number)) for number in (12, 13)]
        await asyncio.sleep(0)
        double.may_go.set()
        assert await first == 2
        for each in unlucky:
            with pytest.raises(ValueError, match="13"):
                await each
        assert await batch.ask(5) == 10

    async def test_outlives_an_asker_who_gave_up(self) -> None:
        double = Doubler()
        batch: Batch[int, int] = Batch(double)
        impatient = asyncio.create_task(batch.ask(1))
        await asyncio.to_thread(double.entered.wait, 5)
        impatient.cancel()
        patient = asyncio.create_task(batch.ask(2))
        await asyncio.sleep(0)
        double.may_go.set()
        assert await patient == 4
