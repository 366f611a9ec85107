"""`python -m tests.check_drift`: do migrations, OpenAPI and graphs say what the code says?

`--write` writes `openapi/openapi.yaml` instead of comparing it. Needs no service: nothing connects.
"""

import os
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "openapi" / "openapi.yaml"


def main(arguments: list[str]) -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tifo.settings.test"
    if "--write" in arguments:
        DOCUMENT.write_text(openapi())
        return 0
    return max(missing_migrations(), drifted_schema(), drifted_graphs())


def missing_migrations() -> int:
    import django  # the environment above must stand first
    from django.apps import apps as registry
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState

    django.setup()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    changes = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(registry)
    ).changes(graph=loader.graph)
    installed = Path(sys.prefix)
    ours = {
        c.label for c in registry.get_app_configs() if not Path(c.path).is_relative_to(installed)
    }
    drifted = sorted(ours & changes.keys())
    for label in drifted:
        sys.stderr.write(f"{label}: models have changed without a migration (makemigrations).\n")
    return 1 if drifted else 0


def drifted_schema() -> int:
    if DOCUMENT.exists() and DOCUMENT.read_text() == openapi():
        return 0
    sys.stderr.write(f"{DOCUMENT.name} differs from the code: run `make schema` and commit it.\n")
    return 1


def drifted_graphs() -> int:
    from modelhub.graphs.builders.catalogue import drifted

    files = drifted()
    for file in files:
        sys.stderr.write(f"{file.name} differs from the code: run `make graphs` and commit it.\n")
    return 1 if files else 0


def openapi() -> str:
    """The document as YAML, from the running code."""
    import django
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiYamlRenderer

    django.setup()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    rendered: bytes = OpenApiYamlRenderer().render(schema, renderer_context={})
    return rendered.decode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
