"""What the files of a model may take where it runs. Defaults in the database, for who knows no such columns."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0011_file_limits'),
    ]

    operations = [
        migrations.AddField(
            model_name='tierversion',
            name='cloud_bytes_max',
            field=models.BigIntegerField(db_default=68719476736, default=68719476736, help_text="What a model's files may take together to run in the cloud, to 64 GiB", validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(68719476736, 'The platform takes at most %(limit_value)s bytes there, and a tier may only be stricter.')]),
        ),
        migrations.AddField(
            model_name='tierversion',
            name='device_bytes_max',
            field=models.BigIntegerField(db_default=4294967296, default=4294967296, help_text='What they may take to run on a device, to 4 GiB', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(4294967296, 'The platform takes at most %(limit_value)s bytes there, and a tier may only be stricter.')]),
        ),
        migrations.AddField(
            model_name='tierversion',
            name='edge_bytes_max',
            field=models.BigIntegerField(db_default=8589934592, default=8589934592, help_text='What they may take to run at the edge, to 8 GiB', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(8589934592, 'The platform takes at most %(limit_value)s bytes there, and a tier may only be stricter.')]),
        ),
    ]
