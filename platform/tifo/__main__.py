"""`python -m tifo`, and the `tifo` command."""

import sys

from tifo.commands import main

if __name__ == "__main__":
    sys.exit(main())
