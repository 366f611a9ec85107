from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.effects import (
    CHAINS,
    BadParameters,
    ParameterOutOfRange,
    UnknownChain,
    UnknownParameter,
    apply,
    chain_named,
    describe,
)
from audio.effects.processor import Processor, Wait
from audio.effects.processors import biquads as b
from audio.effects.processors.biquads import Filter, SweptLowPass
from audio.effects.processors.delay import Delay
from audio.effects.processors.dynamics import Compressor, Limiter
from audio.effects.processors.moving_taps import Chorus
from audio.effects.processors.pitch import PitchShift
from audio.effects.processors.reverb import Reverb
from audio.effects.processors.saturation import Saturation
from audio.effects.reference import markdown
from audio.files import Samples
from tests.checkout import ROOT

RATE = 8_000
FULL_CATALOGUE = pytest.mark.parametrize("name", CHAINS)

PROCESSORS: dict[str, Callable[[], Processor]] = {
    "filter": lambda: Filter(b.low_pass(900, RATE), b.peak(500, RATE, 6, 2), channels=2),
    "sweep": lambda: SweptLowPass(
        sample_rate=RATE, channels=2, low_hz=100, high_hz=3_000, rate_hz=3, q=2
    ),
    "delay": lambda: Delay(
        sample_rate=RATE, channels=2, seconds=0.05, feedback=0.6, damping_hz=900, bounce=True
    ),
    "chorus": lambda: Chorus(sample_rate=RATE, channels=2, rate_hz=2, depth_ms=5, voices=3),
    "pitch": lambda: PitchShift(sample_rate=RATE, channels=2, semitones=4),
    "reverb": lambda: Reverb(
        sample_rate=RATE, channels=2, decay_seconds=0.7, bright_decay_seconds=0.2
    ),
    "compressor": lambda: Compressor(sample_rate=RATE, threshold_db=-40, ratio=6),
    "limiter": lambda: Limiter(sample_rate=RATE, channels=2, ceiling_db=-20),
    "saturation": lambda: Saturation(channels=2, drive_db=20),
    "wait": lambda: Wait(77, channels=2),
}

cuts = st.lists(st.integers(0, 3_000), max_size=12)


def music(length: int = 3_000, channels: int = 2) -> Samples:
    """Bursts of noise over a note: something for every detector to do."""
    random = np.random.default_rng(11)
    loudness = 0.5 + 0.5 * np.sin(np.arange(length) / 200)
    samples = random.normal(0, 0.3, (length, channels)) * loudness[:, np.newaxis]
    samples += 0.3 * np.sin(np.arange(length) / 5)[:, np.newaxis]
    return samples.astype(np.float32)


def in_blocks(processor: Processor, samples: Samples, places: list[int]) -> Samples:
    blocks = np.split(samples, sorted(min(place, len(samples)) for place in places))
    return np.concatenate([processor.process(block) for block in blocks])


class TestStreaming:
    @pytest.mark.parametrize("name", PROCESSORS)
    @given(places=cuts)
    @settings(deadline=None, max_examples=12)
    def test_a_processor_gives_the_same_for_every_cut(self, name: str, places: list[int]) -> None:
        samples = music()
        before = samples.copy()
        whole = PROCESSORS[name]().process(samples)
        np.testing.assert_allclose(in_blocks(PROCESSORS[name](), samples, places), whole, atol=2e-6)
        np.testing.assert_array_equal(samples, before)

    @FULL_CATALOGUE
    @given(places=cuts)
    @settings(deadline=None, max_examples=6)
    def test_a_chain_gives_the_same_for_every_cut(self, name: str, places: list[int]) -> None:
        samples = music()
        chain = CHAINS[name]
        whole = chain.build(RATE, 2, {}).process(samples)
        cut = in_blocks(chain.build(RATE, 2, {}), samples, places)
        np.testing.assert_allclose(cut, whole, atol=2e-6)

    @FULL_CATALOGUE
    def test_apply_gives_what_the_stream_gives_less_its_latency(self, name: str) -> None:
        samples = music()
        stream = CHAINS[name].build(RATE, 2, {})
        late = stream.latency_samples
        streamed = stream.process(samples)[late:]
        np.testing.assert_allclose(
            apply(name, samples, RATE, {})[: len(streamed) - 200], streamed[:-200], atol=2e-6
        )


