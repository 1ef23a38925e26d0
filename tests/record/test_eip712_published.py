"""What others publish about EIP-712 comes out of the path by which statements are signed.

Sources: the example of https://eips.ethereum.org/EIPS/eip-712 (Ether Mail), and ethers' test cases
for typed data, testcases/eip712.json.gz of the npm package @ethersproject/testcases 5.8.0 (MIT):
of its 1,025, the 25 that a statement can express, which has one type of atomic members and a
domain of name, version, chain and contract. They are kept in ``eip712_ethers.json``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from ledger.chain.signers import LocalSigner
from ledger.record import eip712
from ledger.record.eip712 import Domain
from ledger.record.eip712 import Statement
from ledger.record.keccak import keccak

CASES = json.loads((Path(__file__).parent / "eip712_ethers.json").read_text(encoding="utf-8"))

MAIL = {
    "domain": {
        "name": "Ether Mail",
        "version": "1",
        "chainId": 1,
        "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
    },
    "primaryType": "Mail",
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person"},
            {"name": "contents", "type": "string"},
        ],
    },
    "message": {
        "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    },
}
COW = LocalSigner(Account.from_key(keccak(b"cow")))
COWS_SIGNATURE = bytes.fromhex(
    "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
    "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
    "1c"
)


class Mail(Statement):
    """The EIP's own message, which has a type within its type."""

    def typed_data(self) -> dict[str, Any]:
        return MAIL


class TheirDomain(Domain):
    """A domain with another name and version than this ledger's."""

    def as_dict(self) -> dict[str, Any]:
        return super().as_dict() | names[self.contract]


names: dict[str, dict[str, str]] = {}
"""Name and version by contract: a domain's own fields are chain and contract."""


def published(case: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Statement:
    """A case as a statement of one more type than those the ledger knows."""
    domain = case["domain"]
    fields = tuple((field["name"], field["type"]) for field in case["types"][case["primaryType"]])
    monkeypatch.setattr(eip712, "_FIELDS", {case["primaryType"]: fields})
    contract = domain["verifyingContract"]
    monkeypatch.setitem(names, contract, {key: domain[key] for key in ("name", "version")})
    return Statement(TheirDomain(domain["chainId"], contract), case["primaryType"], case["data"])


def digest(statement: Statement) -> bytes:
    message = statement.signable()
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_the_example_of_the_eip_is_signed_as_published():
    mail = Mail(Domain(1, MAIL["domain"]["verifyingContract"]), "Mail", {})

    assert COW.address == MAIL["message"]["from"]["wallet"]
    assert digest(mail).hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    assert COW.sign(mail) == COWS_SIGNATURE
    assert eip712.recover(mail, COWS_SIGNATURE) == COW.address


def test_the_domain_of_the_eip_is_hashed_as_published():
    mail = Mail(Domain(1, MAIL["domain"]["verifyingContract"]), "Mail", {})

    separator = mail.signable().header

    assert separator.hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"


def test_there_are_cases_of_every_kind():
    kinds = {
        field["type"].rstrip("0123456789")
        for case in CASES
        for fields in case["types"].values()
        for field in fields
    }

    assert len(CASES) == 25
    assert {"bool", "bytes", "uint", "int", "address", "string"} <= kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_of_ethers_has_the_digest_that_ethers_gives_it(case, monkeypatch):
    statement = published(case, monkeypatch)

    assert "0x" + digest(statement).hex() == case["digest"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_of_ethers_is_signed_and_recovered(case, monkeypatch):
    statement = published(case, monkeypatch)
    other = Statement(
        TheirDomain(statement.domain.chain_id + 1, statement.domain.contract),
        statement.type_name,
        statement.values,
    )

    signature = COW.sign(statement)

    assert eip712.recover(statement, signature) == COW.address
    assert eip712.recover(other, signature) != COW.address
