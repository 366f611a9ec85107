"""What a user costs stands in billing's price lists alone, which copied it from here before."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0007_tiers_followed'),
    ]

    operations = [
        migrations.RemoveField(model_name='tierversion', name='currency'),
        migrations.RemoveField(model_name='tierversion', name='price_per_mau'),
    ]
