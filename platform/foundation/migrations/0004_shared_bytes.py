# Written by hand: the index is built while files are stored.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('foundation', '0003_letters'),
    ]

    operations = [
        migrations.CreateModel(
            name='EndedBytes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=200)),
                ('due_at', models.DateTimeField(db_index=True)),
            ],
            options={'verbose_name_plural': 'ended bytes'},
        ),
        AddIndexConcurrently(
            model_name='storedfile',
            index=models.Index(fields=['path'], name='file_path'),
        ),
    ]
