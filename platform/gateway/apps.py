from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        from gateway import checks, epochs, refunds  # noqa: F401  (a check registers itself)

        epochs.listen()
        refunds.listen()
