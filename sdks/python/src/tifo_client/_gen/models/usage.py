from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.usage_jobs import UsageJobs
    from ..models.usage_meters import UsageMeters


T = TypeVar("T", bound="Usage")


@_attrs_define
class Usage:
    """
    Attributes:
        livemode (bool):
        period_start (datetime.datetime):
        period_end (datetime.datetime):
        mau (int):
        mau_cap (int | None):
        meters (UsageMeters): Units per meter of jobs that succeeded
        jobs (UsageJobs): Jobs per state
    """

    livemode: bool
    period_start: datetime.datetime
    period_end: datetime.datetime
    mau: int
    mau_cap: int | None
    meters: UsageMeters
    jobs: UsageJobs
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        livemode = self.livemode

        period_start = self.period_start.isoformat()

        period_end = self.period_end.isoformat()

        mau = self.mau

        mau_cap: int | None
        mau_cap = self.mau_cap

        meters = self.meters.to_dict()

        jobs = self.jobs.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "livemode": livemode,
                "period_start": period_start,
                "period_end": period_end,
                "mau": mau,
                "mau_cap": mau_cap,
                "meters": meters,
                "jobs": jobs,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.usage_jobs import UsageJobs
        from ..models.usage_meters import UsageMeters

        d = dict(src_dict)
        livemode = d.pop("livemode")

        period_start = datetime.datetime.fromisoformat(d.pop("period_start"))

        period_end = datetime.datetime.fromisoformat(d.pop("period_end"))

        mau = d.pop("mau")

        def _parse_mau_cap(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        mau_cap = _parse_mau_cap(d.pop("mau_cap", None))

        meters = UsageMeters.from_dict(d.pop("meters"))

        jobs = UsageJobs.from_dict(d.pop("jobs"))

        usage = cls(
            livemode=livemode,
            period_start=period_start,
            period_end=period_end,
            mau=mau,
            mau_cap=mau_cap,
            meters=meters,
            jobs=jobs,
        )

        usage.additional_properties = d
        return usage

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
