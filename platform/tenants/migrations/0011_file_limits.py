"""What a tier lets through of uploads: inputs of jobs, and models."""

import django.contrib.postgres.fields
import django.core.validators
import tenants.models.tiers
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0010_job_shares'),
    ]

    operations = [
        migrations.AddField(
            model_name='tierversion',
            name='input_bytes_max',
            field=models.BigIntegerField(db_default=1073741824, default=1073741824, help_text='The largest input of a job that may be uploaded in parts', validators=[django.core.validators.MinValueValidator(1)]),
        ),
        migrations.AddField(
            model_name='tierversion',
            name='input_types',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100, validators=[django.core.validators.RegexValidator('^[a-z]+/(\\*|[a-z0-9][a-z0-9.+-]*)\\Z', 'A media type or a family, as in audio/*')]), db_default=['audio/*', 'image/*', 'application/json', 'application/octet-stream', 'application/x-npy', 'text/plain'], default=tenants.models.tiers.input_types_at_first, help_text='Media types of inputs that are taken, with commas between, as in audio/*', size=None),
        ),
        migrations.AddField(
            model_name='tierversion',
            name='model_bytes_max',
            field=models.BigIntegerField(db_default=17179869184, default=17179869184, help_text='The largest model file that may be uploaded in parts', validators=[django.core.validators.MinValueValidator(1)]),
        ),
    ]
