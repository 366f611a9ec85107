"""What the operator sees of uploaded sound, and that it goes whole or not at all."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from foundation.files import open_path
from foundation.models import StoredFile
from jobs.models import Job
from recordings.models import Recording
from tests.conftest import Api, Tenant
from tests.recordings.test_uploads import sound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.mark.parametrize(
    ("path", "page"),
    [("/v1/tracks", "/admin/avsync/track/"), ("/v1/clips", "/admin/live_room/clip/")],
)
class TestTheOperator:
    def upload(self, api: Api, path: str) -> str:
        file: SimpleUploadedFile = sound(0.1)
        made: str = api.upload(path, {"file": file, "name": "Derby"}).json()["id"]
        return made

    def test_sees_a_recording_under_its_name_and_its_owners(
        self, api: Callable[[str | None], Api], tenant: Tenant, operator: Client,
        path: str, page: str,
    ) -> None:  # fmt: skip
        made = self.upload(api(tenant.live_key), path)
        for asked in ("Derby", "Terrace", made):
            listed = operator.get(page, {"q": asked}).content.decode()
            assert made in listed, asked
            assert "Terrace Labs" in listed
        assert made not in operator.get(page, {"q": "Away"}).content.decode()

    @pytest.mark.parametrize("at_once", [True, False], ids=["many", "one"])
    def test_deletes_it_with_its_sound(
        self, api: Callable[[str | None], Api], tenant: Tenant, operator: Client,
        path: str, page: str, at_once: bool,
    ) -> None:  # fmt: skip
        made = self.upload(api(tenant.live_key), path)
        stored = open_path(StoredFile.objects.get())
        if at_once:
            asked = {"action": "delete_selected", "_selected_action": [made], "post": "yes"}
            operator.post(page, asked)
        else:
            operator.post(f"{page}{made}/delete/", {"post": "yes"})
        assert not Recording.objects.exists()
        assert not StoredFile.objects.exists()
        assert not stored.exists()
        assert set(Job.objects.values_list("state", flat=True)) <= {"aborted"}

    def test_deletes_no_recording_from_under_it(
        self, api: Callable[[str | None], Api], tenant: Tenant, operator: Client,
        path: str, page: str,
    ) -> None:  # fmt: skip
        self.upload(api(tenant.live_key), path)
        recording = Recording.objects.get()
        refused = operator.post(f"/admin/recordings/recording/{recording.pk}/delete/")
        assert refused.status_code == 403
        assert operator.get("/admin/recordings/recording/add/").status_code == 403
