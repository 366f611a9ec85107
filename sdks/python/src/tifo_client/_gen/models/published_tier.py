from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.published_limit import PublishedLimit


T = TypeVar("T", bound="PublishedTier")


@_attrs_define
class PublishedTier:
    """
    Attributes:
        slug (str):
        name (str):
        version (int):
        effective_at (datetime.datetime):
        mau_from (int):
        mau_to (int | None):
        price_per_mau (str):
        currency (str):
        transformer_parameters_below (int):
        edge_parameters_max (int):
        edge_quantised_only (bool):
        sla (bool):
        limits (list[PublishedLimit]):
    """

    slug: str
    name: str
    version: int
    effective_at: datetime.datetime
    mau_from: int
    mau_to: int | None
    price_per_mau: str
    currency: str
    transformer_parameters_below: int
    edge_parameters_max: int
    edge_quantised_only: bool
    sla: bool
    limits: list[PublishedLimit]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        slug = self.slug

        name = self.name

        version = self.version

        effective_at = self.effective_at.isoformat()

        mau_from = self.mau_from

        mau_to: int | None
        mau_to = self.mau_to

        price_per_mau = self.price_per_mau

        currency = self.currency

        transformer_parameters_below = self.transformer_parameters_below

        edge_parameters_max = self.edge_parameters_max

        edge_quantised_only = self.edge_quantised_only

        sla = self.sla

        limits = []
        for limits_item_data in self.limits:
            limits_item = limits_item_data.to_dict()
            limits.append(limits_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "slug": slug,
                "name": name,
                "version": version,
                "effective_at": effective_at,
                "mau_from": mau_from,
                "mau_to": mau_to,
                "price_per_mau": price_per_mau,
                "currency": currency,
                "transformer_parameters_below": transformer_parameters_below,
                "edge_parameters_max": edge_parameters_max,
                "edge_quantised_only": edge_quantised_only,
                "sla": sla,
                "limits": limits,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.published_limit import PublishedLimit

        d = dict(src_dict)
        slug = d.pop("slug")

        name = d.pop("name")

        version = d.pop("version")

        effective_at = datetime.datetime.fromisoformat(d.pop("effective_at"))

        mau_from = d.pop("mau_from")

        def _parse_mau_to(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        mau_to = _parse_mau_to(d.pop("mau_to", None))

        price_per_mau = d.pop("price_per_mau")

        currency = d.pop("currency")

        transformer_parameters_below = d.pop("transformer_parameters_below")

        edge_parameters_max = d.pop("edge_parameters_max")

        edge_quantised_only = d.pop("edge_quantised_only")

        sla = d.pop("sla")

        limits = []
        _limits = d.pop("limits")
        for limits_item_data in _limits:
            limits_item = PublishedLimit.from_dict(limits_item_data)

            limits.append(limits_item)

        published_tier = cls(
            slug=slug,
            name=name,
            version=version,
            effective_at=effective_at,
            mau_from=mau_from,
            mau_to=mau_to,
            price_per_mau=price_per_mau,
            currency=currency,
            transformer_parameters_below=transformer_parameters_below,
            edge_parameters_max=edge_parameters_max,
            edge_quantised_only=edge_quantised_only,
            sla=sla,
            limits=limits,
        )

        published_tier.additional_properties = d
        return published_tier

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
