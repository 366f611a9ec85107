"""Usage rows are new; the tables of active users were `billing`'s, and keep their names.

So the previous release, which writes them by these names, goes on beside this one.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('billing', '0001_initial'),
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ActiveUser',
                    fields=[
                        ('pk', models.CompositePrimaryKey('organisation_id', 'livemode', 'month', 'user_hash', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('livemode', models.BooleanField()),
                        ('month', models.DateField()),
                        ('user_hash', models.BinaryField(max_length=16)),
                        ('first_seen_at', models.DateTimeField()),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenants.organisation')),
                    ],
                    options={'db_table': 'billing_activeuser'},
                ),
                migrations.CreateModel(
                    name='ActiveUserCount',
                    fields=[
                        ('pk', models.CompositePrimaryKey('organisation_id', 'livemode', 'month', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('livemode', models.BooleanField()),
                        ('month', models.DateField()),
                        ('total', models.PositiveIntegerField()),
                        ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='tenants.organisation')),
                    ],
                    options={'db_table': 'billing_activeusercount'},
                ),
            ],
        ),
    ]
