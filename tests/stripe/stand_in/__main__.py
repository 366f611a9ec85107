"""`python -m tests.stripe.stand_in --port 12111 [--webhook URL --secret whsec_…]`"""

import argparse
import signal
import threading

from tests.stripe.stand_in.running import running


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stripe.stand_in", description=__doc__)
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one")
    parser.add_argument("--api-key", help="the only key that is let in")
    parser.add_argument("--webhook", help="an address that is sent every event")
    parser.add_argument(
        "--secret", default="whsec_standin", help="what its deliveries are signed with"
    )
    given = parser.parse_args()
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    with running(given.port, given.api_key) as stand_in:
        if given.webhook:
            stand_in.control.listen(given.webhook, given.secret)
        print(f"{stand_in.url} {stand_in.api_key}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
