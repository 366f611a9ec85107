"""Django settings. `tifo.settings` reads the typed environment; `tifo.settings.test` is the suite's."""

from tifo.settings.base import *  # noqa: F403  (Django reads a module's names)
