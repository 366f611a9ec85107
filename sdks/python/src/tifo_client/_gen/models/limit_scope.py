from typing import Literal

LimitScope = Literal["end_user", "key", "organisation", "route"]

LIMIT_SCOPE_VALUES: set[LimitScope] = {
    "end_user",
    "key",
    "organisation",
    "route",
}


def check_limit_scope(value: str) -> LimitScope:
    if value in LIMIT_SCOPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LIMIT_SCOPE_VALUES!r}")
