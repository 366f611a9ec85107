"""`tifo create_organisation NAME EMAIL`: for an operator whose sign-up is closed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from foundation.clock import now
from tenants.services.organisations import create_organisation


class Command(BaseCommand):
    help = "Create an organisation with its owner; prints its id and its first two keys, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("email", help="of the owner, the first member")

    def handle(self, *args: Any, name: str, email: str, **options: Any) -> None:
        if not settings.KEY_PEPPER:
            raise CommandError("Set TIFO_KEY_PEPPER to the platform's own: keys depend on it.")
        try:
            validate_email(email)
        except ValidationError as wrong:
            raise CommandError(f"{email!r} is not an e-mail address.") from wrong
        organisation, live_key, test_key = create_organisation(name=name, email=email, now=now())
        made = {"id": organisation.pk, "live_key": live_key, "test_key": test_key}
        self.stdout.write(json.dumps(made, indent=2))
