"""Where the contracts are: a file per network, whole or refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.deployment import Deployment
from ledger.errors import SettingsError
from ledger.record.eip712 import Domain
from ledger.record.eip712 import address_of

_OTHERS = b'"validator_set": "0x12", "attestations": "0x12"'

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: address_of("0x" + raw.hex()))
deployments = st.builds(
    Deployment,
    network=st.text(st.characters(exclude_categories=["Cs"])),
    chain_id=st.integers(1, 2**63),
    genesis_hash=st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex()),
    from_block=st.integers(0, 2**63),
    registry=addresses,
    validator_set=addresses,
    attestations=addresses,
    code_hashes=st.dictionaries(st.just("ContributionRegistry"), st.just("0x" + "ab" * 32)),
)


@given(deployments)
def test_a_file_holds_the_deployment(tmp_path_factory: pytest.TempPathFactory, deployment):
    path = tmp_path_factory.getbasetemp() / "deployment.json"

    deployment.save(path)

    assert Deployment.load(path) == deployment


def test_signatures_count_where_they_would_be_checked():
    deployment = Deployment(
        network="dev",
        chain_id=5,
        genesis_hash="0x" + "ab" * 32,
        from_block=0,
        registry="0x" + "11" * 20,
        validator_set="0x" + "22" * 20,
        attestations="0x" + "33" * 20,
    )

    assert deployment.submission_domain == Domain(5, deployment.registry)
    assert deployment.verdict_domain == Domain(5, deployment.attestations)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"not JSON",
        b"\xff",
        b'{"network": "dev"}',
        b'{"network": "", "chain_id": 1, "from_block": 0, "registry": "0x12", %b}' % _OTHERS,
    ],
)
def test_what_is_no_deployment_is_refused_with_its_file(tmp_path: Path, content: bytes):
    path = tmp_path / "1337.json"
    path.write_bytes(content)

    with pytest.raises(SettingsError, match=str(path)) as caught:
        Deployment.load(path)
    assert caught.value.hint


def test_a_network_without_a_file_is_told_how_to_get_one(tmp_path: Path):
    with pytest.raises(SettingsError, match="no deployment is known") as caught:
        Deployment.load(tmp_path / "1.json")
    assert "perfledger init" in caught.value.hint
