from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("migrating", "0001_first")]

    operations = [
        migrations.RunSQL("ALTER TABLE migrating ADD COLUMN second integer"),
        migrations.RunSQL("ALTER TABLE migrating ALTER COLUMN second SET DEFAULT 1"),
    ]