class TestApply:
    @FULL_CATALOGUE
    @pytest.mark.parametrize("channels", [1, 2, 5])
    def test_the_clip_is_longer_by_its_tail(self, name: str, channels: int) -> None:
        samples = music(2_000, channels)
        result = apply(name, samples, RATE, {})
        tail = round(CHAINS[name].tail_seconds({}) * RATE)
        assert result.shape == (2_000 + tail, channels)
        assert result.dtype == np.float32
        assert np.abs(result[:2_000]).max() > 0.05

    @FULL_CATALOGUE
    def test_silence_stays_silence(self, name: str) -> None:
        assert not apply(name, np.zeros((500, 2), dtype=np.float32), RATE, {}).any()

    @FULL_CATALOGUE
    def test_an_empty_clip_is_its_empty_tail(self, name: str) -> None:
        assert not apply(name, np.zeros((0, 2), dtype=np.float32), RATE, {}).any()

    @FULL_CATALOGUE
    @pytest.mark.parametrize("end", ["minimum", "maximum"])
    def test_the_wildest_input_stays_finite_and_within_full_scale(
        self, name: str, end: str
    ) -> None:
        params = {
            parameter.name: parameter.minimum if end == "minimum" else parameter.maximum
            for parameter in CHAINS[name].parameters
        }
        samples = music() * np.float32(1e30)
        samples[100], samples[200], samples[300] = np.nan, np.inf, -np.inf
        result = apply(name, samples, RATE, params)
        assert np.isfinite(result).all()
        assert np.abs(result).max() <= 1

    @FULL_CATALOGUE
    def test_every_parameter_is_heard(self, name: str) -> None:
        samples = music(8_000)
        plain = apply(name, samples, 32_000, {})
        for parameter in CHAINS[name].parameters:
            ends = (parameter.minimum, parameter.maximum)
            value = max(ends, key=lambda end: abs(end - parameter.default))
            turned = apply(name, samples, 32_000, {parameter.name: value})
            both = min(len(plain), len(turned))
            assert np.abs(plain[:both] - turned[:both]).max() > 1e-3, parameter.name

    def test_the_dry_sound_stays_where_it_was(self) -> None:
        samples = 0.5 * music()
        for name in ("stadium", "echo-throw", "wide-chorus", "voice-shift"):
            result = apply(name, samples, RATE, {"mix": 0})[: len(samples) - 200]
            np.testing.assert_allclose(result, samples[:-200], atol=1e-6)

    def test_the_tail_holds_the_last_echo(self) -> None:
        params = {"time_ms": 100.0, "feedback": 0.5, "mix": 0.5}
        samples = np.zeros((800, 1), dtype=np.float32)
        samples[-1] = 1
        result = apply("echo-throw", samples, RATE, params)
        assert len(result) == 800 + 11 * 800
        assert result[799 + 800, 0] == pytest.approx(0.5, abs=1e-6)
        assert result[-1, 0] == 0

    def test_no_tail_is_longer_than_fifteen_seconds(self) -> None:
        endless = {"time_ms": 2_000.0, "feedback": 0.9}
        assert chain_named("echo-throw").tail_seconds(endless) == 15

    def test_says_how_far_it_is(self) -> None:
        shares: list[float] = []
        apply("tone", music(200_000), RATE, {}, progress=shares.append)
        assert len(shares) == 4
        assert shares == sorted(shares)
        assert shares[-1] == 1

    @pytest.mark.parametrize("shape", [(100,), (100, 0), (100, 9)])
    def test_refuses_another_shape(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="shape"):
            apply("tone", np.zeros(shape, dtype=np.float32), RATE, {})


class TestParameters:
    @pytest.mark.parametrize("value", [0.99, 8.01, float("nan"), float("inf"), True, "3", None])
    def test_a_value_out_of_range_names_its_field_and_range(self, value: float) -> None:
        with pytest.raises(BadParameters, match="decay_s must be from 1 to 8") as caught:
            apply("stadium", music(10), RATE, {"decay_s": value})
        [fault] = caught.value.faults
        assert isinstance(fault, ParameterOutOfRange)
        assert (fault.name, fault.minimum, fault.maximum) == ("decay_s", 1, 8)

    @pytest.mark.parametrize("value", [1, 8, 3.5])
    def test_the_ends_of_the_range_are_within_it(self, value: float) -> None:
        assert chain_named("stadium").resolve({"decay_s": value})["decay_s"] == value

    def test_what_is_not_given_is_the_default(self) -> None:
        assert chain_named("tone").resolve({"low_db": 1}) == {
            "low_db": 1,
            "middle_db": -2,
            "middle_hz": 900,
            "high_db": 4,
        }

    def test_an_unknown_parameter_is_refused_by_name(self) -> None:
        with pytest.raises(BadParameters) as caught:
            apply("tone", music(10), RATE, {"volume": 3})
        [fault] = caught.value.faults
        assert isinstance(fault, UnknownParameter)
        assert fault.name == "volume"
        assert fault.known == ("low_db", "middle_db", "middle_hz", "high_db")

    def test_all_that_are_wrong_are_told_at_once_as_they_were_given(self) -> None:
        given = {"high_db": 99, "volume": 3, "low_db": 1, "middle_db": -99}
        with pytest.raises(BadParameters) as caught:
            chain_named("tone").resolve(given)
        assert [fault.name for fault in caught.value.faults] == ["high_db", "volume", "middle_db"]
        assert all(str(fault) in str(caught.value) for fault in caught.value.faults)

    def test_an_unknown_chain_is_refused_by_name(self) -> None:
        with pytest.raises(UnknownChain) as caught:
            apply("autotune", music(10), RATE, {})
        assert caught.value.chain == "autotune"
        assert caught.value.known == tuple(CHAINS)


class TestCatalogue:
    def test_every_default_is_within_its_range(self) -> None:
        for chain in describe():
            for parameter in chain["parameters"]:
                assert parameter["minimum"] <= parameter["default"] <= parameter["maximum"]
                assert parameter["minimum"] < parameter["maximum"]

    def test_every_name_finds_its_chain(self) -> None:
        assert [chain["name"] for chain in describe()] == list(CHAINS)
        assert all(chain_named(name).name == name for name in CHAINS)

    def test_no_tail_is_longer_than_the_longest_said(self) -> None:
        for chain in describe():
            assert chain["tail_seconds"] <= chain["longest_tail_seconds"] <= 15

    def test_the_reference_page_holds_the_catalogue(self) -> None:
        page = ROOT / "docs" / "reference" / "effects.md"
        assert markdown() in page.read_text(encoding="utf-8")
