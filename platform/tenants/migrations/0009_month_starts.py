"""When a smaller tier takes force, which month's start a tier has seen, and present terms.

Where new organisations pay by invoice, those that there are do so too: nobody who could grow
yesterday is held today.
"""

from django.conf import settings
from django.db import migrations, models


def take_over_terms(apps, schema_editor):
    if settings.BILLING_TERMS == "invoice":
        apps.get_model("tenants", "Organisation").objects.update(payment_method=True)


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0008_prices_leave'),
    ]

    operations = [
        migrations.AddField(
            model_name='organisation',
            name='next_tier_on',
            field=models.DateField(blank=True, editable=False, help_text='The first day of that month', null=True),
        ),
        migrations.AddField(
            model_name='organisation',
            name='tier_month',
            field=models.DateField(editable=False, help_text='The last month whose start its tier has seen', null=True),
        ),
        migrations.RunPython(take_over_terms, migrations.RunPython.noop),
    ]
