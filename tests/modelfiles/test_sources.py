"""Files, prefixes and the cursor over them."""

import hashlib
import os
import random
from pathlib import Path

import pytest

from modelfiles import (
    Code,
    FileSource,
    MalformedModel,
    NeedMoreBytes,
    PrefixSource,
    Source,
    inspect,
)
from modelfiles.cursor import READ_BUDGET, Cursor
from tests.modelfiles import samples

MIB = 1024 * 1024


class TestPrefixSource:
    def test_says_how_many_bytes_the_safetensors_header_needs(self) -> None:
        sample = samples.safetensors_llama(samples.LLAMA_7B, "F16")
        with pytest.raises(NeedMoreBytes) as raised:
            inspect(PrefixSource(sample.head[:100], sample.size))
        assert len(sample.head) <= raised.value.needed <= MIB
        assert raised.value.facts == {"needed": raised.value.needed, "have": 100}

    def test_leads_to_an_answer_in_a_few_round_trips(self) -> None:
        sample = samples.gguf_llama(samples.LLAMA_7B, "Q4_K", more=["word" * 20] * 60_000)
        whole = sample.head + bytes(64)
        sent = [16]
        while len(sent) < 10:
            try:
                report = inspect(PrefixSource(whole[: sent[-1]], sample.size))
                break
            except NeedMoreBytes as short:
                sent.append(short.needed)
        assert report.parameters == samples.LLAMA_7B.parameters
        assert 2 < len(sent) <= 6
        assert sent == sorted(set(sent))

    def test_never_asks_for_more_than_the_file_has(self) -> None:
        sample = samples.safetensors({"a.weight": ((2, 2), "F32")})
        with pytest.raises(NeedMoreBytes) as raised:
            inspect(PrefixSource(sample.head[:20], sample.size))
        assert raised.value.needed == sample.size

    def test_refuses_a_size_smaller_than_what_was_sent(self) -> None:
        with pytest.raises(MalformedModel) as raised:
            PrefixSource(b"12345", 4)
        assert raised.value.code is Code.TRUNCATED


class TestFileSource:
    def test_satisfies_the_same_protocol_as_a_prefix(self, tmp_path: Path) -> None:
        path = tmp_path / "bytes"
        path.write_bytes(b"0123456789")
        sources: list[Source] = [FileSource(path), PrefixSource(b"0123456789", 10)]
        assert [source.read(3, 4) for source in sources] == [b"3456", b"3456"]
        assert [source.size for source in sources] == [10, 10]

    def test_refuses_a_file_that_shrank_while_it_was_read(self, tmp_path: Path) -> None:
        path = tmp_path / "bytes"
        path.write_bytes(bytes(100))
        with FileSource(path) as source:
            os.truncate(path, 10)
            with pytest.raises(MalformedModel) as raised:
                source.read(0, 100)
        assert raised.value.code is Code.TRUNCATED

    def test_closes_once_and_for_all(self, tmp_path: Path) -> None:
        path = tmp_path / "bytes"
        path.write_bytes(b"1")
        source = FileSource(path)
        source.close()
        source.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            source.read(0, 1)


class TestCursor:
    def test_stops_at_its_budget(self) -> None:
        cursor = Cursor(PrefixSource(bytes(1000), 1000), budget=100)
        cursor.take(100)
        with pytest.raises(MalformedModel) as raised:
            cursor.take(1)
        assert raised.value.code is Code.HEADER_TOO_LARGE
        assert cursor.bytes_read == 100

    def test_stops_at_the_end_of_the_file(self) -> None:
        cursor = Cursor(PrefixSource(bytes(10), 10))
        cursor.take(8)
        with pytest.raises(MalformedModel) as raised:
            cursor.u32()
        assert raised.value.code is Code.TRUNCATED

    def test_hashes_what_it_consumes_and_not_what_it_jumps_over(self) -> None:
        data = bytes(range(256)) * 1000
        cursor = Cursor(PrefixSource(data, len(data)))
        taken = cursor.take(10)
        cursor.jump(70_000)
        taken += cursor.take(100_000)
        cursor.jump(5)
        taken += cursor.take(3)
        assert cursor.sha256() == hashlib.sha256(taken).hexdigest()
        assert taken == data[:10] + data[70_010:170_010] + data[170_015:170_018]
        assert cursor.bytes_read < len(data)

    def test_steps_over_strings_across_its_window(self) -> None:
        words = [b"x" * (n % 300) for n in range(3000)]
        data = b"".join(len(word).to_bytes(8, "little") + word for word in words) + b"end"
        cursor = Cursor(PrefixSource(data, len(data)))
        cursor.skip_strings(len(words))
        assert cursor.take(3) == b"end"
        assert cursor.sha256() == hashlib.sha256(data).hexdigest()

    @pytest.mark.parametrize("longest", [1, 20, 48, 49, 300, 100_000])
    def test_steps_over_as_many_strings_as_it_is_told(self, longest: int) -> None:
        chance = random.Random(longest)
        count = 1000 if longest < 1000 else 20
        words = [chance.randbytes(chance.randrange(longest)) for _ in range(count)]
        data = b"".join(len(word).to_bytes(8, "little") + word for word in words)
        for skipped in (0, 1, 63, 64, 65, 129, count - 1, count):
            skipped = min(skipped, count)
            cursor = Cursor(PrefixSource(data, len(data)))
            cursor.skip_strings(skipped)
            assert cursor.position == sum(8 + len(word) for word in words[:skipped])

    def test_steps_over_no_string_that_goes_on_past_the_end(self) -> None:
        data = (3).to_bytes(8, "little") + b"abc"
        for size in (12, 100):  # less than the run that is stepped over at once, and more
            whole = data * size + (2**62).to_bytes(8, "little")
            with pytest.raises(MalformedModel) as raised:
                Cursor(PrefixSource(whole, len(whole))).skip_strings(size + 1)
            assert raised.value.code is Code.TRUNCATED

    def test_reads_no_more_than_32_mib_by_default(self) -> None:
        assert READ_BUDGET == 32 * MIB
