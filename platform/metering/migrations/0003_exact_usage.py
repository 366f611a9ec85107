"""Months with a fence, compact rows of users, counters by day, meters as data, kept item events.

What the tables before it held is carried over, then they go: a release that writes them cannot run
beside this one. Nobody was to be billed for it: the months that are over are closed without a
statement (docs/how-to/operate.md, "Upgrade").
"""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import foundation.ids

METERS = """
INSERT INTO metering_meter (name, aggregation, unit, description, reported) VALUES
    ('mau', 'unique', 'user', 'Monthly active users', true),
    ('effects', 'sum', 'effect', 'Effects and stems that were made', false),
    ('job_seconds_cpu', 'sum', 'second', 'Seconds that jobs ran on a CPU', false),
    ('job_seconds_gpu', 'sum', 'second', 'Seconds that jobs ran on a GPU', false),
    ('job_seconds_npu', 'sum', 'second', 'Seconds that jobs ran on an NPU', false),
    ('live_audio_seconds', 'sum', 'second', 'Seconds of live audio that were scored', false)
"""

# A closed month has neither statement nor invoice after this, and what is still told of it is late
# and corrects nothing. Months without a row are closed as well, as far back as events are taken
# (metering.items.MOST_MONTHS_AGO): the first event of one would open it.
CLOSE_WHAT_IS_OVER = """
INSERT INTO metering_usagemonth (organisation_id, livemode, month, mau, late_mau)
SELECT organisation.id, true, over.month::date, 0, 0
FROM tenants_organisation AS organisation
CROSS JOIN date_trunc('month', now() AT TIME ZONE 'UTC') AS present
CROSS JOIN generate_series(
    greatest(
        date_trunc('month', organisation.created_at AT TIME ZONE 'UTC'),
        present - interval '13 months'
    ),
    present - interval '1 month',
    interval '1 month'
) AS over (month)
WHERE NOT EXISTS (
    SELECT FROM metering_usagemonth AS known
    WHERE known.organisation_id = organisation.id AND known.livemode
        AND known.month = over.month::date
);

UPDATE metering_usagemonth SET closed_at = now()
WHERE livemode AND month < date_trunc('month', now() AT TIME ZONE 'UTC')::date;
"""

