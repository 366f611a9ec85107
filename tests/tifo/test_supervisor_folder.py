"""The data folder, the sockets below it and the public port."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.system.running import clean_environment
from tifo.supervisor.attach import attach
from tifo.supervisor.faces import Face
from tifo.supervisor.folder import DataFolder
from tifo.supervisor.refusals import FolderTaken, FolderUnusable, NothingRuns, PortTaken
from tifo.supervisor.services.sockets import LONGEST_PATH_BYTES, short_way


class TestDataFolder:
    def test_belongs_to_one_supervisor_at_a_time(self, tmp_path: Path) -> None:
        first, second = DataFolder(tmp_path), DataFolder(tmp_path)
        first.open()
        first.write_note({"pid": 4711})
        assert second.in_use()
        with pytest.raises(FolderTaken, match="process 4711"):
            second.open()
        first.close()
        assert not second.in_use()
        second.open()
        second.close()

    def test_leaves_the_mode_of_a_folder_that_it_did_not_make(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        folder = DataFolder(tmp_path)
        folder.open()
        folder.close()
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755

    def test_is_private(self, tmp_path: Path) -> None:
        folder = DataFolder(tmp_path / "new")
        folder.open()
        folder.secrets()
        folder.close()
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600

    def test_keeps_its_secrets_and_shares_them_with_no_other(self, tmp_path: Path) -> None:
        one, other = DataFolder(tmp_path / "one"), DataFolder(tmp_path / "other")
        for folder in (one, other):
            folder.path.mkdir()
        assert one.secrets() == DataFolder(one.path).secrets()
        assert not set(one.secrets().values()) & set(other.secrets().values())
        assert min(len(value) for value in one.secrets().values()) >= 50

    def test_says_why_it_cannot_be_used(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(FolderUnusable, match="data folder"):
            DataFolder(tmp_path / "file").open()

    def test_forgets_the_note_when_it_closes(self, tmp_path: Path) -> None:
        folder = DataFolder(tmp_path)
        folder.open()
        folder.write_note({"address": "http://127.0.0.1:1"})
        assert folder.note() == {"address": "http://127.0.0.1:1"}
        folder.close()
        assert folder.note() == {}


class TestAttach:
    def test_gives_a_command_the_running_platform(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIFO_DATA", str(tmp_path))
        folder = DataFolder(tmp_path)
        folder.open()
        folder.write_note({"urls": {"DATABASE_URL": "postgresql:///a", "REDIS_URL": "unix:///b"}})
        told = {"REDIS_URL": "redis://given"}
        attach("migrate", told)
        folder.close()
        assert told["DATABASE_URL"] == "postgresql:///a"
        assert told["REDIS_URL"] == "redis://given"
        assert told["TIFO_SECRET_KEY"] == folder.secrets()["secret_key"]

    def test_refuses_what_needs_a_database_when_nothing_runs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIFO_DATA", str(tmp_path))
        monkeypatch.delenv("DATABASE_URL")
        with pytest.raises(NothingRuns, match="start `tifo up`"):
            attach("migrate", {})
        attach("check", told := dict[str, str]())
        assert told["TIFO_SECRET_KEY"]

    def test_refuses_what_needs_one_as_it_goes(self, tmp_path: Path) -> None:
        told = subprocess.run(
            [sys.executable, "-m", "tifo", "jobs", "requeue", "job_x"],
            env=clean_environment(TIFO_DATA=str(tmp_path)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 8
        assert told.stderr.startswith("tifo: `tifo jobs` needs the database")

    def test_invents_no_secret_in_production(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIFO_DATA", str(tmp_path))
        monkeypatch.setenv("TIFO_PROFILE", "production")
        attach("check", told := dict[str, str]())
        assert told == {}


class TestShortWay:
    def test_keeps_a_path_that_fits(self) -> None:
        assert short_way(Path("/var/lib/tifo"), "s") == Path("/var/lib/tifo")

    def test_links_to_a_path_that_is_too_long(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deep = tmp_path / ("d" * 100) / "postgres"
        deep.mkdir(parents=True)
        way = short_way(deep, "socket")
        try:
            assert len(os.fsencode(way / "socket")) <= LONGEST_PATH_BYTES
            assert way.resolve() == deep.resolve()
            assert way.parent.stat().st_mode & 0o077 == 0
            assert short_way(deep, "socket") == way
        finally:
            way.unlink()


class TestFace:
    def test_refuses_a_busy_port_in_a_sentence(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(PortTaken, match=f"port {port}: Address already in use"):
                Face("127.0.0.1", port)

    def test_takes_any_free_port_for_zero(self) -> None:
        face = Face("127.0.0.1", 0)
        assert face.address == f"127.0.0.1:{face.port}"
        assert face.port > 0
        face.close()

    def test_is_silent_until_somebody_listens(self) -> None:
        face = Face("127.0.0.1", 0)
        assert not face.answers("/readyz", "localhost")
        face.close()
