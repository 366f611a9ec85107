from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.patient_timeline import PatientTimeline
    from ..models.simulated_timeline import SimulatedTimeline
    from ..models.simulation_cost import SimulationCost


T = TypeVar("T", bound="Simulation")


@_attrs_define
class Simulation:
    """
    Attributes:
        cost (SimulationCost):
        policies (list[str]): The limits that decide such a call
        as_asked (SimulatedTimeline):
        patient (PatientTimeline):
    """

    cost: SimulationCost
    policies: list[str]
    as_asked: SimulatedTimeline
    patient: PatientTimeline
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        cost = self.cost.to_dict()

        policies = self.policies

        as_asked = self.as_asked.to_dict()

        patient = self.patient.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "cost": cost,
                "policies": policies,
                "as_asked": as_asked,
                "patient": patient,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.patient_timeline import PatientTimeline
        from ..models.simulated_timeline import SimulatedTimeline
        from ..models.simulation_cost import SimulationCost

        d = dict(src_dict)
        cost = SimulationCost.from_dict(d.pop("cost"))

        policies = cast(list[str], d.pop("policies"))

        as_asked = SimulatedTimeline.from_dict(d.pop("as_asked"))

        patient = PatientTimeline.from_dict(d.pop("patient"))

        simulation = cls(
            cost=cost,
            policies=policies,
            as_asked=as_asked,
            patient=patient,
        )

        simulation.additional_properties = d
        return simulation

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
