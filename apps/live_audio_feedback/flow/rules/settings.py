"""What a session's artist has settled: how often tracks repeat, and when recovery is due."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from apps.live_audio_feedback.flow.rules.commands import VETO_S
from apps.live_audio_feedback.flow.rules.mood import MoodRules
from apps.live_audio_feedback.flow.rules.offers import AHEAD, REPEAT_AFTER_S, Choice, Recovery

BANDIT: Final = "bandit"
LLM: Final = "llm"
SELECTORS: Final = (BANDIT, LLM)
_MOOD = MoodRules()


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds, scores in points; `ahead` is how many tracks are queued in `auto`."""

    selector: str = BANDIT
    recovery: str = Recovery.PROPOSE
    recovery_below: float = _MOOD.below
    recovery_hysteresis: float = _MOOD.hysteresis
    recovery_for_s: float = _MOOD.for_s
    recovery_cooldown_s: float = _MOOD.cooldown_s
    repeat_after_s: float = REPEAT_AFTER_S
    veto_s: float = VETO_S
    ahead: int = AHEAD

    @property
    def choice(self) -> Choice:
        return Choice(Recovery(self.recovery), self.repeat_after_s, self.ahead)

    @property
    def mood(self) -> MoodRules:
        return MoodRules(
            self.recovery_below,
            self.recovery_hysteresis,
            self.recovery_for_s,
            self.recovery_cooldown_s,
        )

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "Settings":
        """What was kept, and the defaults for what was not."""
        return cls(**kept)
