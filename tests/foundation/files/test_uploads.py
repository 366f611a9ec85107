"""Uploads under several senders at once, and after a process was killed between two steps."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation import clock, files
from foundation.errors import Conflict, NotFound
from foundation.files import services, uploads
from foundation.files.refusals import WrongPurpose
from foundation.files.uploads import Allowed, Asked
from foundation.models import EndedBytes, StoredFile, Upload, UploadPart
from tests.foundation.files.test_sharing import folder as folder
from tests.foundation.files.test_sharing import grown_old, lying
from tests.foundation.files.test_sharing import threads as threads

ANY = Allowed(100, ())


def begun(now: datetime, size: int = 6) -> Upload:
    return uploads.begin(
        Asked("song", "audio/wav", "input", size),
        organisation_id="org_a",
        livemode=True,
        allowed=ANY,
        now=now,
    )


def sent(upload: Upload, now: datetime, content: bytes = b"abcdef") -> Upload:
    uploads.append(upload, offset=0, chunks=[content], now=now)
    uploads.finish(upload, allowed=ANY, now=now)
    return upload


@pytest.mark.django_db(transaction=True)
class TestSendersAtOnce:
    def test_of_one_part_are_taken_once(
        self, moment: datetime, threads: ThreadPoolExecutor, folder: Path
    ) -> None:
        upload = begun(moment)

        def send(number: int) -> bool:
            mine = Upload.objects.get(pk=upload.pk)
            try:
                uploads.append(mine, offset=0, chunks=[b"%d" % number * 3], now=moment)
            except Conflict:
                return False
            return True

        assert sum(threads.map(send, range(8))) == 1
        upload.refresh_from_db()
        assert upload.offset_bytes == 3
        assert lying(folder) == [upload.parts.get().path]

    def test_of_the_last_part_make_one_file(
        self, moment: datetime, threads: ThreadPoolExecutor, folder: Path
    ) -> None:
        upload = begun(moment)
        uploads.append(upload, offset=0, chunks=[b"abcdef"], now=moment)

        def finish(_: int) -> str:
            mine = Upload.objects.select_related("file").get(pk=upload.pk)
            uploads.finish(mine, allowed=ANY, now=moment)
            assert mine.file is not None
            return mine.file.pk

        assert len(set(threads.map(finish, range(8)))) == 1
        assert lying(folder) == [StoredFile.objects.get().path]
        assert not EndedBytes.objects.exists()

    def test_of_the_last_part_put_it_together_once(
        self, moment: datetime, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = begun(moment)
        uploads.append(upload, offset=0, chunks=[b"abcdef"], now=moment)
        both = [Upload.objects.select_related("file").get(pk=upload.pk) for _ in range(2)]
        store, made = services.store, []

        def slowly(**told: Any) -> StoredFile:
            made.append(told["name"])
            time.sleep(0.3)  # in which the other one asks
            return store(**told)

        monkeypatch.setattr(services, "store", slowly)
        list(threads.map(lambda each: uploads.finish(each, allowed=ANY, now=moment), both))
        assert len(made) == 1
        assert {each.file_id for each in both} == {StoredFile.objects.get().pk}

    def test_and_one_who_ends_it_leave_nothing(self, moment: datetime, folder: Path) -> None:
        upload = begun(moment)
        other = Upload.objects.get()
        uploads.terminate(other, now=moment)
        with pytest.raises(NotFound):
            uploads.append(upload, offset=0, chunks=[b"abc"], now=moment)
        assert lying(folder) == []


@pytest.mark.django_db
class TestAKilledProcess:
    def test_between_part_and_row_leaves_the_offset_and_the_sweep_takes_the_part(
        self, moment: datetime, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upload = begun(moment)
        stray = folder / "uploads" / upload.pk / "0-killed"
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"abc")
        grown_old(stray, moment)
        sent(upload, moment)
        for minute in range(len(files.SHELVES)):
            files.sweep(now=moment + timedelta(minutes=minute))
        assert not stray.exists()
        assert upload.file is not None
        assert files.read_all(upload.file) == b"abcdef"

    def test_after_the_last_part_leaves_the_file_to_who_asks_next(self, moment: datetime) -> None:
        upload = begun(moment)
        uploads.append(upload, offset=0, chunks=[b"abcdef"], now=moment)
        again = uploads.found(upload.pk, organisation_id="org_a", livemode=True, now=moment)
        uploads.finish(again, allowed=ANY, now=moment)
        assert again.file is not None
        assert files.read_all(again.file) == b"abcdef"

    def test_between_file_and_upload_leaves_a_file_that_ends(self, moment: datetime) -> None:
        upload = sent(begun(moment), moment)
        first = upload.file
        Upload.objects.update(file=None)
        UploadPart.objects.create(upload=upload, start=0, path="uploads/x/again")
        files.storage().put(files.open_path(StoredFile.objects.get()), "uploads/x/again")
        again = Upload.objects.get()
        uploads.finish(again, allowed=ANY, now=moment)
        assert again.file != first
        assert files.delete_expired(now=moment + uploads.LIFETIME) == 2


@pytest.mark.django_db
class TestAFinishedFile:
    def found(self, file_id: str, moment: datetime, **other: Any) -> StoredFile:
        whose: dict[str, Any] = {
            "organisation_id": "org_a",
            "livemode": True,
            "purpose": "input",
        } | other
        return uploads.finished_file(file_id, now=moment, **whose)

    def test_is_what_an_operation_takes(self, moment: datetime) -> None:
        file = sent(begun(moment), moment).file
        assert file is not None
        assert self.found(file.pk, moment) == file

    @pytest.mark.parametrize("other", [{"organisation_id": "org_b"}, {"livemode": False}])
    @pytest.mark.parametrize("purpose", ["input", "model"])
    def test_of_somebody_else_is_none(
        self, moment: datetime, other: dict[str, Any], purpose: str
    ) -> None:
        file = sent(begun(moment), moment).file
        assert file is not None
        with pytest.raises(NotFound):
            self.found(file.pk, moment, purpose=purpose, **other)

    @pytest.mark.parametrize("bytes_here", [b"abc", b"abcdef"], ids=["unfinished", "whole"])
    def test_of_another_purpose_says_so(self, moment: datetime, bytes_here: bytes) -> None:
        upload = begun(moment)
        uploads.append(upload, offset=0, chunks=[bytes_here], now=moment)
        with pytest.raises(WrongPurpose) as refused:
            self.found(upload.pk, moment, purpose="model")
        assert refused.value.facts == {"purpose": "input", "wanted": "model"}

    def test_goes_by_the_uploads_id_too(self, moment: datetime) -> None:
        upload = sent(begun(moment), moment)
        assert self.found(upload.pk, moment) == upload.file

    def test_of_an_unfinished_upload_is_none_yet(self, moment: datetime) -> None:
        upload = begun(moment)
        uploads.append(upload, offset=0, chunks=[b"abc"], now=moment)
        with pytest.raises(NotFound, match="3 of 6 bytes are here"):
            self.found(upload.pk, moment)

    def test_ends_a_day_later(self, moment: datetime) -> None:
        file = sent(begun(moment), moment).file
        assert file is not None
        with pytest.raises(NotFound):
            self.found(file.pk, moment + uploads.LIFETIME)

    def test_of_no_upload_is_none(self, moment: datetime) -> None:
        file = files.store(
            organisation_id="org_a", name="result", content_type="audio/wav", chunks=[b"x"],
            now=clock.now(),
        )  # fmt: skip
        with pytest.raises(NotFound):
            self.found(file.pk, moment)
