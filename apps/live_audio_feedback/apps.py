from django.apps import AppConfig


class LiveAudioFeedbackConfig(AppConfig):
    name = "apps.live_audio_feedback"
    verbose_name = "Live Audio Feedback"
