"""What Django calls after a test that has committed: a `flush` that takes a tenth of the time."""

import atexit
import os
from functools import cache
from typing import Any, Final

import psycopg
from django.apps import apps as registry
from django.core.management.commands import flush
from django.db import connection

# What migrations write: tiers, meters, and Django's own lists of models and permissions.
MIGRATED: Final = {
    "auth_permission",
    "billing_meterprice",
    "billing_priceband",
    "billing_pricelist",
    "billing_priceversion",
    "django_content_type",
    "metering_meter",
    "tenants_limit",
    "tenants_tier",
    "tenants_tierversion",
}


# The price list is one of several that a test may make; its version, one of several of that list.
_SEEDED = "price_list_id = 'published' AND number = 1"
_VERSION = f"(SELECT id FROM billing_priceversion WHERE {_SEEDED})"
_PRICE = f"(SELECT id FROM billing_meterprice WHERE version_id IN {_VERSION})"
BEYOND: Final = [
    f"DELETE FROM billing_priceband WHERE price_id NOT IN {_PRICE}",
    f"DELETE FROM billing_meterprice WHERE version_id NOT IN {_VERSION}",
    f"DELETE FROM billing_priceversion WHERE NOT ({_SEEDED})",
    "DELETE FROM billing_pricelist WHERE slug <> 'published'",
]


LOCKED_WITHIN: Final = "60s"  # a test that left a transaction open would keep us for ever


class Command(flush.Command):
    """Empties our tables in one transaction, by a connection that is kept for that.

    Django's own truncates: new files for every table and every index, 64 ms however few the rows
    were. To delete takes 21 ms where a connection is new and has to learn of all the tables, as
    Django's is in every test, and one where it knows them.
    """

    def handle(self, **_: Any) -> None:
        database = str(connection.settings_dict["NAME"])
        try:
            _kept(database).execute(EMPTY)
        except psycopg.OperationalError:  # the server was started anew
            _kept.cache_clear()
            _kept(database).execute(EMPTY)


EMPTY: Final = "SELECT pg_temp.empty()"


@cache
def _kept(database: str) -> psycopg.Connection:
    """Foreign keys are checked at a transaction's end, so no order matters."""
    models = registry.get_models(include_auto_created=True)
    tables = sorted({model._meta.db_table for model in models} - MIGRATED)
    waited = f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE"  # for who still writes
    body = "; ".join([waited, *(f"DELETE FROM {table}" for table in tables), *BEYOND])
    made = psycopg.connect(os.environ["DATABASE_URL"], dbname=database, autocommit=True)
    atexit.register(made.close)
    made.execute(f"SET lock_timeout = '{LOCKED_WITHIN}'")
    made.execute(
        f"CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body}; END $$"
    )
    return made
