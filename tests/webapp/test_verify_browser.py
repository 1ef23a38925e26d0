"""The verify page in Chromium: an honest server is confirmed, and lies are caught."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from ledger.index.filters import Filter
from ledger.node import Node
from ledger.record import cid as cids
from ledger.record import dagcbor
from ledger.validate.reasons import Reason
from ledger.verify import reference_blocks
from tests.chain.nodes.servers import anvil
from tests.services import npm_modules
from tests.verify.scenario import PARTIES
from tests.verify.scenario import VALIDATORS
from tests.verify.scenario import Ledger
from tests.webapp.verifying import VerifyPage
from tools import frontend

pytestmark = [pytest.mark.browser, pytest.mark.node]


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    npm_modules(frontend.FOLDER)
    frontend.build()


@pytest.fixture
def verify(page: Any, served: str) -> VerifyPage:
    return VerifyPage(page, served)


@pytest.fixture(scope="module")
def cid(ledger_node: Node) -> str:
    return ledger_node.queries.records(Filter(status=("accepted",)), limit=1).rows[0].cid


@pytest.fixture(scope="module")
def proof(ledger_node: Node, cid: str) -> dict[str, Any]:
    return dict(json.loads(ledger_node.proof(cid).to_json()))


@pytest.fixture(scope="module")
def block_hash(ledger_node: Node, cid: str) -> str:
    (head,) = reference_blocks(ledger_node.proof(cid))
    return "0x" + head.hash.hex()


def confirmed(verify: VerifyPage, node: Node) -> None:
    """The visitor compared the ledger, and asks a chain endpoint of their own."""
    verify.open()
    verify.keep_ledger()
    verify.trust_endpoint(node.chain_url)


class TestAnHonestServer:
    def test_is_confirmed_by_an_endpoint_of_the_visitors(
        self, verify: VerifyPage, ledger_node: Node, cid: str
    ) -> None:
        confirmed(verify, ledger_node)

        verify.ask(cid)

        assert verify.result() == "valid"
        assert verify.open_points() == []
        rests = verify.page.locator("#result .notice.good").inner_text()
        assert "the contracts you named" in rests
        assert ledger_node.chain_url.removeprefix("http://") in rests
        assert verify.steps()[:5] == ["format", "ledger", "record", "signature", "submission"]
        assert verify.steps()[-3:] == ["standing", "others", "quorum"]
        assert verify.page.locator('#result li:not([data-state="done"])').count() == 0

    def test_a_link_is_verified_as_it_opens_and_says_what_is_left_open(
        self, verify: VerifyPage, cid: str, block_hash: str
    ) -> None:
        verify.open(cid)

        assert verify.result() == "valid"
        assert verify.open_points() == ["ledger", "block"]
        assert block_hash in verify.page.locator('[data-open="block"]').inner_text()
        assert "valid, if" in verify.page.locator("#result-title").inner_text()

    def test_what_is_open_closes_with_a_block_hash_and_the_ledger_kept(
        self, verify: VerifyPage, cid: str, block_hash: str
    ) -> None:
        verify.open(cid)
        assert "block" in verify.open_points()
        verify.trust_block(block_hash)

        verify.keep_ledger()
        verify.page.wait_for_selector('#result-title[data-ok="true"]')

        assert verify.open_points() == []
        others = verify.page.locator('#result li[data-step="others"]')
        assert others.get_attribute("data-state") == "open"

    def test_the_ledger_kept_is_there_the_next_time_and_can_be_forgotten(
        self, verify: VerifyPage, ledger_node: Node, cid: str
    ) -> None:
        confirmed(verify, ledger_node)
        verify.keep_ledger()

        verify.open(cid)
        assert verify.result() == "valid"
        assert verify.open_points() == []

        verify.page.locator("#ledger").evaluate("details => { details.open = true }")
        verify.page.get_by_role("button", name="Forget").click()
        verify.verify()
        verify.page.wait_for_selector('#result-title[data-ok="open"]')
        assert verify.open_points() == ["ledger"]

    def test_the_beginning_of_a_cid_and_a_link_name_the_record(
        self, verify: VerifyPage, cid: str
    ) -> None:
        for given in (cid[:20], f"https://ledger.example/verify?cid={cid}", f"/records/{cid}#x"):
            verify.open()
            verify.ask(given)

            assert verify.result() == "valid"
            assert cid in verify.page.locator("#result").inner_text()

    def test_the_values_are_there_to_compute_by_hand(
        self, verify: VerifyPage, proof: dict[str, Any], cid: str
    ) -> None:
        verify.open(cid)
        verify.result()
        step = verify.page.locator('#result li[data-step="record"]')

        step.get_by_text("By hand").click()

        assert step.get_by_text(proof["record"]["bytes"]).is_visible()
        copied = step.get_by_role("button", name="Copy bytes (hex)")
        assert copied.get_attribute("data-copy") == proof["record"]["bytes"]

    def test_every_question_to_the_endpoint_is_shown_with_its_answer(
        self, verify: VerifyPage, ledger_node: Node, cid: str
    ) -> None:
        confirmed(verify, ledger_node)
        verify.ask(cid)
        verify.result()
        step = verify.page.locator('#result li[data-step="blocks"]')

        step.get_by_text("Asked of the endpoint").click()

        assert "eth_chainId" in step.inner_text()
        assert '→ "0x539"' in step.inner_text()
        assert "headers (RLP)" not in step.inner_text(), "the file's own were not looked at"
        quorum = verify.page.locator('#result li[data-step="quorum"]')
        assert "Asked of the endpoint" in quorum.inner_text()

    def test_the_record_is_read_out_of_the_bytes_that_were_hashed(
        self, verify: VerifyPage, proof: dict[str, Any], cid: str
    ) -> None:
        record = dagcbor.decode(bytes.fromhex(proof["record"]["bytes"][2:]))
        verify.open(cid)
        verify.result()

        verify.page.get_by_text("What the record says").click()

        said = verify.page.locator(".record-says").inner_text()
        assert record["job"]["name"] in said
        assert f"{record['runtime_seconds']:g}" in said


def rehashed(proof: dict[str, Any]) -> dict[str, Any]:
    """A plausible lie: a faster run, under the name that its bytes hash to."""
    record = dagcbor.decode(bytes.fromhex(proof["record"]["bytes"][2:]))
    block = dagcbor.encode({**record, "runtime_seconds": record["runtime_seconds"] / 2})
    return {**proof, "record": {"cid": cids.cid_of(block), "bytes": "0x" + block.hex()}}


class TestALyingServer:
    def test_that_sends_the_proof_of_another_record_is_caught(
        self, verify: VerifyPage, ledger_node: Node, cid: str
    ) -> None:
        other = ledger_node.queries.records(Filter(status=("accepted",)), limit=2).rows[1].cid
        confirmed(verify, ledger_node)
        verify.answer_with(ledger_node.proof(other).to_json().encode())

        verify.ask(cid)

        assert verify.result() == "wrong-record"
        assert verify.failed_step() == "record"

    def test_that_puts_another_records_bytes_into_the_proof_is_caught(
        self, verify: VerifyPage, ledger_node: Node, proof: dict[str, Any], cid: str
    ) -> None:
        lie = {**proof, "record": {**proof["record"], "bytes": rehashed(proof)["record"]["bytes"]}}
        confirmed(verify, ledger_node)
        verify.answer_with(lie)

        verify.ask(cid)

        assert verify.result() == "tampered-record"

    def test_that_names_the_lie_by_its_own_hash_is_caught(
        self, verify: VerifyPage, ledger_node: Node, proof: dict[str, Any], cid: str
    ) -> None:
        confirmed(verify, ledger_node)
        verify.answer_with(rehashed(proof))

        verify.ask(cid)
        assert verify.result() == "wrong-record"

        verify.ask(rehashed(proof)["record"]["cid"])
        verify.page.wait_for_selector('#result-title[data-result="not-in-submission"]')

    def test_that_leaves_verdicts_out_is_caught_by_the_endpoint(
        self, verify: VerifyPage, ledger_node: Node, proof: dict[str, Any], cid: str
    ) -> None:
        assert len(proof["verdicts"]) == 3
        confirmed(verify, ledger_node)
        verify.answer_with({**proof, "verdicts": proof["verdicts"][:1]})

        verify.ask(cid)

        assert verify.result() == "omitted-verdict"
        omitted = verify.page.locator("#reason").inner_text()
        assert all(verdict["validator"] in omitted for verdict in proof["verdicts"][1:])

    def test_that_names_contracts_of_its_own_is_caught(
        self, verify: VerifyPage, ledger_node: Node, proof: dict[str, Any], cid: str
    ) -> None:
        stranger = proof["batch"]["publisher"]
        confirmed(verify, ledger_node)
        verify.answer_with({**proof, "contracts": {**proof["contracts"], "registry": stranger}})

        verify.ask(cid)

        assert verify.result() == "wrong-contract"
        assert verify.failed_step() == "ledger"

    def test_that_changes_what_it_calls_the_ledger_is_noticed(
        self, verify: VerifyPage, ledger_node: Node, proof: dict[str, Any], cid: str
    ) -> None:
        confirmed(verify, ledger_node)
        stranger = proof["batch"]["publisher"]
        registry = proof["contracts"]["registry"]
        verify.page.route(
            "**/verify?cid=*",
            lambda route: route.fulfill(
                response=(answer := route.fetch()), body=answer.text().replace(registry, stranger)
            ),
        )
        verify.answer_with({**proof, "contracts": {**proof["contracts"], "registry": stranger}})

        verify.open(cid)

        assert verify.result() == "wrong-contract"
        warning = verify.page.locator("#ledger-source")
        assert warning.is_visible()
        assert "now names other contracts" in warning.inner_text()

    def test_that_poses_as_the_chain_endpoint_is_not_taken_for_another(
        self, verify: VerifyPage, ledger_node: Node, served: str, cid: str
    ) -> None:
        def relayed(route: Any) -> None:
            answer = requests.post(
                ledger_node.chain_url, json=route.request.post_data_json, timeout=30
            )
            route.fulfill(body=answer.content, content_type="application/json")

        verify.open()
        verify.keep_ledger()
        verify.page.route("**/rpc", relayed)
        verify.trust_endpoint(served + "/rpc")

        verify.ask(cid)

        assert verify.result() == "valid"
        assert verify.open_points() == ["endpoint"]
        assert "one party's word" in verify.page.locator("[data-open]").inner_text()

    def test_that_sends_no_proof_at_all_is_told_from_a_result(
        self, browser: Any, served: str, cid: str
    ) -> None:
        with browser.new_context() as context:  # whose console may complain about the answer
            verify = VerifyPage(context.new_page(), served)
            verify.open()
            verify.answer_with(b"<html>")
            verify.ask(cid)
            assert verify.result() == "malformed"

            verify.page.unroute("**/records/*/proof")
            verify.ask("bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
            assert "server" in verify.refusal()


class TestAFile:
    def test_dropped_with_the_network_off_is_verified_up_to_its_block(
        self, verify: VerifyPage, proof: dict[str, Any], block_hash: str
    ) -> None:
        verify.open()
        verify.page.context.set_offline(True)

        verify.drop(json.dumps(proof).encode())

        assert verify.result() == "valid"
        assert verify.open_points() == ["ledger", "block"]
        assert block_hash in verify.page.locator('[data-open="block"]').inner_text()

    def test_rests_on_the_block_hash_that_the_visitor_types(
        self, verify: VerifyPage, proof: dict[str, Any], block_hash: str
    ) -> None:
        verify.open()
        verify.keep_ledger()
        verify.page.context.set_offline(True)
        verify.trust_block(block_hash)
        verify.drop(json.dumps(proof).encode())
        assert verify.result() == "valid"
        assert verify.open_points() == []

        verify.trust_block("0x" + "00" * 32)
        verify.drop(json.dumps(proof).encode())

        verify.page.wait_for_selector('#result-title[data-result="untrusted-block"]')

    def test_that_was_altered_is_caught_with_the_network_off(
        self, verify: VerifyPage, proof: dict[str, Any]
    ) -> None:
        verify.open()
        verify.page.context.set_offline(True)

        verify.drop(json.dumps(rehashed(proof)).encode())

        assert verify.result() == "not-in-submission"

    def test_is_chosen_or_pasted(self, verify: VerifyPage, proof: dict[str, Any]) -> None:
        content = json.dumps(proof).encode()
        chosen = {"name": "r.json", "mimeType": "application/json", "buffer": content}
        verify.open()
        verify.page.get_by_label("Proof file, chosen or dropped here").set_input_files(chosen)
        assert verify.result() == "valid"

        verify.open()
        verify.page.get_by_text("Paste it instead").click()
        verify.page.get_by_label("Text of a proof file").fill(content.decode())
        verify.verify()
        assert verify.result() == "valid"

    def test_that_is_none_is_malformed_and_shown_as_text(self, verify: VerifyPage) -> None:
        verify.open()

        verify.drop(b'{"<img src=x onerror=alert(1)>": 1}')

        assert verify.result() == "malformed"
        assert "<img src=x" in verify.page.locator("#result").inner_text()
        assert verify.page.locator("#result img").count() == 0


WALLET = """
([url, foreign]) => {
  let elsewhere = foreign;
  const provider = {
    request: async ({ method, params }) => {
      if (method === "wallet_switchEthereumChain") { elsewhere = false; return null; }
      if (method === "eth_chainId" && elsewhere) return "0x1";
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const answer = await (await fetch(url, { method: "POST", headers, body })).json();
      if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
      return answer.result;
    },
  };
  const info = { uuid: "7d1f", name: "Test wallet", icon: "data:,", rdns: "org.example" };
  const announce = () => window.dispatchEvent(
    new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
  window.addEventListener("eip6963:requestProvider", announce);
}
"""


class TestAWallet:
    def install(self, verify: VerifyPage, node: Node, *, elsewhere: bool = False) -> None:
        arguments = json.dumps([node.chain_url, elsewhere])
        verify.page.add_init_script(f"({WALLET})({arguments})")
        verify.open()
        verify.keep_ledger()
        verify.trust_wallet()

    def test_is_asked_in_place_of_an_endpoint(
        self, verify: VerifyPage, ledger_node: Node, cid: str
    ) -> None:
        self.install(verify, ledger_node)
        assert verify.page.get_by_label("Wallet", exact=True).inner_text() == "Test wallet"

        verify.ask(cid)

        assert verify.result() == "valid"
        assert verify.open_points() == []

    def test_on_another_network_is_offered_to_switch(
        self, verify: VerifyPage, ledger_node: Node, cid: str
    ) -> None:
        self.install(verify, ledger_node, elsewhere=True)
        verify.ask(cid)
        assert verify.result() == "wrong-chain"

        verify.page.get_by_role("button", name="Switch the wallet to chain 1337").click()

        verify.page.wait_for_selector('#result-title[data-result="valid"]')

    def test_that_is_not_there_is_said_to_be_missing(self, verify: VerifyPage, cid: str) -> None:
        verify.open()
        verify.trust_wallet()
        verify.ask(cid)

        assert "No wallet was found" in verify.refusal()


class _Silent(BaseHTTPRequestHandler):
    """An endpoint that lets no page ask (501 to a preflight), as geth is unless it is told to."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def without_cors() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestWhatIsInTheWay:
    def test_an_endpoint_that_lets_no_page_ask_is_said_what_to_do_about(
        self, browser: Any, served: str, without_cors: str, cid: str
    ) -> None:
        with browser.new_context() as context:  # whose console complains about the endpoint
            verify = VerifyPage(context.new_page(), served)
            verify.open()
            verify.trust_endpoint(without_cors)
            verify.ask(cid)

            assert f"--http.corsdomain {served}" in verify.refusal()
            assert not verify.page.locator("#result").is_visible()

    @pytest.mark.parametrize(
        ("label", "typed", "said"),
        [
            ("ContributionRegistry", "0x12", "not one"),
            ("Chain id", "main", "a number"),
            ("Attestations", "0x5FbDB2315678afecb367f032d93F642f64180aA3", "checksum"),
        ],
    )
    def test_a_mistyped_ledger_is_refused_at_its_field(
        self, verify: VerifyPage, cid: str, label: str, typed: str, said: str
    ) -> None:
        verify.open()
        verify.page.locator("#ledger").evaluate("details => { details.open = true }")
        verify.page.get_by_label(label, exact=True).fill(typed)
        verify.ask(cid)

        assert said in verify.refusal()
        assert verify.page.evaluate("document.activeElement.labels[0].innerText") == label

    def test_neither_a_hash_nor_a_url_nor_a_cid_is_taken_for_one(self, verify: VerifyPage) -> None:
        verify.open()
        verify.trust_block("0x12")
        verify.ask("bafyreiabc")
        assert "64 hex digits" in verify.refusal()

        verify.trust_endpoint("ftp://node.example")
        verify.verify()
        verify.page.wait_for_function(
            "document.getElementById('problem').textContent.includes('https://')"
        )

        verify.page.get_by_role("radio", name="nobody yet").check()
        verify.ask("Qm12")
        verify.page.wait_for_function(
            "document.getElementById('problem').textContent.includes('no CID')"
        )

    def test_without_scripts_the_server_answers_and_says_so(
        self, browser: Any, served: str, cid: str
    ) -> None:
        with browser.new_context(java_script_enabled=False) as context:
            page = context.new_page()
            page.goto(f"{served}/verify?cid={cid}")
            page.wait_for_url("**/verify/server?cid=*")

            assert page.locator("h1.verdict").inner_text() == "valid"
            assert "This server's word." in page.locator("main").inner_text()

    def test_a_proof_sent_to_the_server_is_checked_step_by_step(
        self, page: Any, served: str, proof: dict[str, Any]
    ) -> None:
        content = json.dumps(proof).encode()
        page.goto(served + "/verify")
        page.locator("#server-proof").set_input_files(
            {"name": "r.json", "mimeType": "application/json", "buffer": content}
        )
        page.get_by_role("button", name="Send it to the server").click()
        page.wait_for_selector("h1.verdict")

        assert page.locator("h1.verdict").inner_text() == "valid"
        quorum = page.locator(".steps > li").filter(has_text="Quorum")
        quorum.get_by_text("Values").click()
        assert quorum.locator("code").first.is_visible()


def test_it_works_from_the_keyboard_alone(verify: VerifyPage, cid: str) -> None:
    verify.open()
    verify.page.locator("#cid").focus()

    verify.page.keyboard.type(cid)
    verify.page.keyboard.press("Enter")

    assert verify.result() == "valid"
    assert verify.page.evaluate("document.activeElement.id") == "result"


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """On Anvil, a record that two validators accept and two reject, shown by its acceptances."""
    folder: Path = tmp_path_factory.mktemp("anvil")
    with anvil(folder) as node:
        for party in PARTIES:
            node.give(party.address, 100)
        ledger = Ledger(folder, node.w3)
        batch = ledger.gather((2,))
        ledger.anchor(batch)
        accepts = [ledger.attest(batch, VALIDATORS[place]) for place in (0, 1)]
        proof = ledger.prove(batch, accepts).to_json().encode()
        for validator in VALIDATORS[2:]:
            ledger.attest(batch, validator, rejects={batch.records()[0]: Reason.DUPLICATE})
        yield {"url": node.url, "contracts": ledger.contracts, "proof": proof}
        ledger.close()


@pytest.mark.slow
def test_rejections_that_a_file_leaves_out_are_found_on_a_ledger_unknown_to_the_server(
    verify: VerifyPage, attack: dict[str, Any]
) -> None:
    verify.open()
    verify.name_ledger(attack["contracts"])
    verify.drop(attack["proof"])
    assert verify.result() == "valid", "a file alone cannot show it"
    assert verify.open_points() == ["block"]

    verify.trust_endpoint(attack["url"])
    verify.drop(attack["proof"])

    verify.page.wait_for_selector('#result-title[data-result="omitted-verdict"]')
