"""The platform trap, and what import-linter cannot see: names in strings."""

import importlib.metadata
import platform
import re
import sys
from pathlib import Path

import pytest
import yaml
from celery import current_app
from django.apps import apps as registry
from django.conf import settings

from jobs.registry import kinds
from tests.architecture.floors import HEIGHTS, OURS, PROJECT, SHIPPED
from tests.checkout import ROOT


class TestThePlatformFolder:
    def test_leaves_the_standard_library_its_module(self) -> None:
        assert Path(platform.__file__).is_relative_to(Path(sys.base_prefix))
        assert platform.python_implementation()

    def test_is_never_a_package(self) -> None:
        assert not (ROOT / "platform" / "__init__.py").exists()
        assert not (ROOT / "platform" / "conftest.py").exists()

    @pytest.mark.parametrize("name", ["__init__.py", "conftest.py"])
    def test_is_guarded_before_each_commit(self, name: str) -> None:
        [local] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
        assert local["repo"] == "local"  # so that nothing is downloaded
        [guard] = [hook for hook in local["hooks"] if hook["language"] == "fail"]
        assert re.search(guard["files"], f"platform/{name}")
        assert not re.search(guard["files"], f"platform/tifo/{name}")

    def test_names_no_test_folder(self) -> None:
        assert not (ROOT / "tests" / "platform").exists()


class TestTheFloors:
    def test_hold_every_package_that_the_wheel_ships(self) -> None:
        assert SHIPPED == OURS == set(PROJECT["importlinter"]["root_packages"])

    def test_hold_every_application_of_ours(self) -> None:
        ours = {each.name for each in registry.get_app_configs() if each.name.split(".")[0] in OURS}
        assert ours <= HEIGHTS.keys()


class TestOurPackages:
    def test_come_from_this_repository(self) -> None:
        for name in OURS:
            found = __import__(name).__file__
            assert found is not None
            assert Path(found).is_relative_to(ROOT), name

    def test_share_no_name_with_an_installed_distribution(self) -> None:
        owners = importlib.metadata.packages_distributions()
        for name in OURS:
            assert set(owners.get(name, ["tifo"])) == {"tifo"}, name


class TestForeignKeys:
    def test_point_downwards_and_never_to_a_neighbour(self) -> None:
        for model in registry.get_models():
            own = model._meta.app_config.name
            if own not in HEIGHTS:
                continue  # Django's own, and other people's
            for field in model._meta.get_fields():
                target = field.related_model if field.concrete else None
                if target is None or isinstance(target, str):
                    continue
                other = target._meta.app_config.name
                allowed = other == own or HEIGHTS[other] < HEIGHTS[own]
                assert allowed, f"{model.__name__}.{field.name} points at {other}"


class TestTaskNames:
    def test_that_beat_asks_for_are_those_of_tasks(self) -> None:
        asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        current_app.loader.import_default_modules()
        assert asked <= set(current_app.tasks)

    def test_that_jobs_are_of_have_a_handler(self) -> None:
        current_app.loader.import_default_modules()
        assert {"avsync.analyse", "live_room.render"} <= kinds()
