"""A model on the web: measured where it lies, then fetched and registered by a job."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import IO, Any, Final

from django.conf import settings

import modelfiles
from apps.model_registry.models import Model
from apps.model_registry.services.inspecting import (
    INDEX,
    ONNX,
    Given,
    graph_report,
    translated,
)
from apps.model_registry.services.registering import Asked, check_caps
from foundation import files
from foundation.errors import Fact, FieldError, Retry, TifoError, pointed_at
from jobs.models import Job
from jobs.services import enqueue
from modelhub.remote import (
    Code,
    HttpRangeSource,
    Identity,
    Reach,
    RemoteRefused,
    download,
    without_userinfo,
)
from tenants.models import Organisation, TierVersion
from tenants.scopes import family

FETCH: Final = "models.fetch"
FILES_MOST: Final = 16
WITHIN_S: Final = 10.0  # to measure all files, while the caller waits
FETCH_TIME_LIMIT: Final = timedelta(minutes=90)  # of the job, for all files together
# The first file waits for the last one, from when it was asked for.
FETCHED_LIFETIME: Final = FETCH_TIME_LIMIT + files.UNOWNED_LIFETIME
BYTES_PER_SECOND: Final = 20e6
_PIECE: Final = 1 << 20


class NotFetched(TifoError):
    """`reason` is the fetch's own stable code, `found` its facts."""

    status = 422
    code = "model-not-fetched"
    title = "The file could not be had from that address"
    meaning = (
        "The address is none that is asked, its server gave something else than the file, or the "
        "file changed meanwhile. `reason` says which."
    )
    remedy = (
        "Look `reason` up in [model caps](/docs/reference/model-caps#a-file-at-an-address). Where "
        "it is a matter of the server or the network, ask again; else upload the file instead."
    )
    retry = Retry.NO
    members = {
        "reason": Fact("host_not_public", "a stable word for what is wrong"),
        "found": Fact({"host": "10.0.0.8"}, "what was found, in numbers and short texts"),
        "url": Fact(
            "https://models.example/speech.onnx", "the address, without a name and password"
        ),
    }
    pointed = [FieldError("/files/0/url", code, "10.0.0.8 is no public address.")]


@dataclass(frozen=True, slots=True)
class Remote:
    """One file of a model on the web; `sha256` (hex) is empty where the caller does not know it."""

    url: str
    name: str
    sha256: str = ""


def reach() -> Reach:
    """How far out a fetch may go, as the operator has set it."""
    schemes = {80} if settings.FETCH_HTTP else set()
    return Reach(
        allows_http=settings.FETCH_HTTP,
        networks=tuple(settings.FETCH_NETWORKS),
        ports=frozenset({443, 8443, *schemes, *settings.FETCH_PORTS}),
    )


def request_fetch(
    asked: Asked,
    remotes: Sequence[Remote],
    *,
    organisation: Organisation,
    livemode: bool,
    tier: TierVersion,
    key_id: str,
    now: datetime,
) -> Job:
    """Measure the files where they lie, and enqueue their download.

    Raises NotFetched, ModelCapExceeded where the model may run nowhere, and as `translated` says;
    what only the whole files show ends the job.
    """
    measured = _measured(remotes, is_adapter=asked.base is not None, tier=tier)
    size = sum(identity.size for identity in measured)
    payload = {
        "name": asked.name,
        "version": asked.version,
        "base": asked.base.pk if asked.base else None,
        "licence": asked.licence,
        "contract": asked.contract,
        "declaration": asked.declaration,
        "key": key_id,
        "files": [
            asdict(remote) | {"identity": list(identity)}
            for remote, identity in zip(remotes, measured, strict=True)
        ],
    }
    return enqueue(
        organisation=organisation,
        livemode=livemode,
        kind=FETCH,
        payload=payload,
        accelerator=Job.Accelerator.CPU,
        expected_seconds=1.0 + size / BYTES_PER_SECOND,
        key_id=key_id,
        family=family("models:write"),
        now=now,
    )


