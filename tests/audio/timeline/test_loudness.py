"""Loudness agrees with the standards' own figures and with an independent meter."""

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray

from audio.files import decode
from audio.synth.music import song
from audio.timeline.loudness import FLOOR_LUFS, k_weighting, measure

RATE = 48_000


def sine(
    dbfs: float, seconds: float, *, rate: int = RATE, hertz: float = 1_000
) -> NDArray[np.float32]:
    time = np.arange(int(seconds * rate)) / rate
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def reference(samples: NDArray[np.float32], rate: int) -> float:
    return float(pyloudnorm.Meter(rate).integrated_loudness(samples.astype(np.float64)))


class TestKWeighting:
    def test_gives_the_coefficients_printed_in_the_standard(self) -> None:
        shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
        shelf += [1.0, -1.69065929318241, 0.73248077421585]
        high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
        np.testing.assert_allclose(k_weighting(48_000), [shelf, high_pass], atol=1e-6)

    @pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 96_000])
    def test_hears_the_same_at_every_rate(self, rate: int) -> None:
        loudness = measure(sine(-23, 5, rate=rate), rate).integrated_lufs
        assert loudness == pytest.approx(-23.0, abs=0.1)


class TestIntegrated:
    # EBU Tech 3341, minimum requirements: cases 1, 2 and 3.
    @pytest.mark.parametrize("dbfs", [-23.0, -33.0])
    def test_reads_a_steady_tone(self, dbfs: float) -> None:
        assert measure(sine(dbfs, 20), RATE).integrated_lufs == pytest.approx(dbfs, abs=0.1)

    def test_gates_quiet_passages_out(self) -> None:
        parts = [sine(-36, 10), sine(-23, 60), sine(-36, 10)]
        measured = measure(np.concatenate(parts), RATE).integrated_lufs
        assert measured == pytest.approx(-23.0, abs=0.1)

    @pytest.mark.parametrize(
        "name",
        ["music/cinematic.flac", "crowd/cheer.flac", "crowd/crowd_walla.flac", "music/piano.flac"],
    )
    def test_agrees_with_an_independent_meter_on_recordings(
        self, name: str, recordings: Path
    ) -> None:
        audio = decode(recordings / name, max_seconds=60)
        expected = reference(audio.samples, audio.sample_rate)
        measured = measure(audio.samples, audio.sample_rate).integrated_lufs
        assert measured == pytest.approx(expected, abs=0.1)

    def test_agrees_with_an_independent_meter_on_a_song(self) -> None:
        samples, _ = song(np.random.default_rng(2), seconds=20.0, silence=(9.0, 3.0))
        expected = reference(samples, 44_100)
        assert measure(samples, 44_100).integrated_lufs == pytest.approx(expected, abs=0.1)

    @pytest.mark.parametrize("seconds", [0.0, 0.3, 5.0])
    def test_is_nothing_for_silence(self, seconds: float) -> None:
        measured = measure(np.zeros((int(seconds * RATE), 2), dtype=np.float32), RATE)
        assert measured.integrated_lufs is None
        assert measured.range_lu is None
        assert measured.true_peak_dbtp is None
        assert np.all(measured.momentary == FLOOR_LUFS)

    def test_reads_one_part_of_the_sound(self) -> None:
        measured = measure(np.concatenate([sine(-20, 5), sine(-30, 5)]), RATE)
        assert measured.between(0.5, 4.5) == pytest.approx(-20.0, abs=0.1)
        assert measured.between(5.5, 9.5) == pytest.approx(-30.0, abs=0.1)


def tones(*levels: float, seconds: float = 10) -> NDArray[np.float32]:
    """One tone of 1 kHz per channel, in dBFS of its crest."""
    return np.concatenate([sine(level, seconds)[:, :1] for level in levels], axis=1)


OFF = -200.0


