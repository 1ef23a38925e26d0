"""Attest verdicts on a batch as a validator that is admitted and bonded.

    PRIVATE_KEY=0x… python attest.py --rpc URL --deployment FILE --report CID BATCH_ID verdicts.txt

``verdicts.txt`` has one line for each record of the batch: its CID and a code, 0 to accept it, or
the reason to reject it. The report is published first; its CID goes on chain with the root.

A correction has a higher ``--sequence``. Never sign two roots under one: anybody can prove that,
and it costs the bond.
"""

import json
from pathlib import Path

import network
import trees
from web3 import Web3


def main() -> None:
    """Attest, and print what was attested as JSON."""
    options = network.parser(__doc__)
    options.add_argument("--report", required=True, metavar="CID")
    options.add_argument("--sequence", type=int, default=1)
    options.add_argument("batch_id")
    options.add_argument("verdicts", type=Path, help="file with a CID and a code a line")
    given = options.parse_args()
    ledger, key = network.connect(given), network.own_key()
    batch_id = Web3.to_bytes(hexstr=given.batch_id)
    lines = [line.split() for line in given.verdicts.read_text().splitlines()]
    verdicts = {trees.digest_of(cid): int(code) for cid, code in lines}
    rejected = sum(code != 0 for code in verdicts.values())
    if len(verdicts) != ledger.registry.functions.batch(batch_id).call()[2]:
        raise SystemExit("the batch has another number of records")
    if not ledger.validators.functions.isActive(key.address).call():
        raise SystemExit(f"{key.address} is not an active validator")
    root = trees.root_of([trees.verdict_leaf(record, code) for record, code in verdicts.items()])
    call = ledger.attestations.functions.attest(
        batch_id,
        given.sequence,
        root,
        len(verdicts) - rejected,
        rejected,
        trees.digest_of(given.report),
    )
    receipt = network.send(ledger, key, call)
    print(
        json.dumps(
            {
                "validator": key.address,
                "root": Web3.to_hex(root),
                "accepted": len(verdicts) - rejected,
                "rejected": rejected,
                "block": receipt["blockNumber"],
                "gas_used": receipt["gasUsed"],
            }
        )
    )


if __name__ == "__main__":
    main()
