"""Model files: what a header proves of a model, whoever may run it."""

from modelfiles.errors import Code, MalformedModel, ModelRefused, NeedMoreBytes, UnsupportedFormat
from modelfiles.formats.onnx_values import Value
from modelfiles.inspection import (
    check_external_data,
    external_files,
    inspect,
    inspect_indexed,
    inspect_set,
    onnx_values,
)
from modelfiles.report import ModelReport
from modelfiles.sources import FileSource, PrefixSource, Source

__all__ = [
    "Code",
    "FileSource",
    "MalformedModel",
    "ModelRefused",
    "ModelReport",
    "NeedMoreBytes",
    "PrefixSource",
    "Source",
    "UnsupportedFormat",
    "Value",
    "check_external_data",
    "external_files",
    "inspect",
    "inspect_indexed",
    "inspect_set",
    "onnx_values",
]
