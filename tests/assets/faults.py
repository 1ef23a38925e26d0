"""Faults in proofs: each turns a valid proof into one that must fail in its own way, or, where a
file alone cannot show the fault, before a node.

A fault takes the proof as JSON values, and the other recorded proofs to borrow from.
"""

import json
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import rlp  # type: ignore[import-untyped]
from eth_account import Account

from ledger.anchor.batch import batch_id
from ledger.chain.signers import LocalSigner
from ledger.record import eip712
from ledger.record.cid import cid_of
from ledger.verify import Result

Values = dict[str, Any]
Others = Mapping[str, Values]
Fault = Callable[[Values, Others], Values | str]

STRANGER = LocalSigner(Account.from_key("0x" + "42" * 32))
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

FAULTS: dict[str, tuple[Result, Fault]] = {}


def fault(result: Result) -> Callable[[Fault], Fault]:
    """Register a function under its name, written with hyphens."""

    def register(function: Fault) -> Fault:
        FAULTS[function.__name__.replace("_", "-")] = (result, function)
        return function

    return register


def flipped(text: str, at: int = -1) -> str:
    """Hexadecimal with one bit changed."""
    place = at % len(text)
    return text[:place] + f"{int(text[place], 16) ^ 1:x}" + text[place + 1 :]


@fault(Result.MALFORMED)
def not_json(proof: Values, _: Others) -> str:
    return json.dumps(proof)[:-1]


@fault(Result.MALFORMED)
def nested_too_deeply(proof: Values, _: Others) -> str:
    return json.dumps(proof)[:-1] + ', "extra": ' + "[" * 100 + "]" * 100 + "}"


@fault(Result.MALFORMED)
def a_version_to_come(proof: Values, _: Others) -> Values:
    return {**proof, "version": 2}


@fault(Result.MALFORMED)
def an_unknown_field(proof: Values, _: Others) -> Values:
    return {**proof, "trust_me": True}


@fault(Result.MALFORMED)
def a_key_twice(proof: Values, _: Others) -> str:
    return json.dumps(proof)[:-1] + ', "version": 1}'


@fault(Result.MALFORMED)
def an_address_in_lower_case(proof: Values, _: Others) -> Values:
    proof["submission"]["contributor"] = proof["submission"]["contributor"].lower()
    return proof


@fault(Result.MALFORMED)
def hexadecimal_in_upper_case(proof: Values, _: Others) -> Values:
    proof["submission"]["root"] = "0x" + proof["submission"]["root"][2:].upper()
    return proof


@fault(Result.MALFORMED)
def a_path_longer_than_any_tree(proof: Values, _: Others) -> Values:
    proof["batch"]["path"] = ["0x" + "00" * 32] * 65
    return proof


@fault(Result.WRONG_CHAIN)
def another_chain(proof: Values, _: Others) -> Values:
    return {**proof, "chain_id": 1}


@fault(Result.WRONG_CONTRACT)
def another_registry(proof: Values, _: Others) -> Values:
    proof["contracts"]["registry"] = STRANGER.address
    return proof


@fault(Result.WRONG_CONTRACT)
def another_validator_set(proof: Values, _: Others) -> Values:
    proof["contracts"]["validator_set"] = STRANGER.address
    return proof


@fault(Result.TAMPERED_RECORD)
def a_faster_runtime(proof: Values, _: Others) -> Values:
    proof["record"]["bytes"] = flipped(proof["record"]["bytes"], -40)
    return proof


@fault(Result.TAMPERED_RECORD)
def another_name(proof: Values, others: Others) -> Values:
    proof["record"]["cid"] = others["rejected"]["record"]["cid"]
    return proof


@fault(Result.NOT_IN_SUBMISSION)
def a_record_nobody_signed(proof: Values, _: Others) -> Values:
    block = bytes.fromhex(proof["record"]["bytes"][2:])[:-1] + b"\x07"
    proof["record"] = {"cid": cid_of(block), "bytes": "0x" + block.hex()}
    return proof


@fault(Result.NOT_IN_SUBMISSION)
def the_path_of_another_record(proof: Values, others: Others) -> Values:
    proof["submission"]["path"] = others["rejected"]["submission"]["path"]
    return proof


@fault(Result.NOT_IN_SUBMISSION)
def an_inner_node_taken_for_the_root(proof: Values, _: Others) -> Values:
    proof["submission"]["path"].pop()
    return proof


