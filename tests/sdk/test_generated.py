"""The generated core is what the document gives, and nothing of it is out of the face's reach."""

import filecmp
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sdks import generate

# The face downloads by the signed address as a whole, so that the file may lie anywhere.
BY_ADDRESS = {"download_file"}
FOR_SCANNERS = {"describe_secret_scanning", "report_leaked_keys"}
CORE = generate.PACKAGE / "_gen"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate.generate(tmp_path_factory.mktemp("sdk") / "_gen")


class TestGeneratedCore:
    def test_is_byte_for_byte_what_the_document_gives(self, made: Path) -> None:
        names = {str(path.relative_to(made)) for path in made.rglob("*.py")}
        committed = {str(path.relative_to(CORE)) for path in CORE.rglob("*.py")}

        assert names == committed, "run `make sdk` and commit it"
        _, differing, failed = filecmp.cmpfiles(made, CORE, sorted(names), shallow=False)
        assert (differing, failed) == ([], []), "run `make sdk` and commit it"

    def test_names_every_shape(self, made: Path) -> None:
        written = (generate.PACKAGE / "shapes.py").read_text()

        assert written == generate.shapes(made)
        assert written.count("\nfrom ") == len([*(made / "models").glob("[a-z]*.py")])

    def test_writes_no_constant_boundary_into_uploads(self, made: Path) -> None:
        assert not [path for path in made.rglob("*.py") if "boundary=" in path.read_text()]

    def test_is_refused_for_a_document_that_is_none(self, tmp_path: Path) -> None:
        nothing = tmp_path / "nothing.yaml"
        nothing.write_text("openapi: 3.1.0\n")

        with pytest.raises(RuntimeError, match="info"):
            generate.generate(tmp_path / "_gen", nothing)


class TestFace:
    def test_loads_nouns_and_sockets_only_when_they_are_named(self) -> None:
        program = "import sys, tifo_client; print(*sys.modules, sep='\\n')"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        loaded = set(done.stdout.split())

        assert "tifo_client.client" in loaded
        assert not [name for name in loaded if name.startswith("tifo_client._gen.api.")]
        assert not loaded & {"websockets", "tifo_client._gen.models.job", "dateutil"}

    def test_reaches_every_operation(self) -> None:
        operations = {path.stem for path in (CORE / "api").rglob("[a-z]*.py")}
        hand_written = [p for p in generate.PACKAGE.rglob("*.py") if CORE not in p.parents]
        called = {
            name
            for path in hand_written
            for name in re.findall(r"(\w+)\.sync_detailed", path.read_text())
        }

        assert operations - called == BY_ADDRESS | FOR_SCANNERS
