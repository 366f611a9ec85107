"""A model registered: files that were stored, judged and bound to a name for good."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from apps.model_registry.models import Model, ModelFile
from apps.model_registry.services.inspecting import (
    Given,
    digest_of,
    graph_among,
    graph_in,
    place_of,
    report_of,
    stored,
)
from foundation import files
from foundation.errors import Conflict, Fact, FieldError, Invalid, Retry, pointed_at
from foundation.ids import new_id
from foundation.models import StoredFile
from modelfiles import ModelReport
from modelhub.caps import ModelCapExceeded, caps, elsewhere
from modelhub.contracts import CONTRACTS, Graph, check, declared, tensors
from modelhub.contracts.outcome import ContractUnmet
from modelhub.rules import judge
from modelhub.runtimes.files import ModelUnloadable
from tenants.models import Organisation, TierVersion

TENSORS: Final = "tensors"
CONTRACT_NAMES: Final = (*CONTRACTS, TENSORS)
MODELS_MOST: Final = 200  # of an organisation's in either mode, the retired ones not counted


class VersionTaken(Conflict):
    code = "model-version-taken"
    title = "This version of the model is another one"
    meaning = (
        "A version of that name stands, with other bytes, another base, another contract, another "
        "declaration or another licence note. What is registered never changes, also not once it "
        "is retired."
    )
    remedy = (
        "Register it under a new version. Where `errors` points at the licence, nothing else "
        "differs: leave that out, and the answer is the version that stands."
    )
    retry = Retry.NO
    members = {
        "model": Fact("mdl_06a7x2mQ9sKd4TzB1vLfYe", "the one that has the version"),
        "sha256": Fact("9f86d081…", "of its bytes"),
    }
    pointed = [FieldError("/version", code, "speech 6.2 is mdl_06a7x, which is registered.")]


class TooManyModels(Conflict):
    code = "too-many-models"
    title = "The organisation has as many models as it may"
    meaning = "The bytes of registered models are kept, so their number has a limit."
    remedy = "Retire a version that nothing runs any more: `DELETE /v1/models/{id}`."
    retry = Retry.NO
    advice = "Retire a version that nothing runs any more."
    members = {"models_max": Fact(MODELS_MOST, "how many there may be")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is said of a model that is to be registered."""

    name: str
    version: str
    base: Model | None = None  # of an adapter
    licence: str = ""
    contract: str = ""
    declaration: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        return Model.Kind.ADAPTER if self.base else Model.Kind.BASE


def register(
    asked: Asked,
    given: Sequence[Given],
    *,
    organisation: Organisation,
    livemode: bool,
    tier: TierVersion,
    created_by: str,
    now: datetime,
) -> tuple[Model, bool]:
    """The model, and whether it is new: the same again is the one that stands, with its licence.

    Its files are kept from now on; those of one that is refused or stood already are nobody's: see
    `passing`. Raises VersionTaken, TooManyModels, ModelCapExceeded where it may run nowhere,
    ContractUnmet, ModelUnloadable, Invalid, and what `report_of` raises.
    """
    mine = Model.objects.filter(organisation=organisation, livemode=livemode)
    named = mine.filter(name=asked.name, version=asked.version)
    stored_files = [each.file for each in given]
    digest = digest_of(stored_files)
    if found := named.first():
        return _the_same(found, asked, digest), False
    if mine.filter(state=Model.State.REGISTERED).count() >= MODELS_MOST:
        raise TooManyModels(models_max=MODELS_MOST)
    report = report_of(given, _files_of(asked.base))
    _check_kind(asked, report)
    with pointed_at(place_of(given)):
        check_caps(report, tier)
    graph = _graph(asked, given)
    try:
        with transaction.atomic():
            model = Model.objects.create(
                id=new_id("mdl", now),
                organisation=organisation,
                livemode=livemode,
                name=asked.name,
                version=asked.version,
                kind=asked.kind,
                base=asked.base,
                licence=asked.licence,
                sha256=digest,
                size_bytes=sum(file.size_bytes for file in stored_files),
                report=stored(report),
                contract=asked.contract,
                declaration=asked.declaration,
                inputs=_ports(graph.inputs) if graph else None,
                outputs=_ports(graph.outputs) if graph else None,
                created_at=now,
                created_by=created_by,
            )
            ModelFile.objects.bulk_create(_row(model, file) for file in stored_files)
            files.keep(stored_files)
    except IntegrityError:  # somebody else was faster
        return _the_same(named.get(), asked, digest), False
    return model, True


