"""Models registered from finished uploads: over real HTTP, and what becomes of the uploads."""

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import soundfile

from apps.model_registry import tasks  # noqa: F401  (registers the handlers)
from foundation.clock import now
from foundation.files import StoreAway, delete_expired, read_all, uploads
from foundation.models import StoredFile, Upload
from tests.conftest import Api, Tenant, slow_rate
from tests.jobs.work import execute
from tests.model_registry.making import data, declaration, outside, product, sent
from tests.modelhub import real
from tests.wire import serving
from tifo_client import Tifo
from tifo_client.resources import model_files

Client = Callable[[str | None], Api]


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def register(owner: Api, *files: Any, **more: Any) -> Any:
    """`files` are ids of uploads, or rows."""
    rows = [each if isinstance(each, dict) else {"file": each} for each in files]
    return owner.post("/v1/models", {"name": "own", "version": "1", "files": rows} | more)


def pointers(answer: Any) -> list[str]:
    return [each["pointer"] for each in answer.json().get("errors", [])]


def lying(folder: Path) -> list[str]:
    return [str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()]


PICKLE = b"\x80\x04" + bytes(62)


@pytest.mark.django_db(transaction=True)
class TestOverHttp:
    """A real server in a process of its own, and the client as its users have it."""

    @pytest.fixture
    def server(self, transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[str]:
        settings.MEDIA_ROOT = tmp_path / "files"
        with serving("embedded", tmp_path) as port:
            yield f"http://127.0.0.1:{port}"

    def test_a_real_model_is_sent_in_parts_registered_and_run(
        self,
        server: str,
        tenant: Tenant,
        monkeypatch: pytest.MonkeyPatch,
        recordings: Any,
    ) -> None:
        monkeypatch.setattr(model_files, "LARGE_BYTES", 1_000_000)
        slow_rate(tenant, "requests", burst=1_000)
        speech, notes = real.path(real.SPEECH), real.path(real.NOTES)
        with Tifo(tenant.live_key, server) as tifo:
            heard = tifo.models.register(
                speech,
                "speech",
                "6.2",
                contract="audio_tagger",
                declaration=real.SPEECH_DECLARED,
                licence="MIT",
            )
            file = tifo.uploads.send(notes, purpose="model", part_bytes=100_000)
            noted = tifo.models.register(
                file, "notes", "0.4", contract="pitch", declaration=real.NOTES_DECLARED
            )
            assert (
                tifo.models.register(
                    file, "notes", "0.4", contract="pitch", declaration=real.NOTES_DECLARED
                ).id
                == noted.id
            )
            samples, rate = soundfile.read(recordings / "speech/libri_anders_lankford.ogg")
            sound = io.BytesIO()
            soundfile.write(sound, samples[: 4 * rate], rate, format="WAV")
            sound.seek(0)
            clip = tifo.clips.create(sound)
            job = tifo.jobs.create(heard.id, file=clip.id)
            execute(job.id)
            result = tifo.jobs.get(job.id).result
        assert Upload.objects.filter(purpose="model").count() == 2
        for model, path in ((heard, speech), (noted, notes)):
            assert model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
            assert model.files[0].name == path.name
        assert result is not None
        assert result["summary"]["labels"][0]["mean"] > 0.7


@pytest.mark.django_db
class TestAModel:
    def test_serves_its_contract_under_the_name_that_is_given(
        self, owner: Api, tenant: Tenant
    ) -> None:
        upload = sent(tenant, "a.onnx", data(product()))
        made = {"contract": "audio_tagger", "declaration": declaration("audio_tagger")}
        answer = register(owner, {"file": upload, "name": "loud.onnx"}, **made, licence="ours")
        assert answer.status_code == 201, answer.content
        found = answer.json()
        assert (found["contract"], found["licence"]) == ("audio_tagger", "ours")
        assert [file["name"] for file in found["files"]] == ["loud.onnx"]
        again = register(owner, {"file": upload, "name": "loud.onnx"}, **made)
        assert (again.status_code, again.json()["id"]) == (200, found["id"])

    def test_is_named_by_the_file_as_well(self, owner: Api, tenant: Tenant) -> None:
        upload = Upload.objects.get(pk=sent(tenant, "a.onnx", data(product())))
        assert register(owner, upload.file_id).status_code == 201

    def test_may_have_several(self, owner: Api, tenant: Tenant) -> None:
        graph, body = outside()
        upload, short = sent(tenant, "m.onnx", graph), sent(tenant, "w.bin", body[1:])
        lone = register(owner, upload, contract="tensors").json()
        assert [each["pointer"] for each in lone["errors"]] == ["/files"]
        cut = register(owner, upload, short, contract="tensors").json()
        assert [each["pointer"] for each in cut["errors"]] == ["/files/1/file"]
        other = sent(tenant, "w.bin", body)
        answer = register(owner, upload, other, contract="tensors")
        assert answer.status_code == 201, answer.content
        assert answer.json()["size_bytes"] == len(graph) + len(body)

    def test_of_a_test_key_takes_uploads_of_its_own(
        self, owner: Api, api: Client, tenant: Tenant
    ) -> None:
        upload = sent(tenant, "a.onnx", data(product()), livemode=False)
        assert register(api(tenant.test_key), upload).status_code == 201
        assert register(owner, upload).status_code == 404


@pytest.mark.django_db
class TestItsUpload:
    def test_ends_and_the_model_keeps_its_bytes(
        self, owner: Api, tenant: Tenant, folder: Path
    ) -> None:
        upload = sent(tenant, "a.onnx", data(product()))
        found = register(owner, upload).json()
        assert owner.delete(f"/v1/uploads/{upload}").status_code == 204
        delete_expired(now=now() + timedelta(days=999))
        [file] = StoredFile.objects.all()
        assert read_all(file) == data(product())
        owner.delete(f"/v1/models/{found['id']}")
        delete_expired(now=now() + timedelta(days=999))
        assert lying(folder) == []

    def test_may_be_two_models_of_which_one_ends(self, owner: Api, tenant: Tenant) -> None:
        upload = sent(tenant, "a.onnx", data(product()))
        first = register(owner, upload).json()
        other = register(owner, upload, version="2").json()
        owner.delete(f"/v1/models/{first['id']}")
        uploads.end_expired(now=now() + timedelta(days=2))
        delete_expired(now=now() + timedelta(days=999))
        [file] = StoredFile.objects.all()
        assert read_all(file) == data(product())
        assert owner.get(f"/v1/models/{other['id']}").json()["state"] == "registered"

    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}], ids=["", "once"])
    def test_goes_on_after_a_refusal_until_its_own_end(
        self, owner: Api, tenant: Tenant, headers: dict[str, str], folder: Path
    ) -> None:
        upload = sent(tenant, "a.onnx", data(product()))
        body = {"name": "own", "version": "1", "files": [{"file": upload}], "contract": "tensors"}
        refused = owner.post("/v1/models", body | {"contract": "pitch"}, **headers)
        assert refused.json()["errors"][0]["pointer"] == "/declaration"
        assert StoredFile.objects.get().pk == Upload.objects.get().file_id
        assert len(lying(folder / "content")) == 1
        assert owner.post("/v1/models", body).status_code == 201
        assert uploads.end_expired(now=now() + timedelta(days=2)) == 1

    def test_that_is_registered_again_leaves_no_row(self, owner: Api, tenant: Tenant) -> None:
        upload = sent(tenant, "a.onnx", data(product()))
        register(owner, upload)
        rows = StoredFile.objects.count()
        assert register(owner, upload).status_code == 200
        assert StoredFile.objects.count() == rows == 2


