"""A session's flow: its state, its pool, what was played, and every decision, which stays."""

from django.db import models

from apps.live_audio_feedback.flow.rules.mood import Mood
from apps.live_audio_feedback.flow.rules.settings import Settings
from apps.live_audio_feedback.flow.rules.state import State
from apps.live_audio_feedback.models import LiveSession
from tenants.models import Organisation


class Flow(models.Model):
    """One of a session. Every change of `state` holds the row's lock, for a moment only.

    `prior` is what earlier sessions had taught when the flow began, with the organisation's
    consent; `decisions` is the number of the log's last one.
    """

    session = models.OneToOneField(
        LiveSession, on_delete=models.CASCADE, primary_key=True, related_name="flow"
    )
    version = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=10, default="off")
    state = models.JSONField()
    settings = models.JSONField(default=dict)
    mood = models.JSONField(default=dict)
    pool = models.JSONField(default=list)
    prior = models.JSONField(default=dict)
    decisions = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.session_id

    def state_now(self) -> State:
        return State.load(self.state)

    def settings_now(self) -> Settings:
        return Settings.load(self.settings)

    def mood_now(self) -> Mood:
        return Mood(**self.mood)


class Play(models.Model):
    """A track that was played, with the features it had then.

    `reward` (0 to 1) and `numbers` are found out after its end; `judged` without a reward is a
    play that was too short, or that nobody heard.
    """

    session = models.ForeignKey(LiveSession, on_delete=models.CASCADE, related_name="plays")
    track = models.CharField(max_length=64)
    features = models.JSONField()
    after = models.JSONField(null=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    judged = models.BooleanField(default=False)
    reward = models.FloatField(null=True)
    numbers = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["session", "began_at"], name="play_of_session")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.track}"


class Decision(models.Model):
    """One line of the log: a command or an offer, and what came of it. Written once."""

    session = models.ForeignKey(
        LiveSession, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=10)
    action = models.CharField(max_length=20)
    track = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=10)
    version = models.PositiveIntegerField()
    detail = models.JSONField()
    key_id = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="decision_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.number} {self.action}"


class Learning(models.Model):
    """What an organisation's sessions teach later ones: kept only while it consents."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="flow_learning"
    )
    livemode = models.BooleanField()
    across_sessions = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    prior = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "learning"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "livemode"], name="learning_of_organisation"
            )
        ]

    def __str__(self) -> str:
        return self.organisation_id
