from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        from gateway import checks  # noqa: F401  (it registers itself)
        from gateway.admission import refunds
        from gateway.callers import changes

        changes.listen()
        refunds.listen()
