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
from tenants.services.organisations import create_organisation
from tests.migrated import on_a_copy

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


def migrate(targets: list[tuple[str, str]]) -> None:
    MigrationExecutor(connection).migrate(targets)


def models_of(targets: list[tuple[str, str]]) -> Any:
    """The registry of models as it is after these migrations."""
    loader, moved = MigrationExecutor(connection).loader, {label for label, _ in targets}
    others = [leaf for leaf in loader.graph.leaf_nodes() if leaf[0] not in moved]
    return loader.project_state([*targets, *others]).apps


@pytest.fixture
def earlier(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """A database as the release before left it, and its models."""
    with django_db_blocker.unblock(), on_a_copy():
        migrate(BEFORE)
        yield models_of(BEFORE)


def file_of(models: Any, owner: Any, name: str) -> Any:
    return models.get_model("foundation", "StoredFile").objects.create(
        id=f"file_{name}", organisation_id=owner.pk, name=f"{name}.wav",
        content_type="audio/wav", size_bytes=1, sha256="0" * 64, path=name, created_at=MOMENT,
    )  # fmt: skip


def fill(models: Any, owner_id: str, turn: str) -> None:
    """A track and two clips, one of which an effect was made of."""
    owner = models.get_model("tenants", "Organisation").objects.get(pk=owner_id)
    jobs = [
        models.get_model("jobs", "Job").objects.create(
            id=f"job_{name}_{turn}", organisation=owner, livemode=False, kind="avsync.analyse",
            accelerator="cpu", payload={"file": f"file_Song_{turn}"}, created_at=MOMENT,
        )
        for name in ("analysis", "effect")
    ]  # fmt: skip
    track, clip = models.get_model("avsync", "Track"), models.get_model("live_room", "Clip")
    track.objects.create(
        id=f"trk_{turn}", organisation=owner, name="Song",
        file=file_of(models, owner, f"Song_{turn}"), analysis=jobs[0], **FACTS,
    )  # fmt: skip
    clips = [
        clip.objects.create(
            id=f"clp_{name}{turn}", organisation=owner, name=name,
            file=file_of(models, owner, f"{name}_{turn}"), **FACTS,
        )
        for name in ("Cheer", "Drum")
    ]  # fmt: skip
    models.get_model("live_room", "Effect").objects.create(
        id=f"fx_{turn}", organisation=owner, livemode=False, clip=clips[0], kind="stem",
        name="bass", parameters={}, job=jobs[1], created_at=MOMENT,
    )  # fmt: skip


def told(recording: Recording) -> dict[str, Any]:
    return {fact: getattr(recording, fact) for fact in FACTS}


def assert_is_all_there(owner_id: str, turn: str) -> None:
    track = Track.objects.select_related("recording__file").get(pk=f"trk_{turn}")
    recording = track.recording
    assert track.analysis_id == f"job_analysis_{turn}"
    assert (recording.name, recording.file_id) == ("Song", f"file_Song_{turn}")
    assert (recording.pk, recording.organisation_id) == (f"rec_{turn}", owner_id)
    assert recording.seconds_max == 1_800
    clips = list(Clip.objects.select_related("recording").filter(pk__endswith=turn).order_by("pk"))
    assert [(clip.pk, clip.recording.name) for clip in clips] == [
        (f"clp_Cheer{turn}", "Cheer"),
        (f"clp_Drum{turn}", "Drum"),
    ]
    assert list(clips[0].effects.values_list("pk", flat=True)) == [f"fx_{turn}"]
    assert all(told(each.recording) == FACTS for each in (track, *clips))


def test_what_an_earlier_release_stored_is_all_there_and_again_on_the_way_back(
    earlier: Any,
) -> None:
    """Before the backfill, and after it, by a process of that release."""
    owner, *_ = create_organisation(name="Terrace Labs", email="dev@terrace.example", now=MOMENT)
    fill(earlier, owner.pk, "0001")
    before = rows()
    migrate(FILLED)
    fill(models_of(FILLED), owner.pk, "0002")
    assert Recording.objects.count() == 3
    filled = rows()
    migrate(AFTER)
    assert Recording.objects.count() == 6
    for turn in ("0001", "0002"):
        assert_is_all_there(owner.pk, turn)
    migrate(BEFORE)
    back = rows()
    assert [row for row in back if row["id"].endswith("0001")] == before
    assert [
        {name: was[name] for name in row} for row, was in zip(back, filled, strict=True)
    ] == back
    assert not Recording.objects.exists()


def rows() -> list[dict[str, Any]]:
    """What the tables hold, whatever order their columns have."""
    found = []
    with connection.cursor() as cursor:
        for table in ("avsync_track", "live_room_clip", "live_room_effect"):
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [column.name for column in cursor.description or ()]
            found += [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found
