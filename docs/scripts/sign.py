"""Sign records as their contributor: one signature, however many there are.

    PRIVATE_KEY=0x… python sign.py --rpc URL --deployment FILE records.txt > submission.json

``records.txt`` has one CID a line. No transaction is sent, and nothing is paid.
"""

import json
from pathlib import Path

import network
import trees
from web3 import Web3


def main() -> None:
    """Print the submission as JSON."""
    options = network.parser(__doc__)
    options.add_argument("records", type=Path, help="file with one CID a line")
    given = options.parse_args()
    ledger, key = network.connect(given), network.own_key()
    records = given.records.read_text().split()
    root = trees.root_of([trees.record_leaf(trees.digest_of(cid)) for cid in records])
    signed = key.sign_message(network.submission(ledger, root, len(records)))
    print(
        json.dumps(
            {
                "contributor": key.address,
                "root": Web3.to_hex(root),
                "signature": Web3.to_hex(signed.signature),
                "records": records,
            }
        )
    )


if __name__ == "__main__":
    main()
