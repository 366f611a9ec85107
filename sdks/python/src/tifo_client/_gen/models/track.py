from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.job_state import JobState, check_job_state

if TYPE_CHECKING:
    from ..models.job_failure import JobFailure


T = TypeVar("T", bound="Track")


@_attrs_define
class Track:
    """
    Attributes:
        id (str):
        name (str):
        livemode (bool):
        duration_s (float): Counted at the upload, and by the analysis
        sample_rate (int):
        channels (int):
        sha256 (str): Of the uploaded bytes
        job (str): The analysis; see /v1/jobs/{job_id}
        state (JobState): * `queued` - Queued
            * `running` - Running
            * `succeeded` - Succeeded
            * `failed` - Failed
            * `cancelled` - Cancelled
        error (JobFailure | None): Why the analysis failed
        created_at (datetime.datetime):
    """

    id: str
    name: str
    livemode: bool
    duration_s: float
    sample_rate: int
    channels: int
    sha256: str
    job: str
    state: JobState
    error: JobFailure | None
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_failure import JobFailure

        id = self.id

        name = self.name

        livemode = self.livemode

        duration_s = self.duration_s

        sample_rate = self.sample_rate

        channels = self.channels

        sha256 = self.sha256

        job = self.job

        state: str = self.state

        error: dict[str, Any] | None
        if isinstance(self.error, JobFailure):
            error = self.error.to_dict()
        else:
            error = self.error

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "name": name,
                "livemode": livemode,
                "duration_s": duration_s,
                "sample_rate": sample_rate,
                "channels": channels,
                "sha256": sha256,
                "job": job,
                "state": state,
                "error": error,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.job_failure import JobFailure

        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        livemode = d.pop("livemode")

        duration_s = d.pop("duration_s")

        sample_rate = d.pop("sample_rate")

        channels = d.pop("channels")

        sha256 = d.pop("sha256")

        job = d.pop("job")

        state = check_job_state(d.pop("state"))

        def _parse_error(data: object) -> JobFailure | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                error_type_0 = JobFailure.from_dict(data)

                return error_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(JobFailure | None, data)

        error = _parse_error(d.pop("error", None))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        track = cls(
            id=id,
            name=name,
            livemode=livemode,
            duration_s=duration_s,
            sample_rate=sample_rate,
            channels=channels,
            sha256=sha256,
            job=job,
            state=state,
            error=error,
            created_at=created_at,
        )

        track.additional_properties = d
        return track

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
