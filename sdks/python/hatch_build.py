"""Makes the core of the client before it is packed, wherever the generator is at hand.

That is in a checkout, for an editable install, a wheel and an sdist alike. An unpacked sdist
carries the core, and is built without the generator.
"""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

GENERATOR = Path("sdks") / "generate.py"
TOOLS = ("openapi-python-client", "pyyaml")


class GeneratedCore(BuildHookInterface[Any]):
    """Named in this folder's `pyproject.toml`."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """The generator as the checkout's own environment has it, for a build in isolation."""
        if not self._in_a_checkout:
            return []
        project = tomllib.loads((self._checkout / "pyproject.toml").read_text())
        return [each for each in project["dependency-groups"]["dev"] if each.startswith(TOOLS)]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self._in_a_checkout:
            subprocess.run([sys.executable, self._checkout / GENERATOR], check=True)  # noqa: S603
        elif not (Path(self.root) / "src" / "tifo_client" / "shapes.py").exists():
            raise FileNotFoundError(f"Neither a generated core here nor {GENERATOR} to make it.")

    @property
    def _in_a_checkout(self) -> bool:
        """Never where an sdist was unpacked: two folders up from there may be anybody's."""
        root = Path(self.root)
        if (root / "PKG-INFO").exists() or root != self._checkout / "sdks" / "python":
            return False
        return (self._checkout / GENERATOR).exists()

    @property
    def _checkout(self) -> Path:
        return Path(self.root).parent.parent
