from typing import Literal, cast

MemberRole = Literal["developer", "owner", "viewer"]


def check_member_role(value: str) -> MemberRole:
    """The word as it came, also one that only a later server knows; else TypeError."""
    if isinstance(value, str):
        return cast(MemberRole, value)
    raise TypeError(f"{value!r} is no word of MemberRole")
