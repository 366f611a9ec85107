"""The form of a band: its prices as a person writes them."""

from typing import TYPE_CHECKING, Any

from django.forms import ModelForm

from billing.models import PriceBand
from billing.rules.rounding import plain

if TYPE_CHECKING:
    _Form = ModelForm[PriceBand]
else:
    _Form = ModelForm  # generic for the type checker only


class PriceBandForm(_Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("unit_price", "flat"):
            if self.initial.get(name) is not None:
                # A column of twelve decimals would show 0 as 0E-12.
                self.initial[name] = plain(self.initial[name])
