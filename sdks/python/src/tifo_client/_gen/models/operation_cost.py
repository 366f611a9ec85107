from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.operation_cost_cost import OperationCostCost


T = TypeVar("T", bound="OperationCost")


@_attrs_define
class OperationCost:
    """
    Attributes:
        operation (str):
        cost (OperationCostCost):
    """

    operation: str
    cost: OperationCostCost
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        operation = self.operation

        cost = self.cost.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "operation": operation,
                "cost": cost,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.operation_cost_cost import OperationCostCost

        d = dict(src_dict)
        operation = d.pop("operation")

        cost = OperationCostCost.from_dict(d.pop("cost"))

        operation_cost = cls(
            operation=operation,
            cost=cost,
        )

        operation_cost.additional_properties = d
        return operation_cost

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
