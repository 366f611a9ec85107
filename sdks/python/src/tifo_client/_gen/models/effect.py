from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.effect_kind import EffectKind, check_effect_kind
from ..models.job_state import JobState, check_job_state

if TYPE_CHECKING:
    from ..models.effect_parameters import EffectParameters
    from ..models.job_failure import JobFailure


T = TypeVar("T", bound="Effect")


@_attrs_define
class Effect:
    """
    Attributes:
        id (str):
        clip (None | str):
        kind (EffectKind): * `stem` - Stem
            * `chain` - Chain
        name (str):
        parameters (EffectParameters):
        livemode (bool):
        job (str): See /v1/jobs/{job_id}
        state (JobState): * `queued` - Queued
            * `running` - Running
            * `succeeded` - Succeeded
            * `failed` - Failed
            * `cancelled` - Cancelled
        error (JobFailure | None): Why the job failed
        url (None | str): Signed address of the sound once the job has succeeded
        created_at (datetime.datetime):
    """

    id: str
    clip: None | str
    kind: EffectKind
    name: str
    parameters: EffectParameters
    livemode: bool
    job: str
    state: JobState
    error: JobFailure | None
    url: None | str
    created_at: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.job_failure import JobFailure

        id = self.id

        clip: None | str
        clip = self.clip

        kind: str = self.kind

        name = self.name

        parameters = self.parameters.to_dict()

        livemode = self.livemode

        job = self.job

        state: str = self.state

        error: dict[str, Any] | None
        if isinstance(self.error, JobFailure):
            error = self.error.to_dict()
        else:
            error = self.error

        url: None | str
        url = self.url

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "clip": clip,
                "kind": kind,
                "name": name,
                "parameters": parameters,
                "livemode": livemode,
                "job": job,
                "state": state,
                "error": error,
                "url": url,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.effect_parameters import EffectParameters
        from ..models.job_failure import JobFailure

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_clip(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        clip = _parse_clip(d.pop("clip", None))

        kind = check_effect_kind(d.pop("kind"))

        name = d.pop("name")

        parameters = EffectParameters.from_dict(d.pop("parameters"))

        livemode = d.pop("livemode")

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

        def _parse_url(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        url = _parse_url(d.pop("url", None))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        effect = cls(
            id=id,
            clip=clip,
            kind=kind,
            name=name,
            parameters=parameters,
            livemode=livemode,
            job=job,
            state=state,
            error=error,
            url=url,
            created_at=created_at,
        )

        effect.additional_properties = d
        return effect

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
