"""The channel layer, with a door for threads, which have no event loop."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# Redis answers in a millisecond; one that is cut off would hold the sender for many minutes.
PATIENCE_S: Final = 0.5


class ChannelLayer(RedisPubSubChannelLayer):  # type: ignore[misc]  # it is not typed
    """Redis' publish and subscribe on one server: what is sent while it is away is lost."""

    def __init__(self, *, hosts: Sequence[str], prefix: str) -> None:
        super().__init__(hosts=hosts, prefix=prefix)
        [self._url] = hosts
        self._prefix = prefix

    def publish(self, told: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Send each message to its group, in order, as `group_send` would one after the other.

        An event loop takes six times as long to do it. Raises RedisError and OSError.
        """
        with self._client.pipeline(transaction=False) as together:
            for group, message in told:
                together.publish(f"{self._prefix}__group__{group}", self.serialize(message))
            together.execute()

    @cached_property
    def _client(self) -> Redis:
        return Redis.from_url(
            self._url,
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 0),
        )
