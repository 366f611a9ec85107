from django.apps import AppConfig


class NoucampConfig(AppConfig):
    name = "apps.noucamp"
    verbose_name = "NouCamp"
