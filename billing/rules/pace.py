"""Where a month goes if it goes on as it has."""


def projected(so_far: int, *, elapsed_s: int, period_s: int) -> int:
    """The count at the month's end at this pace, a half rounded up: at least what is there already.

    In the first hour of a month nothing can be said, so the count itself is the projection.
    """
    if elapsed_s < 3600:
        return so_far
    return max(so_far, (2 * so_far * period_s + elapsed_s) // (2 * elapsed_s))
