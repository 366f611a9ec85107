"""The command: files in, what is wrong with them out."""

import sys
from argparse import ArgumentParser

from tifo_client.verify.statements import main


def command() -> int:
    """0 if all is right, 1 if anything differs; 2 if nothing was named, or it cannot be read."""
    parser = ArgumentParser(
        "python -m tifo_client.verify",
        description="Recompute statements from their export, without a server.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="an export, or a user's proof")
    try:
        return main(parser.parse_args().files)
    except OSError as error:
        parser.exit(2, f"{error.filename}: cannot be read: {error.strerror}\n")


if __name__ == "__main__":
    sys.exit(command())
