"""Tracks and clips of an earlier release get a recording each, and none of their facts is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from apps.avsync.models import Track
from apps.live_room.models import Clip
from recordings.models import Recording
from tests.conftest import Tenant

MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEFORE = [("avsync", "0001_initial"), ("live_room", "0001_initial")]
FILLED = [("avsync", "0003_fill_recording"), ("live_room", "0003_fill_recording")]
AFTER = [("avsync", "0004_only_recording"), ("live_room", "0004_only_recording")]
FACTS = {
    "livemode": False,
    "duration_s": 1.25,
    "sample_rate": 44_100,
    "channels": 2,
    "created_at": MOMENT,
}
pytestmark = pytest.mark.django_db(transaction=True)


def migrate(targets: list[tuple[str, str]]) -> Any:
    """The registry of models as it is after these migrations, forwards or backwards."""
    MigrationExecutor(connection).migrate(targets)
    loader, moved = MigrationExecutor(connection).loader, {label for label, _ in targets}
    others = [leaf for leaf in loader.graph.leaf_nodes() if leaf[0] not in moved]
    return loader.project_state([*targets, *others]).apps


@pytest.fixture(scope="module")
def earlier(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """The database as the release before left it; as it belongs again afterwards.

    For both tests, of which the first ends where it began: each way takes seconds.
    """
    with django_db_blocker.unblock():
        models = migrate(BEFORE)
    try:
        yield models
    finally:
        with django_db_blocker.unblock():
            migrate(AFTER)


def file_of(models: Any, tenant: Tenant, name: str) -> Any:
    return models.get_model("foundation", "StoredFile").objects.create(
        id=f"file_{name}", organisation_id=tenant.organisation.pk, name=f"{name}.wav",
        content_type="audio/wav", size_bytes=1, sha256="0" * 64, path=name, created_at=MOMENT,
    )  # fmt: skip


def fill(models: Any, tenant: Tenant) -> None:
    """A track and two clips, one of which an effect was made of."""
    owner = models.get_model("tenants", "Organisation").objects.get(pk=tenant.organisation.pk)
    jobs = [
        models.get_model("jobs", "Job").objects.create(
            id=f"job_{name}", organisation=owner, livemode=False, kind="avsync.analyse",
            accelerator="cpu", payload={"file": "file_song"}, created_at=MOMENT,
        )
        for name in ("analysis", "effect")
    ]  # fmt: skip
    track, clip = models.get_model("avsync", "Track"), models.get_model("live_room", "Clip")
    track.objects.create(
        id="trk_0001", organisation=owner, name="Song", file=file_of(models, tenant, "song"),
        analysis=jobs[0], **FACTS,
    )  # fmt: skip
    clips = [
        clip.objects.create(
            id=f"clp_{name}", organisation=owner, name=name, file=file_of(models, tenant, name),
            **FACTS,
        )
        for name in ("Cheer", "Drum")
    ]  # fmt: skip
    models.get_model("live_room", "Effect").objects.create(
        id="fx_0001", organisation=owner, livemode=False, clip=clips[0], kind="stem", name="bass",
        parameters={}, job=jobs[1], created_at=MOMENT,
    )  # fmt: skip


def told(recording: Recording) -> dict[str, Any]:
    return {fact: getattr(recording, fact) for fact in FACTS}


class TestWhatAnEarlierReleaseStored:
    def test_is_all_there_behind_its_recording_and_again_on_the_way_back(
        self, tenant: Tenant, earlier: Any
    ) -> None:
        fill(earlier, tenant)
        before = rows()
        migrate(AFTER)
        track = Track.objects.select_related("recording__file").get()
        assert (track.pk, track.analysis_id) == ("trk_0001", "job_analysis")
        assert (track.recording.name, track.recording.file_id) == ("Song", "file_song")
        assert (track.recording.pk, track.recording.organisation_id) == (
            "rec_0001",
            tenant.organisation.pk,
        )
        assert track.recording.seconds_max == 1_800
        clips = list(Clip.objects.select_related("recording").order_by("pk"))
        assert [(clip.pk, clip.recording.name) for clip in clips] == [
            ("clp_Cheer", "Cheer"),
            ("clp_Drum", "Drum"),
        ]
        assert list(clips[0].effects.values_list("pk", flat=True)) == ["fx_0001"]
        assert all(told(each.recording) == FACTS for each in (track, *clips))
        migrate(BEFORE)
        assert rows() == before
        assert not Recording.objects.exists()

    def test_after_the_backfill_is_there_as_well(self, tenant: Tenant, earlier: Any) -> None:
        fill(migrate(FILLED), tenant)  # by a process of the earlier release
        assert not Recording.objects.exists()
        migrate(AFTER)
        assert Recording.objects.count() == 3
        assert all(told(each) == FACTS for each in Recording.objects.all())


def rows() -> list[dict[str, Any]]:
    """What the tables hold, whatever order their columns have."""
    found = []
    with connection.cursor() as cursor:
        for table in ("avsync_track", "live_room_clip", "live_room_effect"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [column.name for column in cursor.description or ()]
            found += [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found
