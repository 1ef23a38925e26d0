"""Keys: in encrypted files, in the environment, or with a signer elsewhere; never shown."""

import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from ledger import settings
from ledger.chain.devchain.accounts import dev_account
from ledger.chain.keys import own_signer
from ledger.chain.keystore import KeyFileError
from ledger.chain.keystore import Keystore
from ledger.chain.keystore import WrongPasswordError
from ledger.chain.remote_signer import RemoteSigner
from ledger.chain.remote_signer import RemoteSignerError
from ledger.errors import InvalidInputError
from ledger.errors import NotFoundError
from ledger.errors import PerfledgerError
from ledger.errors import UnavailableError
from ledger.node import Node
from ledger.record.eip712 import Domain
from ledger.record.eip712 import recover
from ledger.record.eip712 import submission
from tests.anchor.homes import runs
from tests.anchor.homes import template_settings
from tests.chain.signing import signing

PUBLISHED = {
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144,
            "dklen": 32,
            "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3,
}
"""The test vector of the Web3 Secret Storage definition; its password is ``testpassword``."""

TRANSACTION = {
    "chainId": 1337,
    "nonce": 4,
    "to": "0x" + "12" * 20,
    "value": 0,
    "data": "0x1234",
    "gas": 50_000,
    "maxFeePerGas": 10**9,
    "maxPriorityFeePerGas": 10**9,
}

STATEMENT = submission(Domain(1337, "0x" + "11" * 20), b"\x07" * 32, 3)


@pytest.fixture(autouse=True)
def quick_encryption(monkeypatch: pytest.MonkeyPatch):
    """scrypt is made to be slow; these files protect nothing."""
    slow = Account.encrypt
    monkeypatch.setattr(
        Account, "encrypt", lambda key, password, **_: slow(key, password, "pbkdf2", 2)
    )


@pytest.fixture
def keystore(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys")


def test_a_key_comes_back_with_its_password_only(keystore: Keystore):
    address = keystore.create("a password")

    assert keystore.addresses() == [address]
    assert keystore.path(address).stat().st_mode & 0o777 == 0o600
    signer = keystore.signer(address.lower(), "a password")
    assert recover(STATEMENT, signer.sign(STATEMENT)) == address
    with pytest.raises(WrongPasswordError, match="does not open"):
        keystore.signer(address, "another")


def test_the_published_key_file_is_read(keystore: Keystore, tmp_path: Path):
    file = tmp_path / "UTC--2015"
    file.write_text(json.dumps(PUBLISHED))

    address = keystore.add_file(file, "testpassword")

    assert address.lower() == "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"
    assert keystore.signer(address, "testpassword").address == address


def test_adding_a_key_again_keeps_its_file(keystore: Keystore):
    private_key = Account.create().key.hex()
    address = keystore.add(private_key, "first")

    assert keystore.add("0x" + private_key.removeprefix("0x") + "\n", "second") == address
    assert keystore.signer(address, "first").address == address


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"version": 3, "crypto": {}}',
        json.dumps({**PUBLISHED, "version": 9}).encode(),
        json.dumps({**PUBLISHED, "crypto": {**PUBLISHED["crypto"], "kdf": "none"}}).encode(),  # type: ignore[dict-item]
        b" " * 100_000,
    ],
)
def test_what_is_no_key_file_is_refused_by_name(keystore: Keystore, tmp_path: Path, content: bytes):
    file = tmp_path / "file.json"
    file.write_bytes(content)

    with pytest.raises(KeyFileError, match=r"file\.json") as caught:
        keystore.add_file(file, "testpassword")
    assert caught.value.hint
    assert keystore.addresses() == []


def test_a_private_key_that_is_none_is_not_repeated(keystore: Keystore):
    with pytest.raises(InvalidInputError, match="this is not a private key") as caught:
        keystore.add("secret-but-wrong", "password")
    assert "secret" not in caught.value.message + caught.value.hint


