from django.apps import AppConfig


class InsideConfig(AppConfig):
    name = "tests.soak.jobs.inside"
    label = "soak_jobs"
