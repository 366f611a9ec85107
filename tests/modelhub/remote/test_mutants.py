"""A thousand damaged answers of a web server: `make soak` runs them."""

import random

import pytest

from modelhub.remote import HttpRangeSource, RemoteRefused
from tests.modelfiles.mutants import mutate
from tests.modelhub.remote.servers import CLOSE, Asked, part, serving

DATA = bytes(range(256)) * 520  # three blocks
MUTANTS = 1000


@pytest.mark.soak
class TestMutants:
    def test_of_answers_end_in_bytes_or_a_refusal(self) -> None:
        chance = random.Random("answers")
        codes = set()

        def damaged(asked: Asked) -> list[bytes]:
            head, mark, body = part(DATA, asked).partition(b"\r\n\r\n")
            return [mutate(head + mark, chance) + body, CLOSE]

        with serving(damaged) as server:
            reach = server.reach(silent_for_s=0.1, answer_within_s=0.2)
            for _ in range(MUTANTS):
                try:
                    with HttpRangeSource(server.url, reach) as source:
                        assert len(source.read(0, source.size)) == source.size
                        assert source.bytes_read <= reach.bytes_read
                except RemoteRefused as refused:
                    codes.add(refused.code)
        assert len(codes) > 2
