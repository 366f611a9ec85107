"""Every operation that is served: importing a module declares its own."""

from tests.stripe.stand_in.billing import (
    clocks,
    cycles,
    meter_events,
    meters,
    prices,
    subscriptions,
    thin,
)
from tests.stripe.stand_in.customers import (
    cards,
    checkout,
    customers,
    endpoints,
    search,
    setup_intents,
)
from tests.stripe.stand_in.invoices import (
    finalising,
    invoices,
    items,
    lines,
    many_lines,
    tax,
    totals,
)
from tests.stripe.stand_in.payments import (
    balance,
    credit_lines,
    credit_notes,
    disputes,
    intents,
    paying,
    refunds,
)
from tests.stripe.stand_in.wire.routes import ROUTES

MODULES = (
    *(clocks, cycles, meter_events, meters, prices, subscriptions, thin),
    *(cards, checkout, customers, endpoints, search, setup_intents),
    *(finalising, invoices, items, lines, many_lines, tax, totals),
    *(balance, credit_lines, credit_notes, disputes, intents, paying, refunds),
)
RENDERINGS = {
    "invoice": totals.render,
    "credit_note": credit_lines.render,
    "subscription": cycles.render,
}
# `/v1/invoices/search` before `/v1/invoices/{id}`.
ROUTES.sort(key=lambda route: route.path.count("{"))
