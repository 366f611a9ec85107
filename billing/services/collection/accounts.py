"""Who pays and how: accounts, customers, payment methods; and the pages where these are entered."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import transaction

from billing.collectors.protocol import Away, Payer, Refused
from billing.models import BillingAccount, Invoice
from billing.refusals import CollectorAway, CollectorRefused, NoCollector
from billing.stripe_gateway import connection, customers, setups
from billing.stripe_gateway.customers import Method
from tenants.models import Member, Organisation
from tenants.services import tiers
from tenants.services.writing import write

COLLECTORS: Final = Invoice.Collector


def collector_for(organisation: Organisation) -> str:
    """Who asks the organisation for money: the value of an invoice's `collector`."""
    if organisation.sandbox:
        return COLLECTORS.SANDBOX
    return COLLECTORS.STRIPE if connection.is_configured() else COLLECTORS.MANUAL


def account_of(organisation: Organisation) -> BillingAccount:
    """Its account; made where it has none, on the terms that it has grown up with."""
    found = BillingAccount.objects.filter(pk=organisation.pk).first()
    if found is None:
        card, invoice = BillingAccount.Terms.CARD, BillingAccount.Terms.INVOICE
        # Without a payment method on file, who may grow was let to by the operator.
        terms = invoice if organisation.payment_method else card
        found, _ = BillingAccount.objects.get_or_create(
            organisation=organisation, defaults={"terms": terms}
        )
    return found


def payer_of(account: BillingAccount) -> Payer:
    """The account in a collector's words."""
    by_card = account.terms == BillingAccount.Terms.CARD
    return Payer(
        organisation_id=account.organisation_id,
        name=account.organisation.name,
        email=account.email or _owner(account.organisation),
        customer_id=account.customer_id,
        payment_method_id=account.payment_method_id,
        due_days=None if by_card else settings.INVOICE_DUE_DAYS,
    )


def customer_of(account: BillingAccount) -> str:
    """The account's customer at Stripe, made where there is none. Raises Away and Refused."""
    if not account.customer_id:
        remember_customer(account, customers.of(payer_of(account)))
    return account.customer_id


def remember_customer(account: BillingAccount, customer_id: str) -> None:
    """Keep it unless another one is kept already: that one is the customer then."""
    rows = BillingAccount.objects.filter(pk=account.pk)
    rows.filter(customer_id="").update(customer_id=customer_id)
    account.customer_id = rows.values_list("customer_id", flat=True).get()


def begin_setup(organisation: Organisation, *, currency: str, back_to: str) -> str:
    """The address where a payment method is entered. Raises NoCollector, and as `_asked`."""
    return _asked(
        organisation,
        lambda customer: setups.checkout(
            customer, currency=currency, back_to=back_to, tax=settings.STRIPE_TAX
        ),
    )


def begin_setup_here(organisation: Organisation) -> str:
    """The client secret for Stripe's form on a page of one's own. Raises as `begin_setup`."""
    return _asked(organisation, setups.intent)


def portal(organisation: Organisation, *, back_to: str) -> str:
    """The address of the organisation's own page at Stripe. Raises as `begin_setup`."""
    return _asked(organisation, lambda customer: setups.portal(customer, back_to=back_to))


def attach(customer_id: str, payment_method_id: str) -> BillingAccount | None:
    """A setup has succeeded: from now on invoices are charged to this method, or to a newer one.

    None for a customer of nobody here. Raises Away and Refused.
    """
    account = BillingAccount.objects.filter(customer_id=customer_id).first()
    method = customers.method(payment_method_id) if account else None
    if account is None or method is None or method.customer_id != customer_id:
        return account
    kept = customers.default_method(customer_id)
    if kept is None or kept.created_s <= method.created_s:  # else the message is a late one
        customers.choose(customer_id, method.id)
        kept = method
    _write(account, kept)
    return account


def look_again(account: BillingAccount) -> None:
    """Read the payment method that is on file now, whatever messages said. Raises Away, Refused."""
    if account.customer_id and not customers.exists(account.customer_id):
        BillingAccount.objects.filter(pk=account.pk, customer_id=account.customer_id).update(
            customer_id=""
        )
        account.customer_id = ""
    found = customers.default_method(account.customer_id) if account.customer_id else None
    _write(account, found)


@transaction.atomic
def choose_played(organisation: Organisation, payment_method_id: str) -> None:
    """A sandbox's method, which pays or declines (`billing.collectors.sandbox`); empty: none."""
    assert organisation.sandbox
    account = account_of(organisation)
    found = Method(payment_method_id, payment_method_id, "") if payment_method_id else None
    _write(account, found)


@transaction.atomic
def set_terms(account: BillingAccount, terms: str) -> None:
    """The operator's word on how the organisation pays, and with it whether it may grow."""
    BillingAccount.objects.filter(pk=account.pk).update(terms=terms)
    account.terms = terms
    _tell_tenants(account)


@transaction.atomic
def _write(account: BillingAccount, method: Method | None) -> None:
    rows = BillingAccount.objects.select_for_update(no_key=True)
    row = rows.get(pk=account.pk)
    row.payment_method_id = method.id if method else ""
    row.payment_method_label = method.label if method else ""
    row.save(update_fields=["payment_method_id", "payment_method_label"])
    account.payment_method_id, account.payment_method_label = (
        row.payment_method_id,
        row.payment_method_label,
    )
    _tell_tenants(row)


def _tell_tenants(account: BillingAccount) -> None:
    """Whether it can pay decides at the gate whether it may grow."""
    by_invoice = account.terms == BillingAccount.Terms.INVOICE
    can = by_invoice or bool(account.payment_method_id)
    organisation = tiers.held(account.organisation_id)
    if organisation.payment_method != can:
        write(organisation, {"payment_method": can})


def _asked(organisation: Organisation, ask: Callable[[str], str]) -> str:
    """What Stripe answers about the organisation's customer.

    Raises NoCollector where there is no Stripe, CollectorAway and CollectorRefused.
    """
    if collector_for(organisation) != COLLECTORS.STRIPE:
        raise NoCollector(_nobody(organisation))
    try:
        return ask(customer_of(account_of(organisation)))
    except Away as error:
        raise CollectorAway from error
    except Refused as error:
        raise CollectorRefused(str(error)) from error


def _nobody(organisation: Organisation) -> str:
    if organisation.sandbox:
        return (
            "The payments of a sandbox are played: choose how they end with POST "
            f"/v1/sandboxes/{organisation.pk}/payment-method."
        )
    return "Stripe is not connected here: the operator sends invoices and records payments."


def _owner(organisation: Organisation) -> str:
    owners = organisation.members.filter(role=Member.Role.OWNER).order_by("pk")
    return owners.values_list("email", flat=True).first() or ""
