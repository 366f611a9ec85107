import django.db.models.deletion
import foundation.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('foundation', '0001_initial'),
        ('tenants', '0005_recording_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('id', foundation.ids.IdField(db_collation='C', editable=False, max_length=40, primary_key=True, serialize=False)),
                ('livemode', models.BooleanField()),
                ('name', models.CharField(max_length=120)),
                ('duration_s', models.FloatField()),
                ('sample_rate', models.PositiveIntegerField()),
                ('channels', models.PositiveSmallIntegerField()),
                ('seconds_max', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField()),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='foundation.storedfile')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recordings', to='tenants.organisation')),
            ],
        ),
    ]
