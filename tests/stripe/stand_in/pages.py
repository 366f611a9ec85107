"""The pages that a person visits: Checkout, the portal, a hosted invoice. Plain, but they work."""

from html import escape
from urllib.parse import parse_qs

from tests.stripe.stand_in.customers import cards, checkout
from tests.stripe.stand_in.state.account import Account
from tests.stripe.stand_in.wire.door import Request, Response
from tests.stripe.stand_in.wire.refusals import StripeRefusal
from tests.stripe.stand_in.wire.shapes import Object

HTML = {"Content-Type": "text/html; charset=utf-8"}
OFFERED = ("visa", "mastercard", "chargeCustomerFail", "chargeDeclined", "createDispute")


class Pages:
    def __init__(self, account: Account) -> None:
        self._account = account

    def __call__(self, request: Request) -> Response | None:
        first, _, object_id = request.path.strip("/").rpartition("/")
        page = {"c/pay": self._checkout, "p/session": self._portal, "i": self._invoice}.get(first)
        if page is None:
            return None
        with self._account.lock:
            try:
                return page(object_id, request)
            except StripeRefusal as refused:
                return _page(str(refused), status=refused.status)

    def _checkout(self, object_id: str, request: Request) -> Response:
        session = self._account.get("checkout.session", object_id)
        if request.method == "POST":
            card = parse_qs(request.body.decode())["card"][0]
            success = str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", object_id)
            checkout.complete(self._account, object_id, f"pm_card_{card}")
            return Response(303, b"", {"Location": success})
        if session["status"] != "open":
            return _page(f"This page is {session['status']}.", status=410)
        buttons = "".join(
            f'<button name="card" value="{name}">{name} …{cards.TEST_CARDS[name].last4}</button> '
            for name in OFFERED
        )
        back = session["cancel_url"]
        leave = f'<p><a href="{escape(back)}">Back</a></p>' if back else ""
        form = f'<form method="post">{buttons}</form>{leave}'
        return _page("Keep a test card", form)

    def _portal(self, object_id: str, request: Request) -> Response:
        session = self._account.get("billing_portal.session", object_id)
        methods = [
            f"<li>{each['card']['brand']} …{each['card']['last4']}</li>"
            for each in self._account.all("payment_method")
            if each["customer"] == session["customer"]
        ]
        back = session["return_url"]
        leave = f'<p><a href="{escape(back)}">Back</a></p>' if back else ""
        return _page("Payment methods", f"<ul>{''.join(methods)}</ul>{leave}")

    def _invoice(self, object_id: str, request: Request) -> Response:
        invoice = self._account.rendered(self._account.get("invoice", object_id))
        rows = "".join(_row(line) for line in invoice["lines"]["data"])
        total = f"{invoice['total']} (minor units of {invoice['currency']}), {invoice['status']}"
        return _page(f"Invoice {invoice['number']}", f"<table>{rows}</table><p>{total}</p>")


def _row(line: Object) -> str:
    return f"<tr><td>{escape(line['description'] or '')}</td><td>{line['amount']}</td></tr>"


def _page(title: str, body: str = "", status: int = 200) -> Response:
    name = escape(title)
    html = f"<!doctype html><title>{name}</title><h1>{name}</h1>{body}<p>Stand-in for Stripe</p>"
    return Response(status, html.encode(), dict(HTML))
