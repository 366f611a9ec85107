"""Stripe's library itself, loaded when something of it is first asked for.

Most processes never ask, and to load it takes some twentieth of what loading the platform does.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import stripe as stripe
else:

    class _Stripe:
        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module("stripe"), name)

    stripe = _Stripe()
