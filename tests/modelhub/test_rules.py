"""The caps as rules on plain values."""

from dataclasses import fields, replace

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
    cloud_bytes_max=st.integers(0, 20),
    edge_bytes_max=st.integers(0, 20),
    device_bytes_max=st.integers(0, 20),
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
    def test_allow_nothing_more(self, one: Caps, other: Caps, report: ModelReport) -> None:
        """Stricter is a smaller number, and to ask for what is quantised."""
        stricter = Caps(
            **{
                each.name: (max if each.name == "edge_needs_quantised" else min)(
                    getattr(one, each.name), getattr(other, each.name)
                )
                for each in fields(Caps)
            }
        )
        both = {*judge(report, one).allowed} & {*judge(report, other).allowed}
        assert {*judge(report, stricter).allowed} == both
