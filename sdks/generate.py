"""`python -m sdks.generate`: the Python client's core, from `openapi/openapi.yaml`.

The same document gives the same bytes; nothing under `_gen` is ever edited by hand.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "openapi" / "openapi.yaml"
SETTINGS = ROOT / "openapi" / "python-client.yaml"
CORE = ROOT / "sdks" / "python" / "src" / "tifo_client" / "_gen"

ABOUT_MODELS = '"""One module per schema; import from it, so that only what is used is loaded."""\n'
# The generator writes a constant boundary, which an uploaded file may contain; httpx draws one.
CONSTANT_BOUNDARY = '\n    headers["Content-Type"] = "multipart/form-data; boundary=+++"\n'


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        made = generate(Path(scratch) / "_gen")
        shutil.rmtree(CORE, ignore_errors=True)
        shutil.copytree(made, CORE)
    print(f"Generated {len(list(CORE.rglob('*.py')))} modules into {CORE.relative_to(ROOT)}.")
    return 0


def generate(target: Path, document: Path = DOCUMENT) -> Path:
    """Generate the core into the new folder `target`; raises RuntimeError with what it says."""
    tools = Path(sys.executable).parent
    done = subprocess.run(  # noqa: S603
        [
            tools / "openapi-python-client",
            "generate",
            f"--path={document}",
            f"--config={SETTINGS}",
            "--meta=none",
            f"--output-path={target}",
            "--fail-on-warning",
        ],
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    shutil.rmtree(target / ".ruff_cache", ignore_errors=True)
    _mend(target)
    return target


def _mend(core: Path) -> None:
    (core / "models" / "__init__.py").write_text(ABOUT_MODELS)
    for module in (core / "api").rglob("*.py"):
        text = module.read_text()
        if CONSTANT_BOUNDARY in text:
            module.write_text(text.replace(CONSTANT_BOUNDARY, ""))


if __name__ == "__main__":
    sys.exit(main())
