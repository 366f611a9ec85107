from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        from gateway import epochs, refunds

        epochs.listen()
        refunds.listen()
