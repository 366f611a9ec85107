"""ONNX Runtime itself, loaded when it is first needed, and the providers that come as plugins."""

import functools
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_QUIET = 3  # errors alone: a foreign model's warnings are not the operator's


@functools.cache
def onnxruntime() -> Any:
    """The module, without its telemetry and its warnings on stderr. It has no types."""
    library = importlib.import_module("onnxruntime")
    library.disable_telemetry_events()
    library.set_default_logger_severity(_QUIET)
    return library


_registered: dict[str, Path] = {}


def register(libraries: Mapping[str, Path]) -> None:
    """Load execution providers that are files of their own: name -> path, once a process.

    A name is the provider's, as `QNNExecutionProvider`. Raises OSError where the file is not there,
    ValueError where the name stands for another file already.
    """
    for name, path in libraries.items():
        known = _registered.get(name)
        if known is not None and known != path:
            raise ValueError(f"{name} is registered from another file")
        if known is None:
            # The library's own error does not say which file is missing.
            onnxruntime().register_execution_provider_library(name, str(path.resolve(strict=True)))
            _registered[name] = path