# How earlier users came to be counted was not kept: their operation is empty. No ON CONFLICT: the
# tables get their constraints when all of this is done.
CARRY_OVER = """
INSERT INTO metering_usagemonth (organisation_id, livemode, month, mau, late_mau)
SELECT organisation_id, livemode, month, sum(total), 0
FROM (
    SELECT organisation_id, livemode, month, total FROM billing_activeusercount
    UNION ALL
    SELECT organisation_id, livemode, date_trunc('month', occurred_at AT TIME ZONE 'UTC')::date, 0
    FROM metering_usagerow
) AS had
GROUP BY 1, 2, 3;

INSERT INTO metering_origin (operation, key_id, family, late)
SELECT '', '', '', false WHERE EXISTS (SELECT FROM billing_activeuser);

INSERT INTO metering_activeuser (first_seen_at, usage_month_id, origin_id, user_hash)
SELECT seen.first_seen_at, usage_month.id, origin.id, encode(seen.user_hash, 'hex')::uuid
FROM billing_activeuser AS seen
JOIN metering_usagemonth AS usage_month USING (organisation_id, livemode, month)
CROSS JOIN metering_origin AS origin
ORDER BY usage_month.id, seen.user_hash;

INSERT INTO metering_usagecount
    (organisation_id, livemode, day, meter, key_id, family, late, quantity)
SELECT usage_month.organisation_id, usage_month.livemode,
    (seen.first_seen_at AT TIME ZONE 'UTC')::date, 'mau', '', '', false, count(*)
FROM metering_activeuser AS seen
JOIN metering_usagemonth AS usage_month ON usage_month.id = seen.usage_month_id
GROUP BY 1, 2, 3
UNION ALL
SELECT organisation_id, livemode, (occurred_at AT TIME ZONE 'UTC')::date, meter, '', '', false,
    sum(quantity)
FROM metering_usagerow
GROUP BY 1, 2, 3, 4;

DROP TABLE billing_activeuser;
DROP TABLE billing_activeusercount;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0002_active_users_move'),
        ('metering', '0002_usage_rows'),
        ('tenants', '0006_base_managers'),
    ]

    operations = [
        # Their tables stay until their rows are carried over.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name='ActiveUser'),
                migrations.DeleteModel(name='ActiveUserCount'),
            ],
        ),
        migrations.CreateModel(
            name='Meter',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False, validators=[django.core.validators.RegexValidator('^[a-z][a-z0-9_]*\\Z', 'Lower-case letters, digits and _')])),
                ('aggregation', models.CharField(choices=[('unique', 'Unique'), ('sum', 'Sum'), ('max', 'Max')], max_length=6)),
                ('unit', models.CharField(help_text='In the singular, such as effect or second', max_length=20)),
                ('description', models.CharField(max_length=200)),
                ('reported', models.BooleanField(default=False, help_text='Developers may report it to POST /v1/usage/events')),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('aggregation', 'unique'), _negated=True), ('name', 'mau'), _connector='OR'), name='only_users_are_unique', violation_error_message='Only mau counts users.')],
            },
        ),
        migrations.RunSQL(METERS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='UsageMonth',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('month', models.DateField(help_text='The first day of the UTC month')),
                ('mau', models.PositiveIntegerField(db_default=0, default=0)),
                ('late_mau', models.PositiveIntegerField(db_default=0, default=0)),
                ('closed_at', models.DateTimeField(null=True)),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='usage_months', to='tenants.organisation')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['month'], name='usage_month_open')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'livemode', 'month'), name='usage_month_once')],
            },
        ),
        migrations.CreateModel(
            name='UserSeal',
            fields=[
                ('usage_month', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='seal', serialize=False, to='metering.usagemonth')),
                ('users', models.PositiveIntegerField()),
                ('root', models.BinaryField(max_length=32)),
                ('blocks', models.BinaryField()),
                ('sealed_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Origin',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('operation', models.CharField(help_text='Such as POST /v1/usage/events', max_length=100)),
                ('key_id', models.CharField(db_collation='C', max_length=40)),
                ('family', models.CharField(max_length=40)),
                ('late', models.BooleanField(help_text='Counted when the month was closed')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key_id', 'operation', 'family', 'late'), name='origin_once')],
            },
        ),
        migrations.CreateModel(
            name='ActiveUser',
            fields=[
                ('pk', models.CompositePrimaryKey('usage_month_id', 'user_hash', blank=True, editable=False, primary_key=True, serialize=False)),
                ('first_seen_at', models.DateTimeField()),
                ('usage_month', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='metering.usagemonth')),
                ('origin', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='metering.origin')),
                ('user_hash', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='UsageCount',
            fields=[
                ('pk', models.CompositePrimaryKey('organisation_id', 'livemode', 'day', 'meter', 'key_id', 'family', 'late', blank=True, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('day', models.DateField()),
                ('meter', models.CharField(db_collation='C', max_length=40)),
                ('key_id', models.CharField(db_collation='C', max_length=40)),
                ('family', models.CharField(db_collation='C', max_length=40)),
                ('late', models.BooleanField()),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=36)),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenants.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='UsageEvent',
            fields=[
                ('pk', models.CompositePrimaryKey('organisation_id', 'livemode', 'source', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('source', models.CharField(db_collation='C', max_length=200)),
                ('event_id', models.CharField(db_collation='C', max_length=200)),
                ('body_hash', models.BinaryField(max_length=16)),
                ('meter', models.CharField(max_length=40)),
                ('quantity', models.DecimalField(decimal_places=6, max_digits=24)),
                ('time', models.DateTimeField()),
                ('key_id', models.CharField(db_collation='C', max_length=40)),
                ('received_at', models.DateTimeField()),
                ('late', models.BooleanField()),
                ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='tenants.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', foundation.ids.IdField(db_collation='C', editable=False, max_length=40, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('month', models.DateField(help_text='The first day of the UTC month')),
                ('kind', models.CharField(choices=[('service_credit', 'Service Credit')], max_length=20)),
                ('percent', models.DecimalField(decimal_places=4, max_digits=7, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)])),
                ('reason', models.CharField(max_length=200)),
                ('source', models.CharField(db_collation='C', max_length=100)),
                ('created_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='adjustments', to='tenants.organisation')),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'livemode', 'month'], name='adjustment_of_month')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'source'), name='adjustment_once'), models.CheckConstraint(condition=models.Q(('percent__gte', 0), ('percent__lte', 100)), name='adjustment_percent')],
            },
        ),
        migrations.RemoveIndex(
            model_name='usagerow',
            name='usage_of_month',
        ),
        migrations.AlterField(
            model_name='usagerow',
            name='quantity',
            field=models.DecimalField(decimal_places=6, max_digits=24),
        ),
        migrations.AddField(
            model_name='usagerow',
            name='key_id',
            field=models.CharField(db_collation='C', db_default='', max_length=40),
        ),
        migrations.AddField(
            model_name='usagerow',
            name='family',
            field=models.CharField(db_default='', max_length=40),
        ),
        migrations.AddField(
            model_name='usagerow',
            name='late',
            field=models.BooleanField(db_default=False),
        ),
        migrations.RunSQL(CARRY_OVER, migrations.RunSQL.noop),
        migrations.RunSQL(CLOSE_WHAT_IS_OVER, migrations.RunSQL.noop),
    ]
