"""Registered models in the process that works: opened when they are needed, and kept."""

import functools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings

from apps.model_registry.models import Model
from apps.model_registry.services.inspecting import at_hand, graph_file
from jobs import devices
from modelhub.runtimes.here import MACHINE, device_for
from modelhub.runtimes.loaded import Sessions
from modelhub.runtimes.sessions import Session, open_session

_ALONE: Final = " alone"  # behind the key of a session that may use nothing but its device


@contextmanager
def session_of(model: Model, *, accelerator: str, required: bool) -> Iterator[Session]:
    """The model on this worker's accelerator, or on the processor where that is not `required`.

    Raises as `open_session` and `Sessions.use` do.
    """
    key = model.sha256 + (_ALONE if required else "")

    def load() -> Session:
        device = device_for(accelerator, required=required)
        with ExitStack() as opened:
            path = path_of(model, opened)
            return open_session(path, device, machine=MACHINE, fallback=not required)

    with _sessions().use(key, size=model.size_bytes, load=load) as session:
        yield session


@devices.tells_loaded
def loaded() -> Sequence[str]:
    """The SHA-256 of the models that this process holds, the warmest first."""
    return tuple(dict.fromkeys(each.key.removesuffix(_ALONE) for each in _sessions().loaded()))


@functools.cache
def _sessions() -> Sessions[Session]:
    return Sessions(settings.MODEL_MEMORY_BYTES)


def path_of(model: Model, opened: ExitStack) -> Path:
    """The graph's path; its external data lies beside it, under the names that it knows."""
    stored = [each.file for each in model.files.select_related("file") if each.file]
    graph = graph_file(stored)
    assert graph is not None, "a contract was checked against it"
    if len(stored) == 1:
        return opened.enter_context(at_hand(graph))
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="model.")))
    for file in stored:
        with at_hand(file) as path:
            shutil.copyfile(path, folder / file.name)
    return folder / graph.name
