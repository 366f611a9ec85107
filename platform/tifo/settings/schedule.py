"""When beat asks for which task; one that nobody took in its time is not made up for."""

from typing import Any, Final

from celery.schedules import crontab

SCHEDULE: Final[dict[str, Any]] = {
    "sweep": {"task": "jobs.sweep", "schedule": 2.0, "options": {"expires": 5}},
    "expire": {"task": "jobs.expire", "schedule": 60.0, "options": {"expires": 60}},
    "reconcile": {"task": "jobs.reconcile", "schedule": 600.0, "options": {"expires": 600}},
    "follow-sessions": {
        "task": "live_audio_feedback.follow_sessions",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "forget-scores": {
        "task": "live_audio_feedback.forget_scores",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "refund": {"task": "gateway.refund", "schedule": 5.0, "options": {"expires": 5}},
    "begin-months": {
        "task": "metering.begin_months",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "close": {"task": "billing.close", "schedule": 600.0, "options": {"expires": 600}},
    "settle-sandboxes": {
        "task": "billing.settle_sandboxes",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "mail": {"task": "foundation.deliver_mail", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-files": {
        "task": "foundation.sweep_files",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "expire-refusals": {"task": "gateway.expire", "schedule": 60.0, "options": {"expires": 60}},
    "collect": {"task": "billing.collect", "schedule": 15.0, "options": {"expires": 15}},
    "read-inbox": {"task": "billing.read_inbox", "schedule": 5.0, "options": {"expires": 5}},
    "dun": {"task": "billing.dun", "schedule": 600.0, "options": {"expires": 600}},
    "report-counts": {
        "task": "billing.report_counts",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "compare-invoices": {
        "task": "billing.reconcile",
        "schedule": crontab(hour=4, minute=30),
        "options": {"expires": 3_600},
    },
}
