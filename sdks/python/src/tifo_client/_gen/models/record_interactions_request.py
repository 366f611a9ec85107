from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.interaction_request import InteractionRequest


T = TypeVar("T", bound="RecordInteractionsRequest")


@_attrs_define
class RecordInteractionsRequest:
    """
    Attributes:
        interactions (list[InteractionRequest]):
        kiosk (None | str | Unset): Where it happened; a kiosk's own credential need not say
    """

    interactions: list[InteractionRequest]
    kiosk: None | str | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        interactions = []
        for interactions_item_data in self.interactions:
            interactions_item = interactions_item_data.to_dict()
            interactions.append(interactions_item)

        kiosk: None | str | Unset
        if isinstance(self.kiosk, Unset):
            kiosk = UNSET
        else:
            kiosk = self.kiosk

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "interactions": interactions,
            }
        )
        if kiosk is not UNSET:
            field_dict["kiosk"] = kiosk

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.interaction_request import InteractionRequest

        d = dict(src_dict)
        interactions = []
        _interactions = d.pop("interactions")
        for interactions_item_data in _interactions:
            interactions_item = InteractionRequest.from_dict(interactions_item_data)

            interactions.append(interactions_item)

        def _parse_kiosk(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        kiosk = _parse_kiosk(d.pop("kiosk", UNSET))

        record_interactions_request = cls(
            interactions=interactions,
            kiosk=kiosk,
        )

        return record_interactions_request
