"""The bank: many streams at once must equal each one alone, and nothing may leak or overflow."""

import subprocess
import sys
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from audio.crowd import FRAME_SAMPLES, BankFull, CrowdBank, Float32Array, Score, SlotClosed
from audio.synth import crowd

SILENT = np.zeros((1, FRAME_SAMPLES), dtype=np.int16)


@cache
def _frames(seed: int, seconds: float = 3.0) -> Float32Array:
    """An event as frames, shape (n, 320)."""
    samples = crowd.event(seconds, np.random.default_rng(seed)).samples
    return samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)


def _alone(frames: Float32Array) -> Score:
    bank = CrowdBank(1)
    slots = np.array([bank.open()])
    for frame in frames:
        bank.push(slots, frame[None])
    return bank.read(slots)[0]


def _values(score: Score) -> list[float]:
    return [value for value in vars(score).values() if value is not None]


class TestManyStreams:
    def test_score_as_each_would_alone(self) -> None:
        streams = [_frames(seed) for seed in range(3)]
        late = [0, 50, 7]  # each joins at another tick, so ages and memories differ
        bank = CrowdBank(6)
        bank.open()
        slots = np.array([bank.open() for _ in streams])
        rng = np.random.default_rng(9)
        for tick in range(max(late) + len(streams[0])):
            live = [i for i, at in enumerate(late) if 0 <= tick - at < len(streams[i])]
            if live:
                order = rng.permutation(live)
                bank.push(slots[order], np.stack([streams[i][tick - late[i]] for i in order]))
        together = bank.read(slots)
        for index, stream in enumerate(streams):
            assert _values(together[index]) == pytest.approx(_values(_alone(stream)), abs=0.01)

    def test_score_alike_on_both_sides_of_a_block(self) -> None:
        frames = _frames(1)[60:110]
        bank = CrowdBank(300)
        slots = np.array([bank.open() for _ in range(300)])
        for frame in frames:
            bank.push(slots, np.broadcast_to(frame, (300, FRAME_SAMPLES)))
        scores = bank.read(slots)
        expected = _values(_alone(frames))
        for index in (0, 127, 128, 299):
            assert _values(scores[index]) == pytest.approx(expected, abs=0.01)

    def test_hear_int16_as_they_hear_floats(self) -> None:
        frames = np.round(_frames(1) * 32768).clip(-32768, 32767)
        bank = CrowdBank(1)
        slots = np.array([bank.open()])
        for frame in frames.astype(np.int16):
            bank.push(slots, frame[None])
        floats = _alone((frames / 32768).astype(np.float32))
        assert _values(bank.read(slots)[0]) == pytest.approx(_values(floats), abs=1e-3)


class TestSlots:
    def test_run_out(self) -> None:
        bank = CrowdBank(2)
        assert {bank.open(), bank.open()} == {0, 1}
        with pytest.raises(BankFull):
            bank.open()

    def test_forget_their_stream_when_closed(self) -> None:
        frames, other = _frames(1), _frames(2)
        bank = CrowdBank(1)
        slots = np.array([bank.open()])
        for frame in other:
            bank.push(slots, frame[None])
        bank.close(int(slots[0]))
        assert bank.open() == slots[0]
        assert _values(bank.read(slots)[0]) == _values(_alone(frames[:0]))
        for frame in frames:
            bank.push(slots, frame[None])
        assert _values(bank.read(slots)[0]) == _values(_alone(frames))

    def test_refuse_use_when_closed(self) -> None:
        bank = CrowdBank(2)
        slots = np.array([bank.open(), bank.open()])
        bank.close(int(slots[1]))
        with pytest.raises(SlotClosed, match=str(slots[1])):
            bank.push(slots, np.zeros((2, FRAME_SAMPLES), dtype=np.float32))
        with pytest.raises(SlotClosed):
            bank.read(slots)
        with pytest.raises(SlotClosed):
            bank.close(int(slots[1]))

    def test_are_not_changed_by_reading(self) -> None:
        bank = CrowdBank(1)
        slots = np.array([bank.open()])
        for frame in _frames(1)[:77]:
            bank.push(slots, frame[None])
        assert bank.read(slots)[0] == bank.read(slots)[0]


class TestExtremes:
    @pytest.mark.parametrize(
        "wave",
        [
            np.zeros(FRAME_SAMPLES),
            np.full(FRAME_SAMPLES, -32768),
            np.where(np.arange(FRAME_SAMPLES) // 16 % 2, 32767, -32768),
            np.where(np.arange(FRAME_SAMPLES) % 2, 32767, -32768),
            np.eye(1, FRAME_SAMPLES, 5)[0] * 32767,
        ],
        ids=["zeros", "full-scale offset", "square of 500 Hz", "square of 8 kHz", "clicks"],
    )
    def test_stay_finite_and_in_range(self, wave: npt.NDArray[np.generic]) -> None:
        bank = CrowdBank(1)
        slots = np.array([bank.open()])
        for count in range(260):
            bank.push(slots, wave[None].astype(np.int16))
            if count % 13 == 0:
                score = bank.read(slots)[0]
                assert 0 <= score.score <= 100
                assert 0 <= score.level <= 100
                assert -121 < score.level_dbfs < 0.01
                assert all(0 <= value <= 1 for value in _values(score)[3:])

    def test_digital_silence_has_no_level_and_no_feeling(self) -> None:
        bank = CrowdBank(1)
        slots = np.array([bank.open()])
        for _ in range(250):
            bank.push(slots, SILENT)
        assert _values(bank.read(slots)[0]) == pytest.approx([30, 0, -120, 0, 0, 0, 0, 0, 0])


class TestImporting:
    def test_brings_no_slow_library(self) -> None:
        # The socket process imports the scorer and must answer soon after it starts.
        program = "import sys, audio.crowd; print([m for m in sys.modules if m in %r])"
        slow = {"scipy", "soundfile", "soxr", "django", "audio.synth"}
        done = subprocess.run(
            [sys.executable, "-c", program % slow], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"
