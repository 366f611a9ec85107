"""Why a file is not taken, or not given out."""

from foundation.errors import Conflict, Fact, Retry, TifoError


class TooLarge(TifoError):
    status = 413
    code = "too-large"
    title = "More bytes than this operation takes"
    meaning = "The body, or the file in it, is larger than this operation takes."
    remedy = (
        "Send at most `limit_bytes`: of JSON fewer things at once, of sound a shorter recording or "
        "a compressed one. A file that one request has no room for is sent as an "
        "[upload](/docs/reference/files), in parts."
    )
    retry = Retry.NO
    advice = "Send less at once."
    members = {
        "limit_bytes": Fact(134217728, "the most bytes that the operation takes"),
    }


class StoreAway(TifoError, OSError):
    """The store did not answer, or not as it should; nothing is known of what it did."""

    status = 503
    code = "storage-away"
    title = "The store of files does not answer at the moment"
    meaning = "What holds the platform's files cannot be reached, so that none is taken or given."
    remedy = "Wait as long as `Retry-After` says and repeat the call; an upload goes on by itself."
    retry = Retry.AFTER_WAIT
    advice = "Wait as long as Retry-After says and repeat the call."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


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
    advice = "Read the job again: it lists its files with fresh links."


class WrongType(TifoError):
    status = 422
    code = "file-type-not-taken"
    title = "Files of this type are not taken"
    meaning = (
        "The tier takes no files of the type that was named, or the file's first bytes prove that "
        "it is of another."
    )
    remedy = "Send a file of one of `types`, under its own type in `filetype`."
    retry = Retry.NO
    advice = "Send a file of a type that is taken, under that type."
    members = {
        "declared": Fact("audio/wav", "the type that came with the file"),
        "found": Fact("application/zip", "what its first bytes prove, or null"),
        "types": Fact(["audio/*"], "what the tier takes; empty: any"),
    }


class WrongPurpose(TifoError):
    status = 422
    code = "upload-of-another-purpose"
    title = "The upload was begun for another purpose"
    meaning = (
        "An upload serves the purpose that it was begun with, under the limits that the tier has "
        "for it; this operation takes those of another."
    )
    remedy = "Upload the file again, with the purpose `wanted` in `Upload-Metadata`."
    retry = Retry.NO
    advice = "Upload the file again with the purpose that is wanted."
    members = {
        "purpose": Fact("input", "what the upload was begun for"),
        "wanted": Fact("model", "what this operation takes"),
    }


class OffsetConflict(Conflict):
    code = "offset-conflict"
    title = "The upload goes on at another offset"
    meaning = (
        "`Upload-Offset` is not where the upload stands: an earlier part was taken though its "
        "answer was lost, or another sender was faster."
    )
    remedy = "Ask for the offset with HEAD, and send what comes after it."
    retry = Retry.NO
    advice = "Ask for the offset with HEAD, and send what comes after it."
    members = {"offset_bytes": Fact(1048576, "where the upload goes on")}


class TooManyParts(TifoError):
    status = 422
    code = "too-many-parts"
    title = "The upload has come in as many parts as one may"
    meaning = "Every PATCH brings a part, and an upload has at most `parts_max` of them."
    remedy = "Begin the upload again, and send larger parts."
    retry = Retry.NO
    advice = "Begin the upload again, and send larger parts."
    members = {"parts_max": Fact(10000, "the most parts of one upload")}


class TooManyUploads(Conflict):
    code = "too-many-uploads"
    title = "The organisation has as many unfinished uploads as it may"
    meaning = "Uploads that were begun and are not whole yet take room, so they are counted."
    remedy = "Finish some, or end them with DELETE; they end by themselves after 24 hours."
    retry = Retry.NO
    advice = "Finish some of them, or end them with DELETE."
    members = {"uploads_max": Fact(32, "the most unfinished uploads")}
