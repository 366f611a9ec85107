from django.db import migrations


class Migration(migrations.Migration):
    operations = [migrations.RunSQL("ALTER TABLE migrating ADD COLUMN first integer")]
