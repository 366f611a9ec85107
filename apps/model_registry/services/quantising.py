"""A registered model in eight bits: a new version of it, calibrated on the caller's own sound."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from apps.model_registry.models import Model
from apps.model_registry.services.inferring import NotRunnable, Sound
from apps.model_registry.services.registering import TENSORS, version_taken
from jobs.models import Job
from jobs.services import enqueue
from modelhub.runtimes.tensors import Array, Port, Tensors
from tenants.scopes import family

QUANTISE: Final = "models.quantise"
SOUNDS_MOST: Final = 50
INPUTS_MOST: Final = 256  # of all sounds together: half calibrate, half judge
INPUT_BYTES_MOST: Final = 256 * 1024**2
SECONDS_PER_SOUND: Final = 5.0


def request_quantising(
    model: Model, sounds: Sequence[Sound], *, version: str, key_id: str, now: datetime
) -> Job:
    """Enqueue it; raises NotRunnable for a model that serves no contract on sound, VersionTaken."""
    if model.contract in ("", TENSORS):
        has = f"the contract {TENSORS}" if model.contract else "no contract"
        why = f"{model} has {has}, and only a model with one on sound is calibrated on sound"
        raise NotRunnable.pointing("/model_id", why)
    mine = Model.objects.filter(organisation=model.organisation_id, livemode=model.livemode)
    if found := mine.filter(name=model.name, version=version).first():
        raise version_taken(found)
    return enqueue(
        organisation=model.organisation,
        livemode=model.livemode,
        kind=QUANTISE,
        payload={
            "model": model.pk,
            "version": version,
            "key": key_id,
            "sounds": [
                {"sound": each.file.pk, "seconds_most": each.seconds_most} for each in sounds
            ],
        },
        accelerator=Job.Accelerator.CPU,
        expected_seconds=SECONDS_PER_SOUND * len(sounds),
        needs_bytes=4 * model.size_bytes,
        key_id=key_id,
        family=family("models:write"),
        now=now,
    )


class Kept:
    """A model whose inputs are kept as it is run, up to a number and to so many bytes."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._bytes = 0
        self.given: list[Tensors] = []

    @property
    def inputs(self) -> tuple[Port, ...]:
        return tuple(self._model.inputs)

    @property
    def outputs(self) -> tuple[Port, ...]:
        return tuple(self._model.outputs)

    def run(self, inputs: Tensors) -> dict[str, Array]:
        size = sum(array.nbytes for array in inputs.values())
        if len(self.given) < INPUTS_MOST and self._bytes + size <= INPUT_BYTES_MOST:
            self.given.append({name: array.copy() for name, array in inputs.items()})
            self._bytes += size
        answer: dict[str, Array] = self._model.run(inputs)
        return answer

    @property
    def halves(self) -> tuple[list[Tensors], list[Tensors]]:
        """Every other input for calibration, the others to judge by."""
        return self.given[::2], self.given[1::2]


def told(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report as JSON: what is not finite is null."""
    outputs = {
        name: {key: _finite(value) for key, value in accuracy.items()}
        for name, accuracy in report["outputs"].items()
    }
    return {**report, "outputs": outputs}


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < float("inf") else None
