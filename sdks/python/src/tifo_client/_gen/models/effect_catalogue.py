from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.effect_chain import EffectChain


T = TypeVar("T", bound="EffectCatalogue")


@_attrs_define
class EffectCatalogue:
    """
    Attributes:
        stems (list[str]):
        chains (list[EffectChain]):
    """

    stems: list[str]
    chains: list[EffectChain]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        stems = self.stems

        chains = []
        for chains_item_data in self.chains:
            chains_item = chains_item_data.to_dict()
            chains.append(chains_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "stems": stems,
                "chains": chains,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.effect_chain import EffectChain

        d = dict(src_dict)
        stems = cast(list[str], d.pop("stems"))

        chains = []
        _chains = d.pop("chains")
        for chains_item_data in _chains:
            chains_item = EffectChain.from_dict(chains_item_data)

            chains.append(chains_item)

        effect_catalogue = cls(
            stems=stems,
            chains=chains,
        )

        effect_catalogue.additional_properties = d
        return effect_catalogue

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
