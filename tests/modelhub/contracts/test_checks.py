"""Which graphs fulfil which contract, and why others do not."""

from typing import Any

import pytest

from modelhub.contracts import CONTRACTS, ContractUnmet, Declaration, Graph, State, check
from modelhub.contracts import tensors as generic
from modelhub.runtimes.tensors import Port
from tests.modelhub.contracts.models import declaration, floats, graph

X = floats("x", "n", 4)
Y = floats("y", "n", 2)
H, HN = floats("h", 2, None, 3), floats("hn", None, None, None)
SR = Port("sr", "int64", ())
REMEMBERS = {"states": (State("h", "hn", (2, 1, 3)),)}


def unmet(contract: str, of: Graph, **given: Any) -> list[tuple[str, str]]:
    found = CONTRACTS[contract].unmet(of, declaration(**given))
    return [(each.code, each.subject) for each in found]


def pointers(of: Graph, given: Declaration) -> list[str]:
    """What a refusal points at within the declaration, if the graph is refused as a tagger."""
    try:
        check("audio_tagger", of, given)
    except ContractUnmet as refused:
        return [each.pointer.removeprefix("/declaration") for each in refused.errors]
    return []


MISNAMED = [("missing_input", "sr_"), ("unexpected_input", "sr")]


class TestInputs:
    """Every contract on sound takes them alike; a tagger of two labels stands for all."""

    @pytest.mark.parametrize(
        ("inputs", "given", "expected"),
        [
            ([X], {}, []),
            ([floats("x", None)], {}, []),
            ([floats("x", 1, 4)], {}, []),
            ([floats("x", "n", 1, 4)], {}, []),
            ([floats("x", "n", 4, 1)], {}, []),
            ([floats("x", "n", None)], {}, []),
            ([X, SR], {"constants": {"sr": 8}}, []),
            ([X, H], {**REMEMBERS}, []),
            ([floats("z", 3), X], {"input": "x", "constants": {"z": 1}}, [("wrong_shape", "z")]),
            ([floats("x", "n", 5)], {}, [("wrong_declaration", "window")]),
            ([floats("x", "n", 2, 4)], {}, [("wrong_shape", "x")]),
            ([floats("x", 1, 1, 1, 4)], {}, [("wrong_shape", "x")]),
            ([Port("x", "int16", ("n", 4))], {}, [("wrong_type", "x")]),
            ([X], {"input": "z"}, [("missing_input", "z"), ("unexpected_input", "x")]),
            ([X, SR], {}, [("unexpected_input", "sr")]),
            ([X, SR, H], {}, [("unexpected_input", "sr, h")]),
            ([X, Port("x", "int64", ())], {}, [("unexpected_input", "x")]),
            ([X, SR], {"constants": {"sr_": 8}}, MISNAMED),
            ([X, floats("z", "n", None)], {}, [("wrong_declaration", "input")]),
            ([], {}, [("wrong_declaration", "input")]),
            ([X, SR], {"input": "x"}, [("unexpected_input", "sr")]),
            ([X], {"constants": {"sr": 8}}, [("missing_input", "sr")]),
            ([X], {**REMEMBERS}, [("missing_input", "h")]),
            ([X, floats("h", 2, 2, 3)], {**REMEMBERS}, [("wrong_shape", "h")]),
            ([floats("x", 2, 4), H], {**REMEMBERS}, [("wrong_shape", "x")]),
        ],
    )
    def test_are_samples_states_and_constants(
        self, inputs: list[Port], given: dict[str, Any], expected: list[tuple[str, str]]
    ) -> None:
        outputs = [Y, HN] if "states" in given else [Y]
        assert unmet("audio_tagger", graph(inputs, outputs), labels=("a", "b"), **given) == expected

    @pytest.mark.parametrize(
        ("state", "expected"),
        [
            ([], [("missing_output", "hn")]),
            ([floats("hn", 2, 1, 4)], [("wrong_shape", "hn")]),
            ([Port("hn", "float64", (2, 1, 3))], [("wrong_shape", "hn")]),
        ],
    )
    def test_that_are_states_come_out_again(
        self, state: list[Port], expected: list[tuple[str, str]]
    ) -> None:
        given = TWO | {"outputs": {"scores": "y"}, **REMEMBERS}
        assert unmet("audio_tagger", graph([X, H], [Y, *state]), **given) == expected

    @pytest.mark.parametrize(
        ("inputs", "outputs", "pointer"),
        [
            ([X, floats("h", 2, 2, 3)], [HN], "/states/0/shape"),
            ([X, floats("h", 2, 1)], [HN], "/states/0/shape"),
            ([floats("x", "a", "b"), floats("h", 2, "b", 3)], [HN], "/states/0/shape"),
            ([floats("x", "a", "b"), floats("h", 2, "a", "b")], [HN], "/states/0/shape"),
            ([floats("x", "a", "b"), floats("h", 2, "a", 3)], [HN], ""),
            ([X, H], [], "/states/0/output"),
            ([X, H], [floats("hn", 2, 1, 4)], "/states/0/output"),
            ([X, floats("g", 2, 1, 3)], [HN], "/states/0/input"),
        ],
    )
    def test_that_are_states_point_at_what_to_declare_otherwise(
        self, inputs: list[Port], outputs: list[Port], pointer: str
    ) -> None:
        """By names of axes, too: with states there is one window, of four samples here."""
        given = declaration(**TWO | {"outputs": {"scores": "y"}, **REMEMBERS})
        assert pointers(graph(inputs, [Y, *outputs]), given)[:1] == [pointer] * bool(pointer)

    def test_that_are_two_states_of_one_name_are_of_one_size(self) -> None:
        two = (State("h", "hn", (2, 1, 3)), State("g", "gn", (2, 1, 4)))
        given = declaration(**TWO | {"outputs": {"scores": "y"}, "states": two})
        inputs = [X, floats("h", 2, "n", "m"), floats("g", 2, "n", "m")]
        outputs = [Y, HN, floats("gn", None, None, None)]
        assert pointers(graph(inputs, outputs), given) == ["/states/1/shape"]

    def test_that_are_no_constants_and_outputs_that_are_not_there_are_pointed_at(self) -> None:
        given = declaration(**TWO | {"constants": {"a/b": 1.0}, "outputs": {"scores": "z"}})
        assert pointers(graph([X, floats("a/b", 3)], [Y]), given) == [
            "/constants/a~1b",
            "/outputs/scores",
        ]


