"""The caps of the tiers that every installation begins with."""

import pytest

from modelhub.caps import caps, elsewhere
from tenants.models import TierVersion
from tests.modelhub.verdicts.models import DEFAULT_CAPS


@pytest.mark.django_db
def test_the_seed_s_tiers_carry_the_caps_of_the_published_verdicts() -> None:
    versions = list(TierVersion.objects.all())
    assert versions
    assert [caps(version) for version in versions] == [DEFAULT_CAPS] * len(versions)


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        ([], "Quantise it or take a smaller one:"),
        (["edge"], "Run it in place edge, or quantise it or take a smaller one:"),
        (["edge", "device"], "Run it in place edge or device, or quantise it or take a smaller"),
    ],
)
def test_what_to_do_is_a_sentence_wherever_the_model_may_run(allowed: list[str], said: str) -> None:
    assert elsewhere(allowed).startswith(said)
