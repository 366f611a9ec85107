"""Organisations, their members, how they moved between tiers, and what was agreed with each."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q

from foundation.ids import IdField
from tenants.epochs import TellingManager
from tenants.limits import Strictness
from tenants.models.tiers import LimitFields, Tier


class Organisation(models.Model):
    """A developer's company: the unit that is billed, limited and isolated.

    `epoch` numbers the states that admission depends on; only `tenants.epochs` writes it.
    """

    class LeakedKeys(models.TextChoices):
        REVOKE = "revoke", "Revoke a key that is found in public, and say so"
        NOTIFY = "notify", "Say so; the key goes on working"

    id = IdField()
    name = models.CharField(max_length=120)
    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="organisations")
    created_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True, blank=True)
    strictness = models.CharField(
        max_length=8,
        choices=Strictness.choices,
        default=Strictness.BALANCED,
        db_default=Strictness.BALANCED,
        help_text="What happens to its calls while the store of limits is away",
    )
    leaked_keys = models.CharField(
        max_length=6,
        choices=LeakedKeys.choices,
        default=LeakedKeys.REVOKE,
        db_default=LeakedKeys.REVOKE,
        help_text="What happens when a secret scanner reports one of its keys",
    )
    next_tier = models.ForeignKey(
        Tier,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="A smaller tier that was chosen: it takes force at the next month's start",
    )
    next_tier_on = models.DateField(
        null=True, blank=True, editable=False, help_text="The first day of that month"
    )
    tier_month = models.DateField(
        null=True, editable=False, help_text="The last month whose start its tier has seen"
    )
    payment_method = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It has a way to pay, so it may grow beyond the free tier; billing writes it",
    )
    restricted_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since when it stands under the free tier's limits, its invoices being unpaid",
    )
    sandbox_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.CASCADE,
        related_name="sandboxes",
        help_text="Whose sandbox it is; empty for every real organisation",
    )
    clock_ahead_s = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="How far a sandbox's clock is ahead, in seconds",
    )
    epoch = models.BigIntegerField(default=1, db_default=1, editable=False)

    objects = TellingManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=Q(clock_ahead_s=0) | Q(sandbox_of__isnull=False, clock_ahead_s__gte=0),
                name="only_a_sandbox_has_its_own_clock",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save all but the epoch, which may have grown since the row was read."""
        if not self._state.adding and kwargs.get("update_fields") is None:
            kept = {"id", "epoch"}
            kwargs["update_fields"] = {f.name for f in self._meta.concrete_fields} - kept
        super().save(*args, **kwargs)

    @property
    def sandbox(self) -> bool:
        return self.sandbox_of_id is not None

    @property
    def billed_mode(self) -> bool:
        """The `livemode` whose usage makes its statements: a sandbox has test keys alone."""
        return not self.sandbox

    def moment(self, now: datetime) -> datetime:
        """What its clock shows at `now`: a sandbox's may be ahead."""
        return now + timedelta(seconds=self.clock_ahead_s) if self.clock_ahead_s else now


class TierChange(models.Model):
    """A move between tiers: what a month is billed by, and how an organisation came to its tier."""

    class Reason(models.TextChoices):
        CHOSEN = "chosen", "The organisation chose it"
        COUNTED = "counted", "Its users of the month crossed into it"
        MONTH_START = "month_start", "A month began"
        OPERATOR = "operator", "The operator moved it"
        RESTRICTED = "restricted", "Invoices stayed unpaid"
        RESTORED = "restored", "What was unpaid is paid"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="tier_changes"
    )
    from_tier = models.ForeignKey(Tier, null=True, on_delete=models.PROTECT, related_name="+")
    to_tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=12, choices=Reason.choices)

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"], name="tier_change_of")]

    def __str__(self) -> str:
        return f"{self.organisation_id} to {self.to_tier_id}: {self.reason}"


class ContractLimit(LimitFields):
    """A limit agreed with one organisation; it replaces the tier's limit of the same name."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="contract_limits"
    )

    objects = TellingManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="contract_limit_once")
        ]


class Member(models.Model):
    """A person who belongs to an organisation."""

    class Role(models.TextChoices):
        OWNER = "owner"
        DEVELOPER = "developer"
        VIEWER = "viewer"

    id = IdField()
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="members")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "email"], name="member_once")
        ]

    def __str__(self) -> str:
        return self.email
