"""Django settings: `base` reads the typed environment, `test` is the suite's."""
