"""Versions of the score: one that was published never changes, and each is told by its hash."""

from dataclasses import replace

import numpy as np
import pytest

from audio.crowd import DEFAULT, VERSIONS, UnknownVersion, score_clip, version_named
from audio.synth import crowd
from tests.checkout import ROOT

PROGRAMME: tuple[crowd.Label, ...] = ("walla", "cheer", "applause", "boo", "speech", "chant")
SECONDS_EACH = 6
READ_AT = (12, 57)  # tenths of a second into each passage: on the way, and at its end
HASHES = {
    "ramps-1": "3877402ed910d9098151894d1628e4901a2e35b1d910fe145a112d19620e0834",
    "ramps-2": "29dcd19b5f828a8107f797a9b2951d277e347a90319140956841e655f3e286a0",
}
# What `ramps-1` said before there was another: score, level, level_dbfs, then the likelihoods.
RAMPS_1_SAID = (
    (40.354, 35.981, -35.642, 0.0, 0.0, 0.0, 0.0, 0.0),
    (40.324, 36.689, -35.958, 0.0, 0.0, 0.0, 0.0, 0.0),
    (97.826, 68.897, -18.352, 0.0, 1.0, 0.0, 0.0, 0.0),
    (94.761, 66.635, -19.521, 0.0, 1.0, 0.0, 0.0, 0.0),
    (92.112, 63.054, -22.288, 1.0, 0.0, 0.0, 0.0, 0.0),
    (90.884, 63.473, -22.116, 1.0, 0.0, 0.0, 0.0, 0.0),
    (42.027, 52.667, -20.463, 0.0, 0.0, 0.0, 0.0, 0.0),
    (18.893, 49.315, -21.818, 0.0, 0.0, 1.0, 0.0, 0.0),
    (43.053, 59.438, -22.305, 0.0, 0.0, 0.0, 0.747, 0.0),
    (41.469, 53.404, -24.122, 0.0, 0.0, 0.0, 0.844, 0.0),
    (43.05, 61.842, -21.182, 0.0, 0.0, 0.0, 0.047, 0.0),
    (71.491, 58.635, -23.784, 0.0, 0.0, 0.0, 0.0, 1.0),
)
# And `ramps-2`, with laughter.
RAMPS_2_SAID = (
    (40.354, 35.981, -35.642, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (40.324, 36.689, -35.958, 0.0, 0.0, 0.0, 0.0, 0.0, 0.194),
    (97.826, 68.897, -18.352, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    (94.761, 66.635, -19.521, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    (92.112, 63.054, -22.288, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (90.884, 63.473, -22.116, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (42.027, 52.667, -20.463, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    (18.893, 49.315, -21.818, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
    (43.053, 59.438, -22.305, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    (41.469, 53.404, -24.122, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    (43.05, 61.842, -21.182, 0.0, 0.0, 0.0, 0.24, 0.0, 0.0),
    (71.491, 58.635, -23.784, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0),
)
SAID = {"ramps-1": RAMPS_1_SAID, "ramps-2": RAMPS_2_SAID}


class TestVersions:
    def test_are_named_as_they_call_themselves(self) -> None:
        assert {name: version_named(name).name for name in VERSIONS} == {n: n for n in VERSIONS}
        assert version_named(DEFAULT.name) is DEFAULT

    def test_that_do_not_exist_are_refused_with_those_that_do(self) -> None:
        with pytest.raises(UnknownVersion, match=r"ramps-0.*ramps-1"):
            version_named("ramps-0")

    def test_have_the_hashes_they_were_published_with(self) -> None:
        assert {name: version.sha256 for name, version in VERSIONS.items()} == HASHES

    def test_stand_in_the_reference_with_their_hashes(self) -> None:
        published = (ROOT / "docs" / "reference" / "crowd-score.md").read_text(encoding="utf-8")
        for name, version in VERSIONS.items():
            assert f"| `{name}` | `{version.sha256}` |" in published

    def test_of_other_numbers_have_another_hash(self) -> None:
        first = VERSIONS["ramps-1"]
        boo = first.ramps["boo"]
        moved = {**first.ramps, "boo": (replace(boo[0], certain=0.83), *boo[1:])}
        paced = {**first.constants, "TIMBRE_SECONDS": 0.9}
        others = replace(first, ramps=moved), replace(first, constants=paced)
        assert len({first.sha256, *(other.sha256 for other in others)}) == 3
        assert replace(first).sha256 == first.sha256

    @pytest.mark.parametrize("name", SAID)
    def test_say_what_they_said_when_they_were_published(self, name: str) -> None:
        seconds = SECONDS_EACH * len(PROGRAMME)
        sound = crowd.event(seconds, np.random.default_rng(5), programme=PROGRAMME).samples
        scores = list(score_clip(sound, version=VERSIONS[name]))
        places = [10 * SECONDS_EACH * n + at for n in range(len(PROGRAMME)) for at in READ_AT]
        values = [vars(scores[at]).values() for at in places]
        found = [[value for value in each if value is not None] for each in values]
        # Processors add in orders of their own: float32 leaves a few units of the fifth digit.
        np.testing.assert_allclose(found, SAID[name], atol=2e-3)