@pytest.mark.django_db
class TestARefusal:
    @pytest.mark.parametrize(
        ("other", "said"),
        [
            ({"livemode": False}, "No file"),
            ({"whole": False}, "bytes are here"),
        ],
    )
    def test_of_what_is_no_upload_for_a_model(
        self, owner: Api, tenant: Tenant, other: dict[str, Any], said: str
    ) -> None:
        good = sent(tenant, "a.onnx", data(product()))
        bad = sent(tenant, "b.onnx", data(product()), **other)
        refused = register(owner, good, bad)
        assert (refused.status_code, pointers(refused)) == (404, ["/files/1/file"])
        assert said in refused.json()["detail"]

    def test_of_an_upload_for_something_else(self, owner: Api, tenant: Tenant) -> None:
        refused = register(owner, sent(tenant, "a.onnx", data(product()), purpose="input"))
        assert (refused.status_code, pointers(refused)) == (422, ["/files/0/file"])
        problem = refused.json()
        assert problem["code"] == "upload-of-another-purpose"
        assert (problem["purpose"], problem["wanted"]) == ("input", "model")

    def test_of_somebody_elses(self, owner: Api, stranger: Tenant) -> None:
        refused = register(owner, sent(stranger, "a.onnx", data(product())))
        assert (refused.status_code, pointers(refused)) == (404, ["/files/0/file"])

    def test_of_a_pickle_says_what_it_is_and_what_to_do(self, owner: Api, tenant: Tenant) -> None:
        sound = np.ones((4, 4), np.float32)
        good = sent(tenant, "a.safetensors", _safetensors(one=sound))
        refused = register(owner, good, sent(tenant, "b.bin", PICKLE))
        assert (refused.status_code, refused.json()["code"]) == (422, "unsupported-model")
        assert pointers(refused) == ["/files/1/file"]
        assert "a Python pickle" in refused.json()["detail"]
        assert "Export the model as ONNX" in refused.json()["detail"]

    def test_of_more_bytes_than_a_model_may_have(
        self, owner: Api, tenant: Tenant, settings: Any
    ) -> None:
        settings.MODEL_MAX_BYTES = len(data(product())) + 10
        files = [sent(tenant, "a.onnx", data(product())), sent(tenant, "w.bin", bytes(11))]
        refused = register(owner, *files)
        assert (refused.status_code, refused.json()["code"]) == (413, "too-large")
        assert pointers(refused) == ["/files/1/file"]

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"files": []}, "/files"),
            ({"files": [{}]}, "/files/0/file"),
            ({"files": [{"file": 7}]}, "/files/0/file"),
            ({"files": [{"file": "upl_x", "name": "../x"}]}, "/files/0/name"),
            ({"files": [{"file": "upl_x", "upload": "y"}]}, "/files/0/upload"),
            ({"declaration": []}, "/declaration"),
            ({"name": 5}, "/name"),
            ({"base": "mdl_none"}, "/base"),
        ],
    )
    def test_of_what_is_wrong_points_at_it(self, owner: Api, more: Any, pointer: str) -> None:
        assert pointers(register(owner, "upl_x", **more)) == [pointer]

    def test_of_two_files_of_one_name(self, owner: Api, tenant: Tenant) -> None:
        upload = sent(tenant, "a.onnx", data(product()))
        assert pointers(register(owner, upload, upload)) == ["/files/1/name"]

    def test_that_is_ours_points_at_nothing(
        self, owner: Api, monkeypatch: pytest.MonkeyPatch, tenant: Tenant
    ) -> None:
        upload = sent(tenant, "a.onnx", data(product()))

        def away(*_: Any, **__: Any) -> None:
            raise StoreAway

        monkeypatch.setattr("apps.model_registry.api.registering.files.share", away)
        refused = register(owner, upload)
        assert (refused.status_code, refused.json()["code"]) == (503, "storage-away")
        assert pointers(refused) == []

    @pytest.mark.parametrize("name", ["..", "a b.onnx", "a.onnx\nb", "x\\..\\y"])
    def test_of_an_upload_whose_own_name_is_none(
        self, owner: Api, tenant: Tenant, name: str
    ) -> None:
        upload = sent(tenant, name, data(product()))
        assert pointers(register(owner, upload)) == ["/files/0/name"]
        assert register(owner, {"file": upload, "name": "a.onnx"}).status_code == 201

    def test_of_another_form(self, owner: Api) -> None:
        assert owner.post_bytes("/v1/models", b"x", "text/plain").status_code == 415


def _safetensors(**arrays: Any) -> bytes:
    return bytes(safetensors.numpy.save(arrays))