class TestInputsThatAreLeftOut:
    """As silero-vad registered by somebody who has not read of its states."""

    SPEECH = graph(
        [floats("input", None, None), floats("state", 2, None, 128), SR],
        [floats("output", None, 1), floats("stateN", None, None, None)],
    )

    def test_are_one_condition_that_says_what_to_declare(self) -> None:
        with pytest.raises(ContractUnmet) as refused:
            check("audio_tagger", self.SPEECH, declaration(labels=("speech",)))
        [error] = refused.value.errors
        assert (error.pointer, error.code) == ("/declaration", "unexpected_input")
        assert error.detail == (
            "state, sr: The declaration leaves out state (float32 [2, any, 128]), sr (int64 []). "
            'Declare what the model remembers in `states`, such as [{"input": "state", "output": '
            '"stateN", "shape": [2, 1, 128]}], and what is the same number in every call in '
            '`constants`, such as {"sr": 1} with your own.'
        )
        assert refused.value.detail == error.detail

    def test_are_told_within_bounds_however_many_and_long(self) -> None:
        axes = ["a" * 4096] * 16
        hostile = graph([floats(f"{n}" * 2000, *axes) for n in range(100)], [Y])
        asked = {"c" * 120 + str(n): 1.0 for n in range(64)}
        with pytest.raises(ContractUnmet) as refused:
            check("audio_tagger", hostile, declaration(labels=("a", "b"), constants=asked))
        assert len(refused.value.errors) == 20
        assert "and 92 more" in str(refused.value.detail)
        assert sum(len(each.detail) for each in refused.value.errors) < 50_000

    def test_may_be_the_states_alone(self) -> None:
        given = declaration(labels=("speech",), constants={"sr": 16000})
        [found] = CONTRACTS["audio_tagger"].unmet(self.SPEECH, given)
        assert (found.code, found.subject) == ("unexpected_input", "state")
        assert "constants" not in found.detail

    def test_once_declared_as_said_are_all_there_was(self) -> None:
        given = declaration(
            labels=("speech",),
            constants={"sr": 16000},
            states=(State("state", "stateN", (2, 1, 128)),),
        )
        check("audio_tagger", self.SPEECH, given)


