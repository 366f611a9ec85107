from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.accelerator import Accelerator, check_accelerator
from ..models.container import Container, check_container
from ..models.effect_kind import EffectKind, check_effect_kind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.request_effect_request_parameters import RequestEffectRequestParameters


T = TypeVar("T", bound="RequestEffectRequest")


@_attrs_define
class RequestEffectRequest:
    """
    Attributes:
        clip (str):
        kind (EffectKind): * `stem` - Stem
            * `chain` - Chain
        name (str): A stem or a chain of the catalogue
        parameters (RequestEffectRequestParameters | Unset):
        accelerator (Accelerator | Unset): * `cpu` - Cpu
            * `gpu` - Gpu
            * `npu` - Npu
        container (Container | Unset): * `wav` - wav
            * `flac` - flac Default: 'wav'.
    """

    clip: str
    kind: EffectKind
    name: str
    parameters: RequestEffectRequestParameters | Unset = UNSET
    accelerator: Accelerator | Unset = UNSET
    container: Container | Unset = "wav"

    def to_dict(self) -> dict[str, Any]:
        clip = self.clip

        kind: str = self.kind

        name = self.name

        parameters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parameters, Unset):
            parameters = self.parameters.to_dict()

        accelerator: str | Unset = UNSET
        if not isinstance(self.accelerator, Unset):
            accelerator = self.accelerator

        container: str | Unset = UNSET
        if not isinstance(self.container, Unset):
            container = self.container

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "clip": clip,
                "kind": kind,
                "name": name,
            }
        )
        if parameters is not UNSET:
            field_dict["parameters"] = parameters
        if accelerator is not UNSET:
            field_dict["accelerator"] = accelerator
        if container is not UNSET:
            field_dict["container"] = container

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.request_effect_request_parameters import (
            RequestEffectRequestParameters,
        )

        d = dict(src_dict)
        clip = d.pop("clip")

        kind = check_effect_kind(d.pop("kind"))

        name = d.pop("name")

        _parameters = d.pop("parameters", UNSET)
        parameters: RequestEffectRequestParameters | Unset
        if isinstance(_parameters, Unset):
            parameters = UNSET
        else:
            parameters = RequestEffectRequestParameters.from_dict(_parameters)

        _accelerator = d.pop("accelerator", UNSET)
        accelerator: Accelerator | Unset
        if isinstance(_accelerator, Unset):
            accelerator = UNSET
        else:
            accelerator = check_accelerator(_accelerator)

        _container = d.pop("container", UNSET)
        container: Container | Unset
        if isinstance(_container, Unset):
            container = UNSET
        else:
            container = check_container(_container)

        request_effect_request = cls(
            clip=clip,
            kind=kind,
            name=name,
            parameters=parameters,
            accelerator=accelerator,
            container=container,
        )

        return request_effect_request
