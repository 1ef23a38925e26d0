"""Asked through a node, the browser's verifier says what the command's says."""

import json
from collections.abc import Callable
from collections.abc import Iterator

import pytest

from ledger.verify import Contracts
from ledger.verify import Policy
from ledger.verify import verify_online
from tests.assets.faults import FAULTS
from tests.chain.nodes.servers import KINDS
from tests.chain.nodes.servers import EthereumNode
from tests.frontend.browser_verifier import BrowserVerifier
from tests.frontend.test_differential import in_its_own_words
from tests.frontend.test_differential import said_in_python
from tests.verify.outcomes import Outcome
from tests.verify.outcomes import all_outcomes
from tests.verify.scenario import PARTIES
from tests.verify.scenario import PUBLISHER
from tests.verify.scenario import Ledger
from tests.verify.test_outcomes import NAMES
from tests.verify.test_outcomes import ONLINE

Agreed = Callable[..., str]

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module", params=["dev", "anvil"])
def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EthereumNode]:
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as started:
        if started.kind == "anvil":
            for party in PARTIES:
                started.give(party.address, 100)
        yield started


@pytest.fixture(scope="module")
def ledger(node: EthereumNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = Ledger(tmp_path_factory.mktemp("ledger"), node.w3)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def outcomes(ledger: Ledger) -> dict[str, Outcome]:
    return all_outcomes(ledger)


@pytest.fixture
def agreed(node: EthereumNode, ledger: Ledger, verifier: BrowserVerifier) -> Agreed:
    """Asks both, and gives the result; fails where they differ."""

    def ask(proof: bytes, policy: Policy | None = None) -> str:
        trusted = policy or Policy(ledger.contracts)
        browser = verifier.verify(proof, trusted, rpc=node.url)
        python = said_in_python(verify_online(proof, trusted, ledger.w3))
        assert in_its_own_words(browser) == in_its_own_words(python)
        return str(browser["result"])

    return ask


@pytest.mark.parametrize("name", NAMES)
def test_every_outcome_ends_alike(name: str, outcomes: dict[str, Outcome], agreed: Agreed) -> None:
    proof, expected = outcomes[name]

    assert agreed(proof.to_json().encode()) == ONLINE.get(name, expected)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_ends_alike(name: str, outcomes: dict[str, Outcome], agreed: Agreed) -> None:
    _, break_it = FAULTS[name]
    others = {each: json.loads(proof.to_json()) for each, (proof, _) in outcomes.items()}
    broken = break_it(json.loads(json.dumps(others["valid"])), others)

    agreed((broken if isinstance(broken, str) else json.dumps(broken)).encode())


@pytest.mark.parametrize("part", ["registry", "validator_set", "attestations"])
@pytest.mark.parametrize("stranger", ["nobody", "another"])
def test_contracts_that_are_none_end_alike(
    part: str, stranger: str, outcomes: dict[str, Outcome], agreed: Agreed
) -> None:
    values = json.loads(outcomes["valid"][0].to_json())
    other = values["contracts"]["attestations" if part == "registry" else "registry"]
    values["contracts"][part] = PUBLISHER.address if stranger == "nobody" else other
    moved = Contracts(chain_id=values["chain_id"], **values["contracts"])

    assert agreed(json.dumps(values).encode(), Policy(moved)) != "valid"
