"""Model files: what a header proves of a model's size, and where such a model may run."""

from modelfiles.errors import Code, MalformedModel, ModelRefused, NeedMoreBytes, UnsupportedFormat
from modelfiles.inspection import inspect, inspect_set
from modelfiles.report import ModelReport
from modelfiles.sources import FileSource, PrefixSource, Source
from modelfiles.summary import summary

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
    "inspect",
    "inspect_set",
    "summary",
]
