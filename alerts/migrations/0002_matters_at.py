from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("alerts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="matters_at",
            field=models.DateTimeField(
                blank=True, help_text="The time of the visit it is about; empty: it is about none", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("status", "open")),
                fields=["-severity", "matters_at", "first_seen_at", "id"],
                name="alert_urgent",
            ),
        ),
    ]
