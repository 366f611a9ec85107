"""What a command may be refused for."""

from foundation.errors import BadRequest, Conflict, Fact, FieldError, Retry


class UnknownTrack(BadRequest):
    code = "unknown-track"
    title = "The session's pool has no such track"
    meaning = "The command names a track that is neither in the session's pool nor in its queue."
    remedy = (
        "Read the pool (`GET /v1/sessions/{session_id}/flow/pool`), and set it with the track "
        "first if it is missing."
    )
    retry = Retry.NO
    pointed = [FieldError("/track", "unknown-track", "The pool has no track 'encore'.")]

    @classmethod
    def of(cls, track: str) -> "UnknownTrack":
        return cls.field("/track", cls.code, f"The pool has no track {track!r}.")


class NotQueued(Conflict):
    code = "not-queued"
    title = "The track does not wait in the queue"
    meaning = "The track to be moved or removed is not in the queue, or no longer."
    remedy = "Read the flow and look at `queue`; to put the track there, use `pin`."
    retry = Retry.NO
    pointed = [FieldError("/track", "not-queued", "Track 'encore' does not wait in the queue.")]

    @classmethod
    def of(cls, track: str) -> "NotQueued":
        said = f"Track {track!r} does not wait in the queue."
        return cls(said, errors=[FieldError("/track", cls.code, said)])


class NoSuchProposal(Conflict):
    code = "no-such-proposal"
    title = "That proposal is no longer there"
    meaning = (
        "The proposal to be accepted or rejected was answered, or another has taken its place."
    )
    remedy = "Read the flow and look at `proposal`; answer the one that is there, if there is one."
    retry = Retry.NO
    members = {"current": Fact("prp_06a7x", "the proposal that is there, or `null`")}
    pointed = [FieldError("/proposal", "no-such-proposal", "There is no proposal 'prp_06a7w'.")]

    @classmethod
    def of(cls, asked: str, current: str | None) -> "NoSuchProposal":
        said = f"There is no proposal {asked!r}."
        return cls(said, errors=[FieldError("/proposal", cls.code, said)], current=current)
