"""Django's usual entry, for tools that look for it: the same as the `tifo` command."""

import sys

from tifo.commands import main

if __name__ == "__main__":
    sys.exit(main())
