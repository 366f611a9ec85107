"""The account API: organisation, keys, limits, usage, invoices and jobs."""

from django.urls import path

from apps.account.api import (
    invoices,
    jobs,
    keys,
    limits,
    organisations,
    payment_methods,
    previews,
    refusals,
    scanning,
    simulations,
    statements,
    stripe_webhooks,
    tickets,
)
from apps.account.api.files import downloads, uploads
from apps.account.api.metering import events, totals, users
from apps.account.api.models import quantising
from apps.account.api.sandboxes import views as sandboxes
from apps.account.api.streams import views as streams

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
    path("v1/statements", statements.StatementsView.as_view()),
    path("v1/statements/<str:statement_id>", statements.StatementView.as_view()),
    path("v1/statements/<str:statement_id>/export", statements.StatementExportView.as_view()),
    path("v1/statements/<str:statement_id>/proof", statements.StatementProofView.as_view()),
    path("v1/statements/<str:statement_id>/document", statements.StatementDocumentView.as_view()),
    path("v1/invoices", invoices.InvoicesView.as_view()),
    path("v1/invoices/<str:invoice_id>", invoices.InvoiceView.as_view()),
    path("v1/invoices/<str:invoice_id>/document", invoices.InvoiceDocumentView.as_view()),
    path("v1/sandboxes", sandboxes.SandboxesView.as_view()),
    path("v1/sandboxes/<str:sandbox_id>", sandboxes.SandboxView.as_view()),
    path("v1/sandboxes/<str:sandbox_id>/clock", sandboxes.SandboxClockView.as_view()),
    path("v1/sandboxes/<str:sandbox_id>/users", sandboxes.SandboxUsersView.as_view()),
    path(
        "v1/sandboxes/<str:sandbox_id>/payment-method",
        sandboxes.SandboxPaymentMethodView.as_view(),
    ),
    path("v1/models/<str:model_id>/quantise", quantising.QuantiseModelView.as_view()),
    path("v1/jobs", jobs.JobsView.as_view()),
    path("v1/jobs/<str:job_id>", jobs.JobView.as_view()),
    path("v1/jobs/<str:job_id>/cancel", jobs.CancelJobView.as_view()),
    path("v1/jobs/<str:job_id>/events", streams.JobEventsView.as_view()),
    path("v1/events", streams.EventsView.as_view()),
    path("v1/uploads", uploads.UploadsView.as_view()),
    path("v1/uploads/<str:upload_id>", uploads.UploadView.as_view()),
    path("v1/files/<str:file_id>", downloads.FileView.as_view()),
]
