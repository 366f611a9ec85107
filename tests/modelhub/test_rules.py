"""The caps as rules on plain values."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelfiles import ModelReport
from modelfiles.report import Proof
from modelhub.rules import PLACEMENTS, Caps, Placement, Reason, judge
from tests.modelhub.seed_caps import SEED_CAPS


def a_report(
    parameters: int,
    transformer: Proof = "yes",
    quantised: bool = True,
    file_bytes: int = 1000,
) -> ModelReport:
    return ModelReport(
        format="gguf",
        architecture="llama",
        parameters=parameters,
        weight_bytes=file_bytes,
        file_bytes=file_bytes,
        bits_per_weight=4.5,
        is_quantised=quantised,
        is_transformer=transformer,
        quantisation="Q4_K",
        tensors=1,
        evidence=(),
        bytes_read=1,
        header_sha256="",
    )


caps = st.builds(
    Caps,
    transformer_parameters_below=st.integers(0, 20),
    edge_parameters_max=st.integers(0, 20),
    edge_needs_quantised=st.booleans(),
    device_parameters_below=st.integers(0, 20),
    cloud_bytes_max=st.none() | st.integers(0, 20),
    edge_bytes_max=st.none() | st.integers(0, 20),
    device_bytes_max=st.none() | st.integers(0, 20),
)
reports = st.builds(
    a_report,
    parameters=st.integers(1, 21),
    transformer=st.sampled_from(["yes", "no", "unproven"]),
    quantised=st.booleans(),
    file_bytes=st.integers(0, 21),
)


class TestPlacement:
    @pytest.mark.parametrize(
        ("report", "placements"),
        [
            (a_report(999_999_999), ("cloud", "edge", "device")),
            (a_report(1_000_000_000), ("cloud", "edge")),
            (a_report(7_000_000_000), ("cloud", "edge")),
            (a_report(7_000_000_001), ("cloud",)),
            (a_report(12_999_999_999), ("cloud",)),
            (a_report(13_000_000_000), ()),
            (a_report(13_000_000_000, "unproven"), ()),
            (a_report(13_000_000_000, "no"), ("cloud",)),
            (a_report(20_000_000_000, "no", quantised=False), ("cloud",)),
            (a_report(6_000_000_000, quantised=False), ("cloud",)),
            (a_report(500_000_000, quantised=False), ("cloud", "device")),
            (a_report(500_000_000, file_bytes=1_200_000_000), ("cloud", "edge", "device")),
            (a_report(500_000_000, file_bytes=1_200_000_001), ("cloud", "edge")),
            (a_report(500_000_000, file_bytes=8_000_000_001), ("cloud",)),
        ],
    )
    def test_keeps_each_limit_to_the_unit(
        self, report: ModelReport, placements: tuple[Placement, ...]
    ) -> None:
        assert judge(report, SEED_CAPS).allowed == placements

    def test_tells_every_reason_with_the_limit_and_what_was_found(self) -> None:
        report = a_report(13_000_000_000, "unproven", quantised=False, file_bytes=26_000_000_000)
        verdict = judge(report, SEED_CAPS)
        unproven = Reason("unproven_architecture_too_large", 13_000_000_000, 13_000_000_000)
        assert verdict.refused == {
            "cloud": (unproven,),
            "edge": (
                unproven,
                Reason("too_many_parameters", 7_000_000_000, 13_000_000_000),
                Reason("not_quantised", limit=True, found=False),
                Reason("too_many_bytes", 8_000_000_000, 26_000_000_000),
            ),
            "device": (
                unproven,
                Reason("too_many_parameters", 1_000_000_000, 13_000_000_000),
                Reason("too_many_bytes", 1_200_000_000, 26_000_000_000),
            ),
        }

    def test_names_a_proved_transformer_as_one(self) -> None:
        verdict = judge(a_report(13_015_864_320), SEED_CAPS)
        assert verdict.refused["cloud"][0].code == "transformer_too_large"

    def test_lets_an_operator_admit_mistral_at_the_edge(self) -> None:
        wider = replace(SEED_CAPS, edge_parameters_max=7_250_000_000)
        mistral = a_report(7_241_732_096)
        assert not judge(mistral, SEED_CAPS).allows("edge")
        assert judge(mistral, wider).allows("edge")

    @given(reports, caps)
    def test_either_allows_a_placement_or_says_why_not(
        self, report: ModelReport, caps: Caps
    ) -> None:
        verdict = judge(report, caps)
        assert {*verdict.allowed, *verdict.refused} == set(PLACEMENTS)
        assert not {*verdict.allowed} & {*verdict.refused}
        assert all(verdict.refused.values())


class TestStricterTiers:
    @given(caps, caps, reports)
    def test_tightened_caps_allow_exactly_what_both_allow(
        self, one: Caps, other: Caps, report: ModelReport
    ) -> None:
        both = {*judge(report, one).allowed} & {*judge(report, other).allowed}
        assert {*judge(report, one.tighten(other)).allowed} == both

    @given(caps, caps)
    def test_tightened_caps_are_at_least_as_strict_as_either(self, one: Caps, other: Caps) -> None:
        tightened = one.tighten(other)
        assert tightened.is_at_least_as_strict_as(one)
        assert tightened.is_at_least_as_strict_as(other)
        assert one.is_at_least_as_strict_as(one)

    @pytest.mark.parametrize(
        "change",
        [
            {"transformer_parameters_below": 13_000_000_001},
            {"edge_parameters_max": 7_000_000_001},
            {"edge_needs_quantised": False},
            {"device_parameters_below": 1_000_000_001},
            {"edge_bytes_max": None},
            {"device_bytes_max": 1_200_000_001},
        ],
    )
    def test_any_wider_number_is_found(self, change: dict[str, int | bool | None]) -> None:
        wider = Caps.from_mapping(as_mapping(SEED_CAPS) | change)
        assert not wider.is_at_least_as_strict_as(SEED_CAPS)
        assert SEED_CAPS.is_at_least_as_strict_as(wider)


def as_mapping(caps: Caps) -> dict[str, int | bool | None]:
    return {name: getattr(caps, name) for name in Caps.__slots__}


class TestCapsFromARow:
    def test_round_trips(self) -> None:
        assert Caps.from_mapping(as_mapping(SEED_CAPS)) == SEED_CAPS

    @pytest.mark.parametrize(
        "change",
        [
            {"edge_parameters_max": -1},
            {"edge_parameters_max": 7e9},
            {"edge_parameters_max": True},
            {"edge_parameters_max": None},
            {"edge_needs_quantised": 1},
            {"edge_needs_quantised": None},
            {"cloud_bytes_max": "1"},
            {"unknown": 1},
        ],
    )
    def test_refuses_a_bad_row(self, change: dict[str, int | bool | None]) -> None:
        with pytest.raises(ValueError, match=r"caps|edge|cloud"):
            Caps.from_mapping(as_mapping(SEED_CAPS) | change)

    def test_refuses_a_row_with_a_missing_number(self) -> None:
        row = as_mapping(SEED_CAPS)
        del row["edge_bytes_max"]
        with pytest.raises(ValueError, match="edge_bytes_max"):
            Caps.from_mapping(row)
