"""Mail as an outbox: a row in the transaction that gives the reason, sent after it by a task."""