@fault(Result.WRONG_CONTRIBUTOR)
def another_contributor(proof: Values, _: Others) -> Values:
    proof["submission"]["contributor"] = STRANGER.address
    return proof


@fault(Result.WRONG_CONTRIBUTOR)
def a_larger_count(proof: Values, _: Others) -> Values:
    proof["submission"]["count"] += 1
    return proof


@fault(Result.BAD_SIGNATURE)
def a_malleable_signature(proof: Values, _: Others) -> Values:
    raw = bytes.fromhex(proof["submission"]["signature"][2:])
    high = _ORDER - int.from_bytes(raw[32:64], "big")
    other = raw[:32] + high.to_bytes(32, "big") + bytes((55 - raw[64],))
    proof["submission"]["signature"] = "0x" + other.hex()
    return proof


@fault(Result.BAD_SIGNATURE)
def an_empty_signature(proof: Values, _: Others) -> Values:
    proof["submission"]["signature"] = "0x" + "00" * 65
    return proof


@fault(Result.NOT_IN_BATCH)
def a_submission_signed_by_a_thief(proof: Values, _: Others) -> Values:
    part = proof["submission"]
    domain = eip712.Domain(proof["chain_id"], proof["contracts"]["registry"])
    root = bytes.fromhex(part["root"][2:])
    signature = STRANGER.sign(eip712.submission(domain, root, part["count"]))
    part.update(contributor=STRANGER.address, signature="0x" + signature.hex())
    return proof


@fault(Result.NOT_IN_BATCH)
def the_root_of_another_batch(proof: Values, others: Others) -> Values:
    proof["batch"]["root"] = others["superseded"]["batch"]["root"]
    return proof


@fault(Result.NOT_ON_CHAIN)
def another_publisher(proof: Values, _: Others) -> Values:
    proof["batch"]["publisher"] = STRANGER.address
    del proof["state"]  # whose slots depend on the batch, and would fail first
    return proof


@fault(Result.NOT_ON_CHAIN)
def another_manifest(proof: Values, _: Others) -> Values:
    proof["batch"]["manifest"] = proof["record"]["cid"]
    return proof


@fault(Result.NOT_ON_CHAIN)
def the_anchor_of_another_batch(proof: Values, others: Others) -> Values:
    proof["anchor"] = others["superseded"]["anchor"]
    return _with_headers_of(proof, others["superseded"])


@fault(Result.BROKEN_HEADERS)
def a_header_missing(proof: Values, _: Others) -> Values:
    del proof["headers"][0]
    return proof


@fault(Result.BROKEN_HEADERS)
def a_header_changed(proof: Values, _: Others) -> Values:
    fields = rlp.decode(bytes.fromhex(proof["headers"][0][2:]))
    fields[5] = bytes(32)
    proof["headers"][0] = "0x" + rlp.encode(fields).hex()
    return proof


@fault(Result.BROKEN_HEADERS)
def headers_out_of_order(proof: Values, _: Others) -> Values:
    proof["headers"].reverse()
    return proof


@fault(Result.UNTRUSTED_BLOCK)
def a_chain_of_ones_own(proof: Values, _: Others) -> Values:
    fields = rlp.decode(bytes.fromhex(proof["headers"][-1][2:]))
    fields[12] = b"forged"
    proof["headers"][-1] = "0x" + rlp.encode(fields).hex()
    return proof


@fault(Result.BAD_RECEIPT)
def a_receipt_changed(proof: Values, _: Others) -> Values:
    proof["anchor"]["nodes"][-1] = flipped(proof["anchor"]["nodes"][-1])
    return proof


@fault(Result.BAD_RECEIPT)
def a_receipt_at_another_place(proof: Values, _: Others) -> Values:
    proof["anchor"]["receipt"] = 1
    return proof


@fault(Result.BAD_RECEIPT)
def a_log_that_is_not_there(proof: Values, _: Others) -> Values:
    proof["anchor"]["log"] = 7
    return proof


@fault(Result.BAD_RECEIPT)
def a_superfluous_node(proof: Values, _: Others) -> Values:
    proof["anchor"]["nodes"].append("0x80")
    return proof


@fault(Result.WRONG_CONTRACT)
def a_verdict_for_an_anchor(proof: Values, _: Others) -> Values:
    proof["anchor"] = proof["verdicts"][0]["event"]
    return proof


@fault(Result.BAD_VERDICT)
def a_rejection_told_as_acceptance(_: Values, others: Others) -> Values:
    proof: Values = json.loads(json.dumps(others["rejected"]))
    for verdict in proof["verdicts"]:
        verdict["code"] = 0
    return proof


