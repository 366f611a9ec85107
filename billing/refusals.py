"""What billing refuses."""

from foundation.errors import Conflict, Fact, NotFound, Retry, TifoError


class MonthNotOver(Conflict):
    code = "month-not-over"
    title = "The month cannot be closed yet"
    meaning = (
        "A month is closed when it is over and the hours in which late usage is still taken have "
        "passed: 72, unless the operator has set others."
    )
    remedy = "Close it at or after `closes_at`. Until then the invoice preview says what it costs."
    retry = Retry.NO
    members = {
        "month": Fact("2026-10", "The month that was asked for"),
        "closes_at": Fact("2026-11-04T00:00:00Z", "The first moment at which it can be closed"),
    }


class MonthClosed(Conflict):
    code = "month-closed"
    title = "The month is closed"
    meaning = (
        "Its statements are made, and nothing changes them. What still arrives for it is counted "
        "apart, and corrected in a later statement."
    )
    remedy = (
        "Read its statement. Report late usage as usual: the next close makes a correction of it."
    )
    retry = Retry.NO
    members = {"month": Fact("2026-10", "The month that was asked for")}


class UserNotCounted(NotFound):
    code = "user-not-counted"
    title = "This user is not in the statement"
    meaning = (
        "No user of this id was counted in the statement's month in time, so there is nothing to "
        "prove."
    )
    remedy = (
        "Check the id's spelling, capitals too: it is your own id of the user, as you sent it. A "
        "user who came when the month was closed is in no statement."
    )
    members = {"month": Fact("2026-10", "The statement's month")}


class FormatMissing(TifoError):
    status = 501
    code = "format-not-installed"
    title = "This platform makes no such document"
    meaning = "The operator has not installed what makes documents of this format."
    remedy = (
        "Ask for `html`, which prints well, or for `csv` or `focus`. Operators install the extra "
        "`tifo[pdf]`."
    )
    retry = Retry.NO
    members = {"format": Fact("pdf", "The format that was asked for")}