TWO = {"labels": ("a", "b")}
STEMS = floats("s", "n", 2, 4)
NOTE = floats("note", "n", 7, 88)
PITCH = {"window": 14, "hop": 10, "lead": 2, "frame_hop": 2, "margin_frames": 1}
LONG = floats("x", "n", 14)


class TestOutputs:
    @pytest.mark.parametrize(
        ("contract", "inputs", "outputs", "given", "expected"),
        [
            ("audio_tagger", X, [floats("y", "n", 9, 2)], TWO, []),
            (
                "audio_tagger",
                X,
                [floats("y", "n", 3)],
                {"labels": ("a",)},
                [("wrong_declaration", "labels")],
            ),
            ("audio_tagger", X, [Y], {}, [("wrong_declaration", "labels")] * 2),
            (
                "audio_tagger",
                X,
                [floats("y", "n")],
                {"labels": ("a",)},
                [("wrong_shape", "scores")],
            ),
            (
                "audio_tagger",
                X,
                [Port("y", "int64", ("n", 1))],
                {"labels": ("a",)},
                [("wrong_type", "scores")],
            ),
            ("audio_tagger", X, [Y, NOTE], TWO, [("missing_output", "scores")]),
            ("audio_tagger", X, [Y, NOTE], TWO | {"outputs": {"scores": "y"}}, []),
            (
                "audio_tagger",
                X,
                [Y],
                TWO | {"outputs": {"scores": "y", "z": "y"}},
                [("wrong_declaration", "outputs/z")],
            ),
            ("separator", X, [STEMS], TWO, []),
            ("separator", X, [floats("s", "n", 2, 1, 4)], TWO | {"hop": 2}, []),
            ("separator", floats("x", None), [floats("s", 2, None)], TWO, []),
            ("separator", floats("x", None), [floats("s", 2, 1, None)], TWO, []),
            ("separator", X, [STEMS], {"labels": ("a",)}, [("wrong_declaration", "labels")]),
            ("separator", X, [STEMS], TWO | {"hop": 5}, [("wrong_declaration", "hop")]),
            ("separator", X, [floats("s", "n", 2, 8)], TWO, [("wrong_shape", "stems")]),
            ("separator", X, [Y], TWO, [("wrong_shape", "stems")]),
            ("embedding", X, [Y], {}, []),
            ("embedding", X, [floats("y", "n", 9, 2)], {}, []),
            ("embedding", X, [], {}, [("missing_output", "embedding")]),
            ("pitch", LONG, [NOTE], PITCH, []),
            (
                "pitch",
                LONG,
                [NOTE, floats("on", "n", 7, 88)],
                PITCH | {"outputs": {"note": "note", "onset": "on"}},
                [],
            ),
            (
                "pitch",
                LONG,
                [NOTE],
                PITCH | {"frame_hop": 3},
                [("wrong_declaration", "hop"), ("wrong_declaration", "lead")],
            ),
            (
                "pitch",
                LONG,
                [NOTE],
                PITCH | {"hop": 14},
                [("wrong_declaration", "hop"), ("wrong_shape", "note")],
            ),
            (
                "pitch",
                LONG,
                [NOTE],
                PITCH | {"lowest_midi": 41},
                [("wrong_declaration", "lowest_midi")],
            ),
            (
                "pitch",
                LONG,
                [NOTE],
                {"window": 14, "hop": 10},
                [("wrong_declaration", "frame_hop"), ("wrong_shape", "note")],
            ),
        ],
    )
    def test_are_those_of_the_task(
        self,
        contract: str,
        inputs: Port,
        outputs: list[Port],
        given: dict[str, Any],
        expected: list[tuple[str, str]],
    ) -> None:
        assert unmet(contract, graph([inputs], outputs), **given) == expected

    def test_of_every_task_are_told_to_the_caller(self) -> None:
        with pytest.raises(ContractUnmet) as refused:
            check("audio_tagger", graph([X], []), declaration(labels=("a",)))
        assert refused.value.facts == {
            "contract": "audio_tagger",
            "unmet": [
                {
                    "code": "missing_output",
                    "subject": "scores",
                    "detail": "Declare which output it is.",
                }
            ],
        }

    def test_of_plain_tensors_are_any(self) -> None:
        assert not list(generic.unmet(graph([], [Y])))
        assert [each.code for each in generic.unmet(graph([X], []))] == ["missing_output"]
