"""What streams came to, and the receipts of sealed sessions. New tables, and columns that may be empty."""

import django.db.models.deletion
import foundation.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('live_audio_feedback', '0002_states'),
        ('tenants', '0013_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='LiveStream',
            fields=[
                ('id', foundation.ids.IdField(db_collation='C', editable=False, max_length=40, primary_key=True, serialize=False)),
                ('zone', models.CharField(db_collation='C', max_length=64)),
                ('key_id', models.CharField(db_collation='C', max_length=40)),
                ('scorer', models.CharField(max_length=64)),
                ('scorer_sha256', models.CharField(max_length=64)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('received', models.BigIntegerField()),
                ('scored', models.BigIntegerField()),
                ('dropped', models.BigIntegerField()),
                ('repeated', models.BigIntegerField()),
                ('late', models.BigIntegerField()),
                ('lost', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='receipt', serialize=False, to='live_audio_feedback.livesession')),
                ('body', models.TextField()),
                ('signature', models.CharField(help_text='64 bytes in base64', max_length=88)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReceiptKey',
            fields=[
                ('id', models.CharField(db_collation='C', max_length=40, primary_key=True, serialize=False)),
                ('public_key', models.CharField(help_text='32 bytes in base64', max_length=44)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='livesession',
            name='sealed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='livesession',
            name='seals_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='livesession',
            index=models.Index(condition=models.Q(('sealed_at', None), ('seals_at__isnull', False)), fields=['seals_at'], name='live_session_to_seal'),
        ),
        migrations.AddField(
            model_name='livestream',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='streams', to='live_audio_feedback.livesession'),
        ),
        migrations.AddField(
            model_name='receipt',
            name='key',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='live_audio_feedback.receiptkey'),
        ),
    ]
