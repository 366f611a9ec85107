"""Why a file is not taken, or not given out."""

from foundation.errors import Fact, Retry, TifoError


class TooLarge(TifoError):
    status = 413
    code = "too-large"
    title = "The file is larger than this operation takes"
    meaning = "The body, or the file in it, is larger than this operation takes."
    remedy = "Send at most `limit_bytes`: a shorter recording, or a compressed one."
    retry = Retry.NO
    members = {
        "limit_bytes": Fact(134217728, "the most bytes that the operation takes"),
    }


class StoreAway(OSError):
    """The store did not answer, or not as it should; nothing is known of what it did."""


class BadLink(TifoError):
    status = 403
    code = "link-expired"
    title = "This link has expired or was changed"
    meaning = (
        "Links to files are signed and good for an hour; this one is older, or was altered on its "
        "way."
    )
    remedy = "Read the job again: it lists its files with fresh links."
    retry = Retry.NO
