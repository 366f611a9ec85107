"""Check the receipts of sessions without a server: `python receipts.py keys.json receipt.json …`.

`keys.json` is what `GET /v1/receipts/keys` answered, at a time when you trusted it. Needs Python
alone.
"""

import json
import sys
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tifo_client.verify import ed25519


def canonical(receipt: object) -> bytes:
    """The text that is signed: sorted keys, no spaces, characters as they are, UTF-8."""
    return json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def is_genuine(signed: Mapping[str, Any], keys: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of the keys signed this receipt, as it stands in `receipt`.

    `signed` and `keys` are plain JSON: of the client's own objects what `to_dict` makes of them.
    """
    try:
        public = {each["id"]: b64decode(each["public_key"], validate=True) for each in keys}
        signature = b64decode(signed["signature"], validate=True)
        key, text = public.get(signed["key"]), canonical(signed["receipt"])
    except (KeyError, TypeError, ValueError):
        return False
    return key is not None and ed25519.is_genuine(key, text, signature)


def main(files: Sequence[str]) -> int:
    """0 if all are genuine, and 1 otherwise."""
    keys = json.loads(Path(files[0]).read_bytes())["data"]
    genuine = {name: is_genuine(json.loads(Path(name).read_bytes()), keys) for name in files[1:]}
    for name, is_so in genuine.items():
        print(f"{name}: {'genuine' if is_so else 'NOT signed by any of these keys, or altered'}")
    return int(not all(genuine.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[2:] else __doc__)
