"""The page: one file that needs nothing beside it, and prints on A4."""

import base64
import hashlib
from functools import cache

from django.template.loader import render_to_string

from billing.documents.papers import Paper


def page(paper: Paper) -> bytes:
    """The document as HTML, with its own style; its policy allows that style and nothing else."""
    context = {"paper": paper, "style": _style(), "policy": policy()}
    return render_to_string("billing/paper.html", context).encode()


@cache
def policy() -> str:
    """The Content-Security-Policy of a page: the header's, and its own where it lies as a file."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    return render_to_string("billing/paper.css")