@fault(Result.BAD_VERDICT)
def a_verdict_signed_by_another(proof: Values, _: Others) -> Values:
    verdicts = proof["verdicts"]
    verdicts[0]["signature"] = verdicts[1]["signature"]
    return proof


@fault(Result.BAD_VERDICT)
def more_accepted_than_signed(proof: Values, _: Others) -> Values:
    proof["verdicts"][0]["accepted"] += 1
    return proof


@fault(Result.NOT_ATTESTED)
def a_stranger_for_a_validator(proof: Values, _: Others) -> Values:
    verdict = proof["verdicts"][0]
    domain = eip712.Domain(proof["chain_id"], proof["contracts"]["attestations"])
    statement = eip712.verdicts(
        domain,
        batch_id=_batch_id(proof),
        sequence=verdict["sequence"],
        verdict_root=bytes.fromhex(verdict["root"][2:]),
        accepted=verdict["accepted"],
        rejected=verdict["rejected"],
    )
    signature = "0x" + STRANGER.sign(statement).hex()
    verdict.update(validator=STRANGER.address, signature=signature)
    del proof["state"]
    return proof


@fault(Result.NOT_ATTESTED)
def another_report(proof: Values, _: Others) -> Values:
    proof["verdicts"][0]["report"] = proof["record"]["cid"]
    return proof


@fault(Result.REPEATED_VALIDATOR)
def one_validator_twice(proof: Values, _: Others) -> Values:
    proof["verdicts"] = [proof["verdicts"][0], proof["verdicts"][0]]
    return proof


@fault(Result.BAD_STATE)
def a_lower_quorum(proof: Values, _: Others) -> Values:
    slot = _account(proof, "validator_set")["slots"][0]
    slot["nodes"][-1] = flipped(slot["nodes"][-1])
    return proof


@fault(Result.BAD_STATE)
def a_quorum_that_never_was(proof: Values, _: Others) -> Values:
    proof["state"]["quorum_index"] = 1
    return proof


@fault(Result.BAD_STATE)
def state_of_an_earlier_block(proof: Values, _: Others) -> Values:
    proof["state"]["block"] = proof["anchor"]["block"]
    return proof


@fault(Result.BAD_STATE)
def no_proof_that_nothing_was_revoked(proof: Values, _: Others) -> Values:
    _account(proof, "registry")["slots"].pop()
    return proof


@fault(Result.INCOMPLETE)
def no_anchor(proof: Values, _: Others) -> Values:
    del proof["anchor"]
    return proof


@fault(Result.INCOMPLETE)
def no_verdicts(proof: Values, _: Others) -> Values:
    proof["verdicts"] = []
    return proof


@fault(Result.BELOW_QUORUM)
def verdicts_left_out(_: Values, others: Others) -> Values:
    return others["below-quorum"]


@fault(Result.VALID)
def rejections_left_out(_: Values, others: Others) -> Values:
    """Nothing in it is false: only a node tells that the record is disputed."""
    proof: Values = json.loads(json.dumps(others["disputed"]))
    kept = [place for place, verdict in enumerate(proof["verdicts"]) if verdict["code"] == 0]
    for contract, first in (("validator_set", 2), ("attestations", 0)):
        slots = _account(proof, contract)["slots"]
        slots[first:] = [slots[first + place] for place in kept]
    proof["verdicts"] = [proof["verdicts"][place] for place in kept]
    return proof


def _account(proof: Values, contract: str) -> Values:
    address = proof["contracts"][contract]
    found: Values = next(
        account for account in proof["state"]["accounts"] if account["address"] == address
    )
    return found


def _batch_id(proof: Values) -> bytes:
    return batch_id(proof["batch"]["publisher"], bytes.fromhex(proof["batch"]["root"][2:]))


def _with_headers_of(proof: Values, other: Values) -> Values:
    headers = {_number(header): header for header in (*proof["headers"], *other["headers"])}
    proof["headers"] = [headers[number] for number in sorted(headers)]
    del proof["state"]
    return proof


def _number(header: str) -> int:
    return int.from_bytes(rlp.decode(bytes.fromhex(header[2:]))[8], "big")


@fault(Result.WRONG_DISCLOSURE)
def a_disclosure_of_nothing_withheld(proof: Values, _: Others) -> Values:
    shown = {"field": "input.size_bytes", "value": "0x01", "salt": "0x" + "00" * 32, "path": []}
    return {**proof, "disclosures": [shown]}