def fetched(
    row: dict[str, Any], number: int, *, organisation_id: str, left_bytes: int, now: datetime
) -> Given:
    """Download one file of a job's payload and store it; raises NotFetched and TooLarge.

    `number` is its place among the files, from 0.
    It ends once its job must be over, unless a model takes it over.
    """
    with tempfile.TemporaryFile(prefix="model.") as spool:
        with _told(number, row["url"]):
            download(
                row["url"],
                spool,
                most_bytes=left_bytes,
                reach=reach(),
                expected=Identity(*row["identity"]),
                sha256=row["sha256"],
            )
        spool.seek(0)
        with pointed_at(_url(number)):
            stored = files.store(
                organisation_id=organisation_id,
                name=row["name"],
                content_type="application/octet-stream",
                chunks=_pieces(spool),
                now=now,
                max_bytes=left_bytes,
                expires_at=now + FETCHED_LIFETIME,
            )
        return Given(stored, _url(number))


def asked_of(payload: dict[str, Any], base: Model | None) -> Asked:
    """What was said of the model when its fetch was asked for."""
    return Asked(
        name=payload["name"],
        version=payload["version"],
        base=base,
        licence=payload["licence"],
        contract=payload["contract"],
        declaration=payload["declaration"],
    )


class _Hurried:
    """A source that is given up at a moment: somebody waits for the answer.

    Raises NotFetched, which names the one file of several that cannot be read.
    """

    def __init__(self, source: HttpRangeSource, until: float, number: int, url: str) -> None:
        self._source, self._until = source, until
        self._number, self._url = number, url

    @property
    def size(self) -> int:
        return self._source.size

    def read(self, offset: int, length: int) -> bytes:
        with _told(self._number, self._url):
            if time.monotonic() > self._until:
                raise RemoteRefused(Code.TIMEOUT, seconds=int(WITHIN_S))
            return self._source.read(offset, length)


def _measured(remotes: Sequence[Remote], *, is_adapter: bool, tier: TierVersion) -> list[Identity]:
    """Which files they are; refused by their headers as far as those tell without their base."""
    until = time.monotonic() + WITHIN_S
    quick = replace(reach(), connect_within_s=3.0, silent_for_s=5.0, answer_within_s=5.0)
    with ExitStack() as opened:
        sources: dict[str, _Hurried] = {}
        identities = []
        for number, remote in enumerate(remotes):
            with _told(number, remote.url):
                source = opened.enter_context(HttpRangeSource(remote.url, quick))
            identities.append(source.identity)
            sources[remote.name] = _Hurried(source, until, number, remote.url)
        places = {each.name: _url(number) for number, each in enumerate(remotes)}
        urls = [(source, places[name]) for name, source in sources.items()]
        with translated("/files", urls):
            report = _report(sources, places)
    if report is not None and not is_adapter:
        with pointed_at("/files"):
            check_caps(report, tier)
    return identities


def _report(
    sources: Mapping[str, _Hurried], places: Mapping[str, str]
) -> modelfiles.ModelReport | None:
    """None where an index says which files belong together: the job reads it whole."""
    if any(name.endswith(INDEX) for name in sources):
        return None
    graphs = [name for name in sources if name.endswith(ONNX)]
    if len(graphs) != 1:
        return modelfiles.inspect_set(list(sources.values()))
    given = {name: (source.size, places[name]) for name, source in sources.items()}
    return graph_report(graphs[0], sources[graphs[0]], given)


@contextmanager
def _told(number: int, url: str) -> Iterator[None]:
    """What is refused of the file of that number, from 0, as NotFetched."""
    try:
        yield
    except RemoteRefused as refused:
        said = f"{refused.said} {refused.advice}"
        raise NotFetched(
            said,
            errors=[FieldError(_url(number), NotFetched.code, said)],
            reason=refused.code.value,
            found=refused.facts,
            url=without_userinfo(url),
        ) from refused


def _url(number: int) -> str:
    """The pointer at the address of that file, from 0."""
    return f"/files/{number}/url"


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    while piece := spool.read(_PIECE):
        yield piece