def test_a_key_that_is_not_here_is_told_where_to_look(keystore: Keystore):
    with pytest.raises(NotFoundError, match="no key file of 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1"):
        keystore.signer("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "password")


def test_settings_say_which_key_is_used(home: Path, tmp_path: Path):
    address = Keystore(home / "keys").create("a password")
    file = tmp_path / "password"
    file.write_text("a password\n")

    for given in ({"password": "a password"}, {"password_file": file}):
        found = own_signer(settings.load(home, account=address, **given))
        assert found is not None
        assert found.address == address
    asked = own_signer(settings.load(home, account=address), lambda _: "a password")
    assert asked is not None
    assert asked.address == address
    assert own_signer(settings.load(home)) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"account": "0x" + "11" * 20}, "needs its password"),
        ({"account": "0x" + "11" * 20, "private_key": "0x01"}, "both a private key and an account"),
        ({"signer_url": "http://127.0.0.1:1"}, "and no account"),
        ({"account": "0x" + "11" * 20, "password_file": "/nowhere"}, "cannot be read"),
        ({"private_key": "ill"}, "PERFLEDGER_PRIVATE_KEY is not a private key"),
    ],
)
def test_settings_that_do_not_make_a_key_are_explained(
    home: Path, given: dict[str, Any], message: str
):
    with pytest.raises(PerfledgerError, match=message) as caught:
        own_signer(settings.load(home, **given))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("prefix", "raw_only"), [("eth_", False), ("eth_", True), ("account_", False)]
)
def test_a_signer_elsewhere_contributes_and_pays(home: Path, prefix: str, raw_only: bool):
    with (
        signing(dev_account(5), prefix=prefix, raw_only=raw_only) as server,
        Node(
            template_settings(home, signer_url=server.url, account=dev_account(5).address)
        ) as node,
    ):
        contribution = node.submit(node.accept(runs(2)).new)
        node.cycle()

        found = node.contribution(contribution)
        assert (found.state, found.contributor) == ("final", dev_account(5).address)


def test_a_signer_that_refuses_is_quoted():
    with signing() as server:
        server.refusal = "request denied"
        signer = RemoteSigner(server.url, server.account.address)

        with pytest.raises(RemoteSignerError, match="refuses: request denied") as caught:
            signer.sign(STATEMENT)
    assert server.account.address in caught.value.hint


@pytest.mark.parametrize(
    "meddle", [{"to": "0x" + "99" * 20}, {"value": "0x1"}, {"nonce": "0x9"}, {"data": "0x00"}]
)
def test_another_transaction_than_asked_for_is_not_used(meddle: dict[str, str]):
    with signing() as server:
        signer = RemoteSigner(server.url, server.account.address)
        raw = signer.sign_transaction(TRANSACTION)
        assert TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["nonce"] == 4
        server.meddle = meddle

        with pytest.raises(RemoteSignerError, match="another transaction than it was asked to"):
            signer.sign_transaction(TRANSACTION)


SIGNED = Account.sign_transaction(TRANSACTION, dev_account(1).key).raw_transaction.to_0x_hex()


@pytest.mark.parametrize(
    "result",
    [
        *("", "0x", "0x02", "0x02c0", "0x02ff", "0x03c0", "0x04c0", "0x01c0", "0x05aa", "0xf86c"),
        *("0xc0", "0x02" + "c1" * 9, SIGNED[:-10], SIGNED + "00", SIGNED[:20] + "ff" * 100, "0xzz"),
        *(SIGNED[:-64] + "00" * 32, SIGNED[:-64] + "ff" * 32, 5, [], {"raw": 5}, {"raw": "0x02f8"}),
    ],
)
def test_what_is_no_transaction_is_not_used(result: Any):
    with signing(dev_account(1)) as server:
        server.result = result

        with pytest.raises(RemoteSignerError, match="the signer at") as caught:
            RemoteSigner(server.url, dev_account(1).address).sign_transaction(TRANSACTION)
    assert "was not used" in caught.value.hint


def test_a_signature_of_another_key_is_not_used():
    with signing() as server:
        signer = RemoteSigner(server.url, dev_account(1).address)

        with pytest.raises(RemoteSignerError, match="not the account's"):
            signer.sign(STATEMENT)


def test_a_signer_that_is_down_is_told_without_its_credentials():
    signer = RemoteSigner("http://user:secret@127.0.0.1:1/key", dev_account(1).address)

    with pytest.raises(
        UnavailableError, match=r"the signer does not answer at http://127"
    ) as caught:
        signer.sign(STATEMENT)
    assert "secret" not in caught.value.message
    assert "secret" not in repr(signer)