class TestChannelWeights:
    def test_read_the_sixth_case_of_the_standard(self) -> None:
        # EBU Tech 3341, case 6: 5.0, L R at -28, C at -24, Ls Rs at -30 dBFS.
        measured = measure(tones(-28, -28, -24, -30, -30), RATE).integrated_lufs
        assert measured == pytest.approx(-23.0, abs=0.1)

    @pytest.mark.parametrize(
        ("levels", "front"),
        [
            ((-23,), 1.0),  # C
            ((-23, OFF), 1.0),
            ((OFF, OFF, -23), 1.0),  # L R C
            ((OFF, OFF, -23, OFF), 1.41),  # L R Ls Rs
            ((OFF, OFF, -23, OFF, OFF), 1.0),  # L R C Ls Rs
            ((OFF, OFF, OFF, -23, OFF), 1.41),
            ((OFF, OFF, OFF, OFF, -23, OFF), 1.41),  # L R C LFE Ls Rs
            ((OFF, OFF, OFF, OFF, -23, OFF, OFF), 1.0),  # L R C LFE Cs Ls Rs
            ((OFF, OFF, OFF, OFF, OFF, -23, OFF), 1.41),
            ((OFF, OFF, OFF, OFF, -23, OFF, OFF, OFF), 1.0),  # L R C LFE Lb Rb Ls Rs
            ((OFF, OFF, OFF, OFF, OFF, OFF, OFF, -23), 1.41),
        ],
    )
    def test_go_by_the_place_of_the_loudspeaker(
        self, levels: tuple[float, ...], front: float
    ) -> None:
        # One channel alone at -23 dBFS reads -26.01 LUFS in front: 3.01 dB below the pair.
        expected = -26.01 + 10 * np.log10(front)
        measured = measure(tones(*levels, seconds=4), RATE).integrated_lufs
        assert measured == pytest.approx(expected, abs=0.1)

    @pytest.mark.parametrize("channels", [6, 7, 8])
    def test_leave_the_low_frequency_channel_out(self, channels: int) -> None:
        levels = [OFF] * channels
        levels[3] = -10.0
        assert measure(tones(*levels, seconds=2), RATE).integrated_lufs is None

    def test_a_constant_offset_has_no_loudness(self) -> None:
        quiet = sine(-40, 5)
        assert measure(quiet + np.float32(0.3), RATE).integrated_lufs == pytest.approx(
            -40.0, abs=0.1
        )
        assert measure(np.full((RATE, 2), 0.3, dtype=np.float32), RATE).integrated_lufs is None


class TestRange:
    # EBU Tech 3342, cases 1 and 2.
    @pytest.mark.parametrize(("loud", "soft", "expected"), [(-20, -30, 10), (-20, -15, 5)])
    def test_reads_the_step_between_two_levels(
        self, loud: float, soft: float, expected: float
    ) -> None:
        samples = np.concatenate([sine(loud, 20), sine(soft, 20)])
        assert measure(samples, RATE).range_lu == pytest.approx(expected, abs=1.0)


class TestTruePeak:
    def test_finds_the_peak_between_two_samples(self) -> None:
        # EBU Tech 3341, case 16: a quarter of the rate at 45 degrees never samples its crest.
        time = np.arange(RATE)
        fade = np.clip(np.minimum(time, RATE - time) / 2_000, 0, 1)
        wave = 0.5 * fade * np.sin(2 * np.pi * time / 4 + np.pi / 4)
        samples = np.stack([wave, wave], axis=1).astype(np.float32)
        assert 20 * np.log10(np.abs(samples).max()) < -9.0
        peak = measure(samples, RATE).true_peak_dbtp
        assert peak is not None
        assert -6.4 <= peak <= -5.8

    def test_is_never_below_the_highest_sample(self) -> None:
        samples = np.zeros((RATE, 1), dtype=np.float32)
        samples[1_000:1_003] = 0.25
        peak = measure(samples, RATE).true_peak_dbtp
        assert peak is not None
        assert peak >= 20 * np.log10(0.25)


class TestCurves:
    def test_stand_over_the_time_that_they_describe(self) -> None:
        measured = measure(np.concatenate([sine(-40, 5), sine(-20, 5)]), RATE)
        assert len(measured.momentary) == len(measured.short_term) == 100
        assert measured.momentary[40] == pytest.approx(-40, abs=0.1)
        assert measured.momentary[60] == pytest.approx(-20, abs=0.1)
        # Half of a window centred on the step is loud: 3 dB less than all of it.
        assert measured.short_term[50] == pytest.approx(-23, abs=0.2)
        assert measured.short_term[30] == pytest.approx(-40, abs=0.1)
