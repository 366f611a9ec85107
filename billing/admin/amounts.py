"""Money on the operator's pages: shown as 284.87 USD, and asked for in the same unit."""

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from billing.rules.currencies import UnknownCurrency, currency
from billing.rules.rounding import TooFine, minor_exactly, minor_money


def shown(
    field: str, description: str, *, code: str = "currency", ordered: bool = True
) -> Callable[[Any], str]:
    """A column, or a field that is only read: the minor units in `field` as money.

    `code` is the way from the row to its currency, as in `invoice.currency`.
    """
    of_minor, of_code = attrgetter(field), attrgetter(code)

    @admin.display(description=description, ordering=field if ordered else None)
    def column(row: Any) -> str:
        return minor_money(of_minor(row), of_code(row))

    # Not the field's own name: by that the admin would add "in minor units" from the model.
    column.__name__ = f"shown_{field}"
    return column


class AmountField(forms.DecimalField):
    """An amount in the currency's own unit, as in 284.87; `minor_of` makes it an integer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 18, "widget": UnfoldAdminTextInputWidget} | kwargs)


def minor_of(amount: Decimal, code: str, *, beside: str) -> int:
    """The minor units of an amount that a form was given; ValidationError beside its field."""
    try:
        return minor_exactly(amount, currency(code))
    except (TooFine, UnknownCurrency) as refused:
        raise ValidationError({beside: str(refused)}) from refused
