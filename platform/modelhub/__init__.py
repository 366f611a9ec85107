"""Model files: what a header proves of a model's size, and where such a model may run."""

from modelhub.errors import Code, MalformedModel, ModelRefused, NeedMoreBytes, UnsupportedFormat
from modelhub.inspection import inspect, inspect_set
from modelhub.report import ModelReport
from modelhub.sources import FileSource, PrefixSource, Source
from modelhub.summary import summary

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
