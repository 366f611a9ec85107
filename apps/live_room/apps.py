from django.apps import AppConfig


class LiveRoomConfig(AppConfig):
    name = "apps.live_room"
    verbose_name = "Live Room"
