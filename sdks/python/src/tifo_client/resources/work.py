"""Jobs: read, wait for, cancel; and the files that they made."""

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tifo_client import transport
from tifo_client._gen.api.account import cancel_job, create_job, get_job, list_jobs
from tifo_client._gen.models.accelerator import Accelerator
from tifo_client._gen.models.job import Job
from tifo_client._gen.models.list_jobs_state import ListJobsState
from tifo_client._gen.models.model_input_request import ModelInputRequest
from tifo_client._gen.models.model_input_request_tensors import ModelInputRequestTensors
from tifo_client._gen.models.priority import Priority
from tifo_client._gen.models.result_file import ResultFile
from tifo_client._gen.models.run_model_request import RunModelRequest
from tifo_client._gen.models.run_model_request_metadata import RunModelRequestMetadata
from tifo_client.answers import given, rows, take
from tifo_client.arguments import Seconds
from tifo_client.errors import (
    ConnectionFailed,
    JobCancelled,
    JobFailed,
    QuotaExceeded,
    TifoError,
    WaitedTooLong,
)
from tifo_client.events.jobs import JobEvents
from tifo_client.resources import Resource

FIRST_LOOK_S, LONGEST_LOOK_S = 0.2, 2.0


class JobsResource(Resource):
    def create(
        self,
        model: str,
        *,
        file: str | None = None,
        tensors: Mapping[str, Any] | None = None,
        accelerator: Accelerator = "cpu",
        accelerator_required: bool = False,
        priority: Priority = "normal",
        deadline_s: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Job:
        """Run a registered model on a `file` of sound (the id of a clip, a track or a job's file),
        or on `tensors`: each input by its name, as nested lists. Give exactly one of them."""
        told = None if tensors is None else ModelInputRequestTensors.from_dict(tensors)
        texts = None if metadata is None else RunModelRequestMetadata.from_dict(metadata)
        asked = RunModelRequest(
            model=model,
            input_=ModelInputRequest(file=given(file), tensors=given(told)),
            accelerator=accelerator,
            accelerator_required=accelerator_required,
            priority=priority,
            deadline_s=given(deadline_s),
            metadata=given(texts),
        )
        return take(create_job.sync_detailed(client=self._core, body=asked))

    def list(self, *, state: ListJobsState | None = None) -> Iterator[Job]:
        return rows(partial(list_jobs.sync_detailed, client=self._core, state=given(state)))

    def get(self, job_id: str, *, wait_s: int | None = None) -> Job:
        """The job as it is; with `wait_s` (60 at most, and less than the client's `timeout`) once
        it has ended, or in so many seconds. The platform may answer at once all the same."""
        prefer = given(None if wait_s is None else f"wait={wait_s}")
        return take(get_job.sync_detailed(job_id, client=self._core, prefer=prefer))

    def cancel(self, job_id: str) -> Job:
        return take(cancel_job.sync_detailed(job_id, client=self._core))

    def wait(
        self,
        job_id: str,
        *,
        timeout: Seconds = 300.0,
        seen: Callable[[Job], object] = lambda _job: None,
    ) -> Job:
        """The job once it has succeeded; `seen` is called with each look at it.

        A state that this client does not know yet is waited through like any other.

        Raises JobFailed with the job's own problem, JobCancelled, or WaitedTooLong after `timeout`
        seconds. A throttle is waited out as long as it says, within that time.
        """
        deadline = time.monotonic() + timeout
        look_s = FIRST_LOOK_S
        while True:
            try:
                job = self.get(job_id)
            except QuotaExceeded as limited:
                pause_s = limited.retry_after or LONGEST_LOOK_S
            else:
                seen(job)
                if job.state == "succeeded":
                    return job
                _raise_if_over(job)
                pause_s, look_s = look_s, min(1.5 * look_s, LONGEST_LOOK_S)
            if time.monotonic() + pause_s > deadline:
                raise WaitedTooLong({"detail": f"{job_id} goes on after {timeout:g} s."})
            time.sleep(pause_s)

    def events(self, job_id: str, *, reconnect_s: Seconds = 60.0) -> JobEvents:
        """What happens to the job until it has ended: a JobEvent for the state that it is in, and
        one for each change. `for` and `async for` read it, and it outlives lost lines: JobEvents.

        Whatever the job ends as is its last event, and raises nothing.
        """
        if reconnect_s < 0:
            raise ValueError("reconnect_s must not be under 0.")
        return JobEvents(self._wires, job_id, reconnect_s)

    def download(self, file: ResultFile, target: str | Path) -> Path:
        """Save a job's file under `target` (a folder, or the file's new path), checksum checked.

        It takes the place of a file that has that name there, once it has come whole.
        Its signed address needs no key, and gets none: it may lie with another host, or send on
        to one.
        """
        path, name = Path(target), Path(str(file.name)).name
        path = path / (name if name.strip(".") else "file") if path.is_dir() else path
        beside = path.with_name(f".{uuid.uuid4().hex}.part")  # its own, however many come at once
        digest, facts = hashlib.sha256(), dict[str, Any]()
        client = httpx.Client(
            transport=self._wires.carrier,
            event_hooks={"response": [_refuse_unless_sent_on]},
            timeout=60.0,
            follow_redirects=True,
        )
        try:
            whole = urljoin(self._wires.endpoint.base_url, str(file.url))
            with (
                client.stream("GET", whole, extensions={transport.STREAMED: True}) as response,
                beside.open("xb") as out,
            ):
                facts = transport.facts(response)
                for chunk in response.iter_bytes():
                    digest.update(chunk)
                    out.write(chunk)
            if digest.hexdigest() != file.sha256:
                told = {"code": "damaged-download", "detail": f"{file.name} is damaged."}
                raise TifoError(facts | told)
            return beside.replace(path)
        except httpx.RequestError as error:
            said = f"{file.name} did not come whole: {str(error) or type(error).__name__}"
            raise ConnectionFailed(facts | {"detail": said}) from error
        except (ValueError, httpx.InvalidURL) as error:
            raise TifoError({"detail": "The file's name or address is none."}) from error
        finally:
            beside.unlink(missing_ok=True)


def _refuse_unless_sent_on(response: httpx.Response) -> None:
    if not response.has_redirect_location:
        transport.refuse(response)


def _raise_if_over(job: Job) -> None:
    if job.state in {"failed", "expired", "dead"}:
        told = job.error if isinstance(job.error, dict) else {}
        raise JobFailed(told or {"detail": f"{job.id} failed."})
    if job.state in {"cancelled", "aborted"}:
        raise JobCancelled({"detail": f"{job.id} was {job.state}."})
