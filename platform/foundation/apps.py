from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FoundationConfig(AppConfig):
    name = "foundation"

    def ready(self) -> None:
        from foundation.mail import checks  # noqa: F401  (it registers itself)

        autodiscover_modules("events")  # every family's: the catalogue is whole in every process
