"""Anchor a batch of signed submissions: one transaction, however many records it holds.

    PRIVATE_KEY=0x… python anchor.py --rpc URL --deployment FILE --manifest CID submission.json …

The manifest is the head of the batch's DAG, which has to be published first: whoever follows the
chain fetches the records through it.
"""

import json
from pathlib import Path
from typing import Any

import network
import trees
from eth_account import Account
from web3 import Web3


def main() -> None:
    """Anchor, and print what was anchored as JSON."""
    options = network.parser(__doc__)
    options.add_argument("--manifest", required=True, metavar="CID")
    options.add_argument("submissions", type=Path, nargs="+", help="as sign.py prints them")
    given = options.parse_args()
    ledger, key = network.connect(given), network.own_key()
    submissions = [json.loads(path.read_text()) for path in given.submissions]
    for each in submissions:
        require_signed(ledger, each)
    root = trees.root_of([leaf(each) for each in submissions])
    count = sum(len(each["records"]) for each in submissions)
    call = ledger.registry.functions.anchor(root, count, trees.digest_of(given.manifest))
    receipt = network.send(ledger, key, call)
    (event,) = ledger.registry.events.Anchored().process_receipt(receipt)
    print(
        json.dumps(
            {
                "batch_id": Web3.to_hex(event["args"]["batchId"]),
                "root": Web3.to_hex(root),
                "count": count,
                "block": receipt["blockNumber"],
                "transaction": Web3.to_hex(receipt["transactionHash"]),
                "gas_used": receipt["gasUsed"],
            }
        )
    )


def require_signed(ledger: network.Network, given: dict[str, Any]) -> None:
    """A batch with a submission that nobody signed is worth nothing, and costs the same."""
    root = trees.root_of([trees.record_leaf(trees.digest_of(cid)) for cid in given["records"]])
    signed = network.submission(ledger, root, len(given["records"]))
    signer = Account.recover_message(signed, signature=given["signature"])
    if (Web3.to_hex(root), signer) != (given["root"], given["contributor"]):
        raise SystemExit(f"{given['contributor']} did not sign these records for this ledger")


def leaf(given: dict[str, Any]) -> bytes:
    """A submission's leaf in the batch's tree."""
    root = Web3.to_bytes(hexstr=given["root"])
    return trees.submission_leaf(root, given["contributor"], len(given["records"]))


if __name__ == "__main__":
    main()
