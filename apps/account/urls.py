"""The account API: organisation, keys, limits, usage, invoices and jobs."""

from django.urls import path

from apps.account.api import (
    jobs,
    keys,
    limits,
    organisations,
    payment_methods,
    previews,
    refusals,
    scanning,
    simulations,
    stripe_webhooks,
    tickets,
)
from apps.account.api.metering import events, totals, users

urlpatterns = [
    path("v1/organisations", organisations.SignUpView.as_view()),
    path("v1/organisation", organisations.OrganisationView.as_view()),
    path("v1/members", organisations.MembersView.as_view()),
    path("v1/tiers", organisations.TiersView.as_view()),
    path("v1/keys", keys.KeysView.as_view()),
    path("v1/keys/<str:key_id>", keys.KeyView.as_view()),
    path("v1/keys/<str:key_id>/rotate", keys.RotateKeyView.as_view()),
    path("v1/tickets", tickets.TicketsView.as_view()),
    path("v1/view-links", tickets.ViewLinksView.as_view()),
    path("v1/secret-scanning", scanning.SecretScanningView.as_view()),
    path("v1/secret-scanning/reports", scanning.LeakReportsView.as_view()),
    path("v1/limits", limits.LimitsView.as_view()),
    path("v1/limits/simulate", simulations.SimulateView.as_view()),
    path("v1/limits/refusals", refusals.RefusalsView.as_view()),
    path("v1/usage", totals.UsageView.as_view()),
    path("v1/usage/events", events.UsageEventsView.as_view()),
    path("v1/usage/users/<path:end_user>", users.CountedUserView.as_view()),
    path("v1/invoices/preview", previews.InvoicePreviewView.as_view()),
    path("v1/billing", payment_methods.BillingView.as_view()),
    path("v1/billing/setup", payment_methods.PaymentSetupView.as_view()),
    path("v1/billing/portal", payment_methods.BillingPortalView.as_view()),
    path("v1/stripe/webhook", stripe_webhooks.StripeWebhookView.as_view()),
    path("v1/jobs", jobs.JobsView.as_view()),
    path("v1/jobs/<str:job_id>", jobs.JobView.as_view()),
    path("v1/jobs/<str:job_id>/cancel", jobs.CancelJobView.as_view()),
    path("v1/files/<str:file_id>", jobs.FileView.as_view()),
]
