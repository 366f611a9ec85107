"""The platform trap, and what import-linter cannot see: names in strings."""

import importlib.metadata
import platform
import sys
import tomllib
from pathlib import Path

from django.apps import apps as registry

ROOT = Path(__file__).parents[2]
OURS = {
    "apps", "audio", "billing", "foundation", "gateway", "jobs", "modelhub", "ratelimit",
    "tenants", "tifo",
}  # fmt: skip
FLOORS = [
    {"foundation"},
    {"tenants"},
    {"billing", "jobs"},
    {"gateway"},
    {"noucamp", "live_audio_feedback", "live_room", "avsync", "portal"},
]


class TestThePlatformFolder:
    def test_leaves_the_standard_library_its_module(self) -> None:
        assert Path(platform.__file__).is_relative_to(Path(sys.base_prefix))
        assert platform.python_implementation()

    def test_is_never_a_package(self) -> None:
        assert not (ROOT / "platform" / "__init__.py").exists()
        assert not (ROOT / "platform" / "conftest.py").exists()

    def test_names_no_test_folder(self) -> None:
        assert not (ROOT / "tests" / "platform").exists()


class TestTheFloors:
    def test_hold_every_package_that_the_wheel_ships(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
        shipped = {Path(p).name for p in project["hatch"]["build"]["targets"]["wheel"]["packages"]}
        floors = project["importlinter"]["contracts"][0]["layers"]
        named = {name.strip() for floor in floors for name in floor.split("|")}
        assert shipped == named == set(project["importlinter"]["root_packages"]) == OURS


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
        floor = {label: height for height, labels in enumerate(FLOORS) for label in labels}
        for model in registry.get_models():
            own = model._meta.app_label
            if own not in floor:
                continue
            for field in model._meta.get_fields():
                target = field.related_model if field.concrete else None
                if target is None or isinstance(target, str):
                    continue
                other = target._meta.app_label
                allowed = other == own or floor.get(other, -1) < floor[own]
                assert allowed, f"{model.__name__}.{field.name} points at {other}"
