"""What the soak's months must cost: the prices of its own price list, in whole cents."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

Bands = Sequence[tuple[int, int | None, str]]


def price(bands: Bands, mode: str = "volume", per: int = 1) -> dict[str, Any]:
    return {"mode": mode, "per": per, "bands": bands}


FIRST: Final = {
    "mau": price([(0, 9_999, "0"), (10_000, 100_000, "0.005"), (100_001, None, "0.002")]),
    "soak_calls": price([(0, None, "0.0375")], per=10),
    "soak_peak": price([(0, None, "1.5")]),
}
SECOND: Final = {
    "mau": price([(0, 9_999, "0"), (10_000, 100_000, "0.0049"), (100_001, None, "0.00213")]),
    "soak_calls": price([(0, 20_000, "0.004"), (20_001, None, "0.0031")], mode="graduated"),
    "soak_peak": price([(0, None, "1.75")]),
}
CONTRACT: Final = {
    "mau": price([(0, 5_000, "0.004"), (5_001, None, "0.003")], mode="graduated"),
    "soak_calls": price([(0, None, "0.003")]),
}
# Which version is in force from which of the months on.
VERSIONS: Final = ({"from": 0, "prices": FIRST}, {"from": 2, "prices": SECOND})


def cents(prices: Mapping[str, Any], meter: str, many: Decimal) -> int:
    """A month's line: the exact amount, rounded half up once."""
    said = prices[meter]
    if said["mode"] == "volume":
        rate = next(unit for first, last, unit in said["bands"] if last is None or many < last + 1)
        amount = many * Decimal(rate)
    else:
        amount = sum(
            (min(many, Decimal(last if last is not None else many)) - Decimal(max(first - 1, 0)))
            * Decimal(unit)
            for first, last, unit in said["bands"]
            if many > max(first - 1, 0)
        ) + Decimal(0)
    return int((amount * 100 / said["per"]).quantize(Decimal(1), ROUND_HALF_UP))
