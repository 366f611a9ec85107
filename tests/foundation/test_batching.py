"""Group commit: company is taken when there is some and never waited for; order and errors hold."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected
from psycopg_pool import PoolTimeout

from foundation.batching import Batch


class Doubler:
    """Doubles numbers once it is let go; keeps the batches it was given.

    It has no answer for 7, fails whole with a 13 in its batch, and a 666 breaks a constraint. A 0
    finds Postgres away, a 44 is the victim of a deadlock.
    """

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.entered, self.may_go = threading.Event(), threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.entered.set()
        assert self.may_go.wait(5)
        if 13 in numbers:
            raise ValueError("13")
        if 666 in numbers:
            raise IntegrityError("666")
        if 0 in numbers:
            raise OperationalError("0") from PoolTimeout("0")
        if 44 in numbers:
            raise OperationalError("44") from DeadlockDetected("44")
        return [LookupError("7") if number == 7 else 2 * number for number in numbers]


async def together(
    double: Doubler, *numbers: int, alone: int = 1, most: int = 128
) -> list[int | BaseException]:
    """The answers to `alone`, which goes first, and to `numbers`, which come meanwhile."""
    batch: Batch[int, int] = Batch(double, most=most)
    first = asyncio.create_task(batch.ask(alone))
    await asyncio.to_thread(double.entered.wait, 5)
    others = [asyncio.create_task(batch.ask(number)) for number in numbers]
    await asyncio.sleep(0)
    double.may_go.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


class TestBatch:
    async def test_gathers_what_comes_while_one_is_under_way(self) -> None:
        double = Doubler()
        assert await together(double, 2, 3, 4) == [2, 4, 6, 8]
        assert double.batches == [[1], [2, 3, 4]]

    async def test_grows_no_larger_than_it_may(self) -> None:
        double = Doubler()
        assert await together(double, 2, 3, 4, most=2) == [2, 4, 6, 8]
        assert double.batches == [[1], [2, 3], [4]]

    async def test_tells_an_error_to_its_own_batch_alone(self) -> None:
        first, *unlucky = await together(Doubler(), 12, 13)
        assert first == 2
        assert all(isinstance(each, ValueError) for each in unlucky)

    async def test_tells_an_answer_that_is_an_error_to_its_own_asker_alone(self) -> None:
        first, unlucky, last = await together(Doubler(), 7, 8)
        assert (first, last) == (2, 16)
        assert isinstance(unlucky, LookupError)

    async def test_finds_the_one_that_postgres_refuses(self) -> None:
        double = Doubler()
        _, before, guilty, after = await together(double, 5, 666, 6)
        assert (before, after) == (10, 12)
        assert isinstance(guilty, IntegrityError)
        assert double.batches[1:] == [[5, 666, 6], [5], [666], [6]]

    async def test_goes_on_after_an_error(self) -> None:
        double = Doubler()
        double.may_go.set()
        batch: Batch[int, int] = Batch(double)
        with pytest.raises(ValueError, match="13"):
            await batch.ask(13)
        assert await batch.ask(5) == 10

    async def test_lets_nobody_wait_for_a_postgres_that_is_away(self) -> None:
        double = Doubler()
        refused = await together(double, 2, 3, 4, alone=0, most=2)
        assert [type(each) for each in refused] == [OperationalError] * 4
        assert double.batches == [[0]]

    async def test_tells_a_deadlock_to_its_own_batch_alone(self) -> None:
        victim, *others = await together(Doubler(), 2, 3, alone=44)
        assert isinstance(victim, OperationalError)
        assert others == [4, 6]

    async def test_keeps_nobody_waiting_when_there_is_no_thread(self) -> None:
        batch: Batch[int, int] = Batch(Doubler())
        threads = ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(threads)
        threads.shutdown()
        for _ in range(2):
            with pytest.raises(RuntimeError, match="shutdown"):
                await asyncio.wait_for(batch.ask(1), timeout=5)

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
