from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.thermal import Thermal, check_thermal

T = TypeVar("T", bound="Advice")


@_attrs_define
class Advice:
    """
    Attributes:
        thermal (Thermal): * `normal` - normal
            * `reduced` - reduced
            * `minimal` - minimal
        inference_share (float): Of the device's full rate of inference
        led_brightness (float): Of full brightness
        rises_at_celsius (float | None): Hotter than this asks for less work; null on the last rung
        falls_below_celsius (float | None): Cooler than this allows more work; null on the first rung
    """

    thermal: Thermal
    inference_share: float
    led_brightness: float
    rises_at_celsius: float | None
    falls_below_celsius: float | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        thermal: str = self.thermal

        inference_share = self.inference_share

        led_brightness = self.led_brightness

        rises_at_celsius: float | None
        rises_at_celsius = self.rises_at_celsius

        falls_below_celsius: float | None
        falls_below_celsius = self.falls_below_celsius

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "thermal": thermal,
                "inference_share": inference_share,
                "led_brightness": led_brightness,
                "rises_at_celsius": rises_at_celsius,
                "falls_below_celsius": falls_below_celsius,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        thermal = check_thermal(d.pop("thermal"))

        inference_share = d.pop("inference_share")

        led_brightness = d.pop("led_brightness")

        def _parse_rises_at_celsius(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        rises_at_celsius = _parse_rises_at_celsius(d.pop("rises_at_celsius", None))

        def _parse_falls_below_celsius(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        falls_below_celsius = _parse_falls_below_celsius(d.pop("falls_below_celsius", None))

        advice = cls(
            thermal=thermal,
            inference_share=inference_share,
            led_brightness=led_brightness,
            rises_at_celsius=rises_at_celsius,
            falls_below_celsius=falls_below_celsius,
        )

        advice.additional_properties = d
        return advice

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
