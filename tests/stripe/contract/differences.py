"""What localstripe 1.15 does otherwise than Stripe's present API, call by call.

It agrees on customers (made, read, changed, listed by address, deleted, missing), on cards
(attached, listed, made the default) and on pending invoice items (made, listed, deleted; no half
cents). Whatever stands here is expected to fail against it; all else must pass.
"""

NO_INVOICE = "makes an invoice only of a subscription: 404 `No upcoming invoices`, or a bad request"
NO_KEYS = "takes no notice of Idempotency-Key"
NO_PARAM = "says neither `code` nor `param`"
NOT_THERE = "has no such address: 404"

DIFFERENCES: dict[str, str] = {
    "TestCustomers.test_that_are_not_there_have_a_code": NO_PARAM,
    "TestCustomers.test_name_an_unknown_parameter": NO_PARAM,
    "TestKeys.test_of_another_account_are_401": "lets in every key that begins with sk_",
    "TestIdempotency.test_replays_the_first_answer": NO_KEYS,
    "TestIdempotency.test_refuses_another_body": NO_KEYS,
    "TestCards.test_that_are_refused_are_not_attached": "has pm_card_visa alone: 404",
    "TestSetup.test_of_an_intent_keeps_a_card": "confirms in a call of its own only",
    "TestSetup.test_by_checkout_opens_a_page": NOT_THERE,
    "TestItems.test_refuse_a_currency_that_stripe_does_not_know": "takes any three letters",
    **dict.fromkeys(
        (
            "TestDrafts.test_hold_our_lines_to_the_cent",
            "TestDrafts.test_take_many_lines_at_once",
            "TestDrafts.test_leave_pending_items_alone",
            "TestDrafts.test_are_found_by_their_customer",
            "TestDrafts.test_are_deleted",
            "TestFinalising.test_opens_an_invoice",
            "TestFinalising.test_is_done_once",
            "TestFinalising.test_fixes_the_lines",
            "TestFinalising.test_settles_what_is_too_little_for_a_card",
            "TestFinalising.test_knows_currencies_without_smaller_units",
            "TestCollecting.test_charges_the_card",
            "TestCollecting.test_is_done_once",
            "TestCollecting.test_tells_why_a_card_refused",
            "TestCollecting.test_needs_a_card",
            "TestCollecting.test_may_happen_elsewhere",
            "TestCollecting.test_is_given_up_by_voiding",
            "TestCreditNotes.test_ask_less_of_an_open_invoice",
            "TestCreditNotes.test_give_back_of_a_paid_invoice",
            "TestCreditNotes.test_never_exceed_the_invoice",
            "TestRefunds.test_go_back_to_the_card",
            "TestRefunds.test_never_exceed_the_charge",
            "TestEvents.test_tell_that_an_invoice_was_paid",
        ),
        NO_INVOICE,
    ),
    "TestMeters.test_take_an_event_once": NOT_THERE,
    "TestMeters.test_have_three_formulas": NOT_THERE,
}