@contextmanager
def passing(*, now: datetime) -> Iterator[list[Given]]:
    """Files on their way to `register`: those that no model has taken over end when this is left.

    To be left outside the transaction in which they are registered.
    """
    given = list[Given]()
    try:
        yield given
    finally:
        files.let_go([each.file for each in given], now=now)


def refuse_unused(contract: str, declaration: object) -> None:
    """Raises Invalid for a declaration that nothing would read, or only in part."""
    if declaration is not None and not contract:
        raise Invalid.field(
            "/declaration", "unused", "Only a contract asks for one: name it, or leave this out."
        )
    if contract == TENSORS:
        tensors.independent_rows(declaration)


def _the_same(found: Model, asked: Asked, digest: str) -> Model:
    stands = (found.sha256, found.base_id, found.contract, found.declaration)
    wanted = (digest, asked.base.pk if asked.base else None, asked.contract, asked.declaration)
    if stands != wanted or found.state != Model.State.REGISTERED:
        raise version_taken(found)
    if asked.licence not in ("", found.licence):  # who says none leaves it as it is
        noted = f"the licence note {found.licence!r}" if found.licence else "no licence note"
        said = f"{found} stands with {noted}. Leave it out here, or register a new version."
        raise version_taken(found, said, at="/licence")
    return found


def version_taken(found: Model, said: str = "", *, at: str = "/version") -> VersionTaken:
    """What there is to say where a version stands."""
    told = said or f"{found} is {found.pk}, which is {found.state}. Register a new version."
    errors = [FieldError(at, VersionTaken.code, told)]
    return VersionTaken(told, errors=errors, model=found.pk, sha256=found.sha256)


def _files_of(base: Model | None) -> list[StoredFile]:
    if base is None:
        return []
    return [each.file for each in base.files.select_related("file").order_by("name") if each.file]


def _check_kind(asked: Asked, report: ModelReport) -> None:
    if asked.base is None and report.is_adapter:
        raise Invalid.field(
            "/base", "missing", "The file is an adapter: name the model it changes."
        )
    if asked.base is not None and not report.adapter_parameters:
        raise Invalid.field(
            "/base", "no-adapter", "The file is a model of its own, no adapter: leave the base out."
        )


def check_caps(report: ModelReport, tier: TierVersion) -> None:
    """Raises ModelCapExceeded for a model that may run nowhere."""
    verdict = judge(report, caps(tier))
    if verdict.allowed:
        return
    reasons = [
        {"code": each.code, "limit": each.limit, "found": each.found}
        for each in verdict.refused["cloud"]
    ]
    raise ModelCapExceeded(
        f"The model may run nowhere. {elsewhere([])}",
        placement="cloud",
        reasons=reasons,
        allowed=[],
        tier_version=str(tier),
    )


def _graph(asked: Asked, given: Sequence[Given]) -> Graph | None:
    """The graph of an ONNX model, which must fulfil the contract where one is named."""
    file = graph_among(given)
    if file is None:
        if asked.contract:
            raise Invalid.field(
                "/contract",
                "no-graph",
                "Only an ONNX model serves a contract: send one, or leave this out.",
            )
        return None
    try:
        with pointed_at(file.at):
            graph = graph_in(file)
    except ModelUnloadable:
        if asked.contract:
            raise
        return None  # nobody runs it here
    with pointed_at("/contract"):
        _check_contract(asked, graph)
    return graph


def _check_contract(asked: Asked, graph: Graph) -> None:
    """Raises ContractUnmet, and Invalid for a declaration that is none."""
    if asked.contract == TENSORS:
        if unmet := tuple(tensors.unmet(graph, asked.declaration)):
            raise ContractUnmet.because(TENSORS, unmet)
    elif asked.contract:
        check(asked.contract, graph, declared(asked.declaration))


def _ports(ports: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"name": each.name, "dtype": each.dtype, "shape": list(each.shape)} for each in ports]


def _row(model: Model, file: StoredFile) -> ModelFile:
    return ModelFile(
        model=model, file=file, name=file.name, sha256=file.sha256, size_bytes=file.size_bytes
    )
