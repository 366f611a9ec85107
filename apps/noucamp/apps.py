from django.apps import AppConfig


class NoucampConfig(AppConfig):
    name = "apps.noucamp"
