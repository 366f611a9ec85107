"""Model files at an address on the web: read in parts or fetched whole, from public hosts alone."""

from modelhub.remote.download import Downloaded, download
from modelhub.remote.errors import Code, RemoteRefused
from modelhub.remote.reach import Reach, resolve, without_userinfo
from modelhub.remote.source import HttpRangeSource, Identity

__all__ = [
    "Code",
    "Downloaded",
    "HttpRangeSource",
    "Identity",
    "Reach",
    "RemoteRefused",
    "download",
    "resolve",
    "without_userinfo",
]
