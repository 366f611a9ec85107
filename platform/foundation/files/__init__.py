"""Stored files: one interface over a folder or an S3-compatible store.

Bytes are written once for each organisation and digest, read through signed addresses that expire,
and gone when the last row that names them is.
"""

from foundation.files.links import LINK_LIFETIME, check_link, direct_url, signed_url
from foundation.files.reading import as_path, open_path, read, read_all
from foundation.files.refusals import BadLink, StoreAway, TooLarge
from foundation.files.services import (
    BATCH,
    UNOWNED_LIFETIME,
    delete_expired,
    end,
    keep,
    let_go,
    share,
    store,
)
from foundation.files.spools import flush_folder
from foundation.files.stores import Storage, storage
from foundation.files.sweeping import GRACE, SHELVES, sweep

__all__ = [
    "BATCH",
    "GRACE",
    "LINK_LIFETIME",
    "SHELVES",
    "UNOWNED_LIFETIME",
    "BadLink",
    "Storage",
    "StoreAway",
    "TooLarge",
    "as_path",
    "check_link",
    "delete_expired",
    "direct_url",
    "end",
    "flush_folder",
    "keep",
    "let_go",
    "open_path",
    "read",
    "read_all",
    "share",
    "signed_url",
    "storage",
    "store",
    "sweep",
]
