"""Models registered from an address: measured while the caller waits, fetched by a job."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.model_registry import tasks  # noqa: F401  (registers the handler)
from apps.model_registry.models import Model
from apps.model_registry.services import fetching
from foundation.clock import now
from foundation.files import delete_expired
from foundation.models import StoredFile
from gateway.callers.credentials import credentials
from jobs.models import Job
from tenants.models import TierVersion
from tests.conftest import Api, Tenant
from tests.jobs.work import execute
from tests.model_registry.making import data, declaration, outside, product
from tests.modelhub.remote.servers import Asked, Server, honest, part, serving

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
BODY = data(product())


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    """An honest one, that the operator lets be reached."""
    with serving(honest(BODY)) as found:
        reachable(settings, found)
        yield found


def reachable(settings: Any, server: Server) -> None:
    settings.FETCH_HTTP = True
    settings.FETCH_NETWORKS = ["127.0.0.0/8"]
    settings.FETCH_PORTS = [server.port]


def at(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/models/loud.onnx"


def ask(owner: Api, url: str, **more: Any) -> Any:
    file = {"url": url} | {key: more.pop(key) for key in ("sha256",) if key in more}
    serving_a_task = {"contract": "audio_tagger", "declaration": declaration("audio_tagger")}
    named = {"name": "loud", "version": "1", "files": [file]}
    return owner.post("/v1/models/fetch", named | serving_a_task | more)


def ended(answer: Any) -> Job:
    assert answer.status_code == 202, answer.content
    execute(answer.json()["job"])
    return Job.objects.get(pk=answer.json()["job"])


def test_a_model_is_fetched_and_registered(owner: Api, server: Server) -> None:
    digest = hashlib.sha256(BODY).hexdigest()
    job = ended(ask(owner, at(server), sha256=digest, licence="ours"))
    assert job.result is not None, job.error
    found = owner.get(f"/v1/models/{job.result['model']}").json()
    assert (found["sha256"], found["contract"], found["licence"]) == (
        digest,
        "audio_tagger",
        "ours",
    )
    assert found["files"][0]["name"] == "loud.onnx"
    assert found["created_by"].startswith("key_")
    again = ended(ask(owner, at(server), sha256=digest))
    assert again.result == {"model": found["id"], "is_new": False}


def test_a_file_outlives_the_job_that_fetches_the_others(
    owner: Api, server: Server, tenant: Tenant
) -> None:
    job = Job.objects.get(pk=ask(owner, at(server)).json()["job"])
    whose, began = tenant.organisation.pk, now()
    row = job.payload["files"][0]
    fetching.fetched(row, 0, organisation_id=whose, left_bytes=len(BODY), now=began)
    delete_expired(now=began + fetching.FETCH_TIME_LIMIT)
    assert StoredFile.objects.count() == 1
    delete_expired(now=began + fetching.FETCH_TIME_LIMIT + timedelta(hours=1))
    assert StoredFile.objects.count() == 0


def test_nothing_is_asked_of_what_is_not_public(owner: Api, settings: Any) -> None:
    with serving(honest(BODY)) as server:
        settings.FETCH_HTTP, settings.FETCH_PORTS = True, [server.port]
        refused = ask(owner, at(server))
        assert (refused.status_code, refused.json()["code"]) == (422, "model-not-fetched")
        assert refused.json()["reason"] == "host_not_public"
        assert server.connections == 0
    for url, reason in (
        ("http://models.example/m.onnx", "url_scheme"),
        ("https://169.254.169.254/latest", "host_not_public"),
        ("https://[::1]/m.onnx", "host_not_public"),
        ("https://a:b@models.example/m.onnx", "url_credentials"),
        ("https://models.example:22/m.onnx", "url_port"),
        ("ftp://models.example/m.onnx", "url_scheme"),
    ):
        settings.FETCH_HTTP = False
        assert ask(owner, url).json()["reason"] == reason
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("url", "reason", "shown"),
    [
        ("https://me:hush@m.example/a.onnx", "url_credentials", "https://m.example/a.onnx"),
        ("https://me@m.example/a.onnx", "url_credentials", "https://m.example/a.onnx"),
        ("https://me:hu/sh@m.example/a.onnx", "url_malformed", "https://m.example/a.onnx"),
        ("https://me:1/hush@m.example/a.onnx", "url_port", "https://m.example/a.onnx"),
        ("https:me:hush@m.example/a.onnx", "url_malformed", "m.example/a.onnx"),
        ("me:hush@m.example/a.onnx", "url_scheme", "m.example/a.onnx"),
        ("ftp://me:hush@m.example/a.onnx", "url_scheme", "m.example/a.onnx"),
        ("https://127.0.0.1/@v1/a.onnx", "host_not_public", "https://127.0.0.1/@v1/a.onnx"),
    ],
)
def test_a_name_and_password_in_an_address_are_told_nobody(
    owner: Api, caplog: pytest.LogCaptureFixture, url: str, reason: str, shown: str
) -> None:
    refused = ask(owner, url)
    assert (refused.status_code, refused.json()["reason"]) == (422, reason)
    assert refused.json()["url"] == shown
    for told in (refused.content.decode(), caplog.text):
        assert not any(word in told for word in ("hush", "hu/sh", "me:", "me@", '"me"'))


def test_the_file_that_cannot_be_had_is_pointed_at_in_a_sentence(
    owner: Api, server: Server
) -> None:
    other = {"url": "https://127.0.0.1:22/b.onnx"}
    refused = ask(owner, at(server), files=[{"url": at(server)}, other]).json()
    assert (refused["reason"], refused["url"]) == ("url_port", other["url"])
    (told,) = refused["errors"]
    assert (told["pointer"], told["code"]) == ("/files/1/url", "model-not-fetched")
    assert told["detail"] == refused["detail"]
    assert refused["detail"].startswith(
        "The address names a port that may not be asked for. Name one on port 443 or 8443"
    )


def test_the_file_that_takes_too_long_to_measure_is_pointed_at(
    owner: Api, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "WITHIN_S", -1.0)
    files = [{"url": at(server), "name": "a.txt"}, {"url": at(server), "name": "b.onnx"}]
    refused = ask(owner, at(server), files=files).json()
    assert refused["reason"] == "host_timeout"
    assert [each["pointer"] for each in refused["errors"]] == ["/files/1/url"]


def test_what_the_tier_refuses_is_never_fetched(owner: Api, server: Server, tenant: Tenant) -> None:
    TierVersion.objects.filter(tier_id=tenant.organisation.tier_id).update(
        transformer_parameters_below=1, device_parameters_below=1, edge_parameters_max=1
    )
    credentials().clear()
    refused = ask(owner, at(server))
    assert (refused.status_code, refused.json()["code"]) == (422, "model-cap-exceeded")
    assert not Job.objects.exists()


def test_a_file_of_no_known_format_is_told_at_once(owner: Api, settings: Any) -> None:
    with serving(honest(b"PK\3\4" + bytes(1000))) as server:
        reachable(settings, server)
        refused = ask(owner, at(server))
    assert (refused.status_code, refused.json()["reason"]) == (422, "format_zip")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/files/0/url"]


def test_external_data_that_do_not_fit_are_told_at_once(owner: Api, settings: Any) -> None:
    graph, body = outside()
    bodies = {"/m.onnx": graph, "/w.bin": body[1:]}

    def answering(asked: Asked) -> list[bytes]:
        return [*honest(bodies[asked.path])(asked)]

    with serving(answering) as server:
        reachable(settings, server)
        first, second = ({"url": f"http://127.0.0.1:{server.port}{path}"} for path in bodies)
        for files, pointer in (([first], "/files"), ([first, second], "/files/1/url")):
            refused = ask(owner, "", files=files).json()
            assert [each["pointer"] for each in refused["errors"]] == [pointer], refused
    assert not Job.objects.exists()


def test_a_job_ends_where_the_file_is_another_by_then(owner: Api, settings: Any) -> None:
    tags = iter(['"one"', '"one"', '"two"'])

    def changing(asked: Asked) -> list[bytes]:
        return [part(BODY, asked, ETag=next(tags) if asked.range else '"two"')]

    with serving(changing) as server:
        reachable(settings, server)
        job = ended(ask(owner, at(server)))
    assert job.error is not None
    assert (job.error["code"], job.error["reason"]) == ("model-not-fetched", "file_changed")
    assert [each["pointer"] for each in job.error["errors"]] == ["/files/0/url"]
    assert not Model.objects.exists()


def test_a_job_ends_by_another_digest_and_by_a_contract_that_is_not_met(
    owner: Api, server: Server
) -> None:
    job = ended(ask(owner, at(server), sha256="0" * 64))
    assert job.error is not None
    assert job.error["reason"] == "digest_mismatch"
    job = ended(ask(owner, at(server), contract="pitch", declaration=declaration("pitch")))
    assert job.error is not None
    assert job.error["code"] == "contract-unmet"
    assert not Model.objects.exists()


def test_a_job_takes_no_more_than_the_operator_allows(
    owner: Api, server: Server, settings: Any
) -> None:
    settings.MODEL_MAX_BYTES = len(BODY) - 1
    job = ended(ask(owner, at(server)))
    assert job.error is not None
    assert job.error["reason"] == "file_too_large"
    assert not StoredFile.objects.exists()


def test_a_job_points_at_the_address_of_a_malformed_file(owner: Api, settings: Any) -> None:
    index = b'{"weight_map": {"one": "a.safetensors"}}'
    bodies = {"/a.safetensors": b"\x80\x04" + bytes(62), "/a.safetensors.index.json": index}

    def answering(asked: Asked) -> list[bytes]:
        return [*honest(bodies[asked.path])(asked)]

    with serving(answering) as server:
        reachable(settings, server)
        files = [{"url": f"http://127.0.0.1:{server.port}{path}"} for path in reversed(bodies)]
        plain = {"name": "own", "version": "1", "files": files}
        job = ended(owner.post("/v1/models/fetch", plain))
    assert job.error is not None
    assert (job.error["code"], job.error["reason"]) == ("unsupported-model", "format_pickle")
    assert [each["pointer"] for each in job.error["errors"]] == ["/files/1/url"]
    assert not StoredFile.objects.exists()


def test_a_base_that_is_not_there_is_pointed_at(owner: Api) -> None:
    refused = ask(owner, "https://models.example/m.onnx", base="mdl_none")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/base"]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"files": []}, "/files"),
        ({"files": [{"url": "https://models.example/"}]}, "/files/0/name"),
        (
            {"files": [{"url": "https://m.example/a"}, {"url": "https://n.example/a"}]},
            "/files/1/name",
        ),
        ({"files": [{"url": "https://models.example/a", "sha256": "X"}]}, "/files/0/sha256"),
        ({"declaration": []}, "/declaration"),
        ({"contract": "tensors"}, "/declaration"),
    ],
)
def test_a_call_that_is_wrong_is_pointed_at(owner: Api, more: Any, pointer: str) -> None:
    refused = ask(owner, "https://models.example/m.onnx", **more)
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["pointer"] == pointer
