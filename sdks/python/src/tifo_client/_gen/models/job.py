from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.accelerator import Accelerator, check_accelerator
from ..models.job_state import JobState, check_job_state

if TYPE_CHECKING:
    from ..models.result_file import ResultFile


T = TypeVar("T", bound="Job")


@_attrs_define
class Job:
    """
    Attributes:
        id (str):
        kind (str):
        state (JobState): * `queued` - Queued
            * `running` - Running
            * `succeeded` - Succeeded
            * `failed` - Failed
            * `cancelled` - Cancelled
        accelerator (Accelerator): * `cpu` - Cpu
            * `gpu` - Gpu
            * `npu` - Npu
        ran_on (None | str): Where it really ran
        progress (float): 0 to 1
        attempt (int): How often a worker has started it
        livemode (bool):
        result (Any):
        error (Any): A problem document when it failed
        files (list[ResultFile]):
        created_at (datetime.datetime):
        started_at (datetime.datetime | None):
        finished_at (datetime.datetime | None):
    """

    id: str
    kind: str
    state: JobState
    accelerator: Accelerator
    ran_on: None | str
    progress: float
    attempt: int
    livemode: bool
    result: Any
    error: Any
    files: list[ResultFile]
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        kind = self.kind

        state: str = self.state

        accelerator: str = self.accelerator

        ran_on: None | str
        ran_on = self.ran_on

        progress = self.progress

        attempt = self.attempt

        livemode = self.livemode

        result = self.result

        error = self.error

        files = []
        for files_item_data in self.files:
            files_item = files_item_data.to_dict()
            files.append(files_item)

        created_at = self.created_at.isoformat()

        started_at: None | str
        if isinstance(self.started_at, datetime.datetime):
            started_at = self.started_at.isoformat()
        else:
            started_at = self.started_at

        finished_at: None | str
        if isinstance(self.finished_at, datetime.datetime):
            finished_at = self.finished_at.isoformat()
        else:
            finished_at = self.finished_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "kind": kind,
                "state": state,
                "accelerator": accelerator,
                "ran_on": ran_on,
                "progress": progress,
                "attempt": attempt,
                "livemode": livemode,
                "result": result,
                "error": error,
                "files": files,
                "created_at": created_at,
                "started_at": started_at,
                "finished_at": finished_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.result_file import ResultFile

        d = dict(src_dict)
        id = d.pop("id")

        kind = d.pop("kind")

        state = check_job_state(d.pop("state"))

        accelerator = check_accelerator(d.pop("accelerator"))

        def _parse_ran_on(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ran_on = _parse_ran_on(d.pop("ran_on", None))

        progress = d.pop("progress")

        attempt = d.pop("attempt")

        livemode = d.pop("livemode")

        result = d.pop("result", None)

        error = d.pop("error", None)

        files = []
        _files = d.pop("files")
        for files_item_data in _files:
            files_item = ResultFile.from_dict(files_item_data)

            files.append(files_item)

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_started_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_at_type_0 = datetime.datetime.fromisoformat(data)

                return started_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        started_at = _parse_started_at(d.pop("started_at", None))

        def _parse_finished_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                finished_at_type_0 = datetime.datetime.fromisoformat(data)

                return finished_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        finished_at = _parse_finished_at(d.pop("finished_at", None))

        job = cls(
            id=id,
            kind=kind,
            state=state,
            accelerator=accelerator,
            ran_on=ran_on,
            progress=progress,
            attempt=attempt,
            livemode=livemode,
            result=result,
            error=error,
            files=files,
            created_at=created_at,
            started_at=started_at,
            finished_at=finished_at,
        )

        job.additional_properties = d
        return job

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
