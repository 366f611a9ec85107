from django.apps import AppConfig


class LiveFlowConfig(AppConfig):
    name = "apps.live_audio_feedback.flow"
    label = "live_flow"
    verbose_name = "Adaptive Flow"
