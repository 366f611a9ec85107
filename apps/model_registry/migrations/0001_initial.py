"""Model checks come from noucamp, where their table was made and whose name it keeps.

Renamed, the table would be missed by the release before, which runs beside this migration. Only
Django's state changes, and the content type: what operators may see stays granted to them.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import foundation.ids
from django.db import migrations, models


def to_the_registry(apps, schema_editor):
    _relabel(apps, schema_editor, 'noucamp', 'model_registry')


def to_noucamp(apps, schema_editor):
    _relabel(apps, schema_editor, 'model_registry', 'noucamp')


def _relabel(apps, schema_editor, old, new):
    # In a new database there are none yet: they are made after all migrations.
    content_types = apps.get_model('contenttypes', 'ContentType').objects
    rows = content_types.using(schema_editor.connection.alias).filter(model='modelcheck')
    rows.filter(app_label=old).update(app_label=new)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('noucamp', '0003_model_checks_leave'),
        ('tenants', '0002_seed_tiers'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ModelCheck',
                    fields=[
                        ('id', foundation.ids.IdField(db_collation='C', editable=False, max_length=40, primary_key=True, serialize=False)),
                        ('livemode', models.BooleanField()),
                        ('name', models.CharField(max_length=200)),
                        ('sha256', models.CharField(help_text='Of the bytes that were sent', max_length=64)),
                        ('bytes_seen', models.BigIntegerField()),
                        ('size_bytes', models.BigIntegerField(help_text='Of the whole file, as declared')),
                        ('tier_version', models.CharField(max_length=60)),
                        ('placement', models.CharField(blank=True, max_length=10)),
                        ('allowed', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                        ('verdict', models.JSONField()),
                        ('created_at', models.DateTimeField()),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='model_checks', to='tenants.organisation')),
                    ],
                    options={
                        'db_table': 'noucamp_modelcheck',
                    },
                ),
            ],
        ),
        migrations.RunPython(to_the_registry, to_noucamp),
    ]
