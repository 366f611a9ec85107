"""Objects with every field that the installed SDK's class of that name declares.

A field that may be null is null until it is given; one that may not must be given. A name that the
class does not have is a mistake of the stand-in's own.
"""

from functools import cache
from typing import Any, ForwardRef, Literal

from stripe._object_classes import get_object_class

Object = dict[str, Any]

# Left out unless asked for with `expand`, or present only in objects that are deleted.
ABSENT = {
    "invoice": {"payments", "confirmation_secret", "deleted", "status_details"},
    "customer": {"sources", "subscriptions", "tax", "tax_ids", "cash_balance", "deleted"},
    "checkout.session": {"line_items"},
    "charge": {"refunds", "level3"},
    "price": {"tiers", "currency_options", "deleted"},
    "product": {"deleted"},
    "webhook_endpoint": {"secret", "deleted"},
    "v2.core.event": {"changes", "snapshot_event"},
    "test_helpers.test_clock": {"deleted"},
}


@cache
def fields(kind: str) -> dict[str, bool]:
    """The names of a kind's fields, and which of them may be null."""
    found = {}
    mode: Literal["V1", "V2"] = "V2" if kind.startswith("v2.") else "V1"
    for name, hint in get_object_class(mode, kind).__annotations__.items():
        text = hint.__forward_arg__ if isinstance(hint, ForwardRef) else str(hint)
        if "ClassVar" not in text and name not in ABSENT.get(kind, ()):
            found[name] = "Optional[" in text[:20] or "NoneType]" in text[-10:]
    return found


def shape(kind: str, /, **given: Any) -> Object:
    known = fields(kind)
    made: Object = {"id": given["id"], "object": kind} if "id" in given else {"object": kind}
    made |= dict.fromkeys((name for name, may_be_null in known.items() if may_be_null), None)
    made |= {"livemode": False} if "livemode" in known else {}
    made |= {"metadata": {}} if "metadata" in known else {}
    made |= given
    absent = ABSENT.get(kind, set())
    strange = [name for name in made if name not in known and name not in absent]
    missing = [name for name in known if name not in made]
    if strange or missing:
        raise TypeError(f"{kind}: no such fields {strange}, missing fields {missing}")
    return made
