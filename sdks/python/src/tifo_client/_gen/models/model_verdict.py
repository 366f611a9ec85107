from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.transformer import Transformer, check_transformer

if TYPE_CHECKING:
    from ..models.placements import Placements


T = TypeVar("T", bound="ModelVerdict")


@_attrs_define
class ModelVerdict:
    """
    Attributes:
        format_ (str):
        architecture (str):
        parameters (int):
        bits_per_weight (float):
        weight_bytes (int):
        file_bytes (int):
        quantised (bool):
        quantisation (str):
        transformer (Transformer): * `yes` - yes
            * `no` - no
            * `unproven` - unproven
        tensors (int):
        evidence (list[str]):
        bytes_read (int):
        header_sha256 (str):
        placements (Placements):
    """

    format_: str
    architecture: str
    parameters: int
    bits_per_weight: float
    weight_bytes: int
    file_bytes: int
    quantised: bool
    quantisation: str
    transformer: Transformer
    tensors: int
    evidence: list[str]
    bytes_read: int
    header_sha256: str
    placements: Placements
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        format_ = self.format_

        architecture = self.architecture

        parameters = self.parameters

        bits_per_weight = self.bits_per_weight

        weight_bytes = self.weight_bytes

        file_bytes = self.file_bytes

        quantised = self.quantised

        quantisation = self.quantisation

        transformer: str = self.transformer

        tensors = self.tensors

        evidence = self.evidence

        bytes_read = self.bytes_read

        header_sha256 = self.header_sha256

        placements = self.placements.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "format": format_,
                "architecture": architecture,
                "parameters": parameters,
                "bits_per_weight": bits_per_weight,
                "weight_bytes": weight_bytes,
                "file_bytes": file_bytes,
                "quantised": quantised,
                "quantisation": quantisation,
                "transformer": transformer,
                "tensors": tensors,
                "evidence": evidence,
                "bytes_read": bytes_read,
                "header_sha256": header_sha256,
                "placements": placements,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.placements import Placements

        d = dict(src_dict)
        format_ = d.pop("format")

        architecture = d.pop("architecture")

        parameters = d.pop("parameters")

        bits_per_weight = d.pop("bits_per_weight")

        weight_bytes = d.pop("weight_bytes")

        file_bytes = d.pop("file_bytes")

        quantised = d.pop("quantised")

        quantisation = d.pop("quantisation")

        transformer = check_transformer(d.pop("transformer"))

        tensors = d.pop("tensors")

        evidence = cast(list[str], d.pop("evidence"))

        bytes_read = d.pop("bytes_read")

        header_sha256 = d.pop("header_sha256")

        placements = Placements.from_dict(d.pop("placements"))

        model_verdict = cls(
            format_=format_,
            architecture=architecture,
            parameters=parameters,
            bits_per_weight=bits_per_weight,
            weight_bytes=weight_bytes,
            file_bytes=file_bytes,
            quantised=quantised,
            quantisation=quantisation,
            transformer=transformer,
            tensors=tensors,
            evidence=evidence,
            bytes_read=bytes_read,
            header_sha256=header_sha256,
            placements=placements,
        )

        model_verdict.additional_properties = d
        return model_verdict

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
