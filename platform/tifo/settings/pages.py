"""What a page of ours may load, nothing but what this platform serves; and the admin's look."""

from typing import Any, Final

from csp.constants import NONE, SELF
from django.templatetags.static import static

POLICY: Final[dict[str, Any]] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

OPERATORS_PAGES: Final[dict[str, Any]] = {
    "SITE_TITLE": "Tifo operator",
    "SITE_HEADER": "Tifo",
    "SITE_SYMBOL": "graphic_eq",
    "STYLES": [lambda request: static("foundation/operator.css")],
}
