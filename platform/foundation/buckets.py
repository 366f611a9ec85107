"""Where an S3-compatible store lies and how it is opened: plain values, read before Django is."""

import re
import urllib.parse
from typing import NamedTuple, Self

_name = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class Bucket(NamedTuple):
    """A bucket of a store; without keys the store's client looks for those of the machine.

    `prefix` ends with a slash where it is not empty. `endpoint` is empty for Amazon's own store,
    `public_url` where no caller of the API reaches the store.
    """

    name: str
    prefix: str
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""
    public_url: str = ""

    @classmethod
    def at(cls, address: str) -> Self:
        """The bucket of s3://name/prefix; raises ValueError."""
        parts = urllib.parse.urlsplit(address)
        if parts.scheme != "s3" or not _name.fullmatch(parts.netloc) or parts.query:
            raise ValueError("files lie in `folder`, or in s3://bucket/prefix")
        prefix = parts.path.strip("/")
        return cls(parts.netloc, f"{prefix}/" if prefix else "")
