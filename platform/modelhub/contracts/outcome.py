"""What a contract gives: a summary as JSON, and arrays of published shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from foundation.errors import Fact, FieldError, Retry, TifoError
from foundation.validation.strict_json import token
from modelhub.contracts.graph import Unmet
from modelhub.runtimes.tensors import Array

MOST_TOLD: Final = 20  # of a graph that anybody may have made


class ContractUnmet(TifoError):
    status = 422
    code = "contract-unmet"
    title = "The model does not fulfil the contract"
    meaning = (
        "The model's inputs and outputs, with what was declared of them, are not those of the task."
    )
    remedy = (
        "Go through `unmet` beside [the contracts](/docs/reference/model-contracts): mend the "
        "declaration, or export the model with such inputs and outputs."
    )
    retry = Retry.NO
    members = {
        "contract": Fact("audio_tagger", "the task"),
        "unmet": Fact(
            [
                {
                    "code": "wrong_shape",
                    "subject": "scores",
                    "detail": "Must end with 2 labels, is float32 [any, 3].",
                }
            ],
            "each condition that is not met, the first twenty of them",
        ),
    }

    @classmethod
    def because(cls, contract: str, unmet: Sequence[Unmet]) -> "ContractUnmet":
        """Pointing at what was declared where that is wrong, else at the contract itself."""
        first = unmet[:MOST_TOLD]
        told = [
            {"code": each.code, "subject": each.subject, "detail": each.detail} for each in first
        ]
        errors = [FieldError(_pointer(each), each.code, _said(each)) for each in first]
        return cls(_said(unmet[0]), errors=errors, contract=contract, unmet=told)


def _pointer(unmet: Unmet) -> str:
    if unmet.at:
        return "/".join(["/declaration", *map(token, unmet.at)])
    if unmet.code == "unexpected_input":  # of the names that it gives
        return "/declaration"
    if unmet.code != "wrong_declaration":
        return "/contract"
    return "/".join(["/declaration", *map(token, unmet.subject.split("/", 1))])


def _said(unmet: Unmet) -> str:
    return f"{unmet.subject}: {unmet.detail}"


class ContractBroken(TifoError):
    status = 422
    code = "contract-broken"
    title = "The model gave something else than its contract says"
    meaning = (
        "An output had another shape than the contract asks for, which the graph had left open, or "
        "numbers that are not finite."
    )
    remedy = "Run the model on the same input yourself and compare the output with the contract."
    retry = Retry.NO
    advice = (
        "Run the model on the same input yourself, and register a version that keeps to the "
        "contract."
    )
    members = {"output": Fact("scores", "the output")}


@dataclass(frozen=True)
class Outcome:
    """`summary` is plain JSON; `arrays` are named, of the types and shapes of the reference."""

    summary: Mapping[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)
