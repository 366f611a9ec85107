from typing import Literal

RefusalKind = Literal["degraded", "refused", "shadow"]

REFUSAL_KIND_VALUES: set[RefusalKind] = {
    "degraded",
    "refused",
    "shadow",
}


def check_refusal_kind(value: str) -> RefusalKind:
    if value in REFUSAL_KIND_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {REFUSAL_KIND_VALUES!r}")
