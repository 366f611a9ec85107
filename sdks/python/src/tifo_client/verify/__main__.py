"""The command: files in, what is wrong with them out."""

import sys

from tifo_client.verify.statements import main

if __name__ == "__main__":
    sys.exit(main())
