from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("migrating", "0002_second")]

    operations = [
        migrations.RunSQL("CREATE INDEX CONCURRENTLY migrating_first ON migrating (first)"),
    ]
