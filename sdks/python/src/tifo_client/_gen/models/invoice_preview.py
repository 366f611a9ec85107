from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.invoice_line import InvoiceLine


T = TypeVar("T", bound="InvoicePreview")


@_attrs_define
class InvoicePreview:
    """
    Attributes:
        tier (str):
        livemode (bool):
        billable (bool): False for test keys, which never bill
        currency (str):
        period_start (datetime.datetime):
        period_end (datetime.datetime):
        lines (list[InvoiceLine]):
        total_cents (int): What the month costs so far
        projected_mau (int):
        projected_total_cents (int): At the month's end, if it goes on at this pace
    """

    tier: str
    livemode: bool
    billable: bool
    currency: str
    period_start: datetime.datetime
    period_end: datetime.datetime
    lines: list[InvoiceLine]
    total_cents: int
    projected_mau: int
    projected_total_cents: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        tier = self.tier

        livemode = self.livemode

        billable = self.billable

        currency = self.currency

        period_start = self.period_start.isoformat()

        period_end = self.period_end.isoformat()

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        total_cents = self.total_cents

        projected_mau = self.projected_mau

        projected_total_cents = self.projected_total_cents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "tier": tier,
                "livemode": livemode,
                "billable": billable,
                "currency": currency,
                "period_start": period_start,
                "period_end": period_end,
                "lines": lines,
                "total_cents": total_cents,
                "projected_mau": projected_mau,
                "projected_total_cents": projected_total_cents,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.invoice_line import InvoiceLine

        d = dict(src_dict)
        tier = d.pop("tier")

        livemode = d.pop("livemode")

        billable = d.pop("billable")

        currency = d.pop("currency")

        period_start = datetime.datetime.fromisoformat(d.pop("period_start"))

        period_end = datetime.datetime.fromisoformat(d.pop("period_end"))

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = InvoiceLine.from_dict(lines_item_data)

            lines.append(lines_item)

        total_cents = d.pop("total_cents")

        projected_mau = d.pop("projected_mau")

        projected_total_cents = d.pop("projected_total_cents")

        invoice_preview = cls(
            tier=tier,
            livemode=livemode,
            billable=billable,
            currency=currency,
            period_start=period_start,
            period_end=period_end,
            lines=lines,
            total_cents=total_cents,
            projected_mau=projected_mau,
            projected_total_cents=projected_total_cents,
        )

        invoice_preview.additional_properties = d
        return invoice_preview

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
