from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs.dispatch import checks  # noqa: F401  (it registers itself)
