"""`python -m audio.effects` prints the catalogue as `docs/reference/effects.md` holds it."""

import sys

from audio.effects.reference import markdown

if __name__ == "__main__":
    sys.stdout.write(markdown())
