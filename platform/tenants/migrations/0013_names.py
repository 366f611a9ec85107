"""MAU, SLA and API key, as people write them. The database learns nothing, so nothing waits for it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0012_model_bytes'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelOptions(
                    name='apikey',
                    options={'base_manager_name': 'objects', 'verbose_name': 'API key'},
                ),
                migrations.AlterField(
                    model_name='tierversion',
                    name='mau_from',
                    field=models.PositiveIntegerField(help_text='Monthly active users at which the tier begins', verbose_name='MAU from'),
                ),
                migrations.AlterField(
                    model_name='tierversion',
                    name='mau_to',
                    field=models.PositiveIntegerField(blank=True, help_text='The last user it admits in a month; empty for no end', null=True, verbose_name='MAU to'),
                ),
                migrations.AlterField(
                    model_name='tierversion',
                    name='sla',
                    field=models.BooleanField(default=False, help_text='Objectives are agreed by contract', verbose_name='SLA'),
                ),
            ],
        ),
    ]
