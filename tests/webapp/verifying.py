"""The verify page as its visitor uses it."""

import json
from typing import Any

from ledger.chain.deployment import Contracts

SETTLED = "#result-title[data-result]"
REFUSED = "#problem:not([hidden])"


class VerifyPage:
    """The page in one browser tab."""

    def __init__(self, page: Any, served: str) -> None:
        self.page = page
        self._served = served

    def open(self, cid: str = "") -> None:
        self.page.goto(f"{self._served}/verify" + (f"?cid={cid}" if cid else ""))
        self.page.wait_for_selector("#verifier:not([hidden])")

    def name_ledger(self, contracts: Contracts) -> None:
        """Type the ledger that the visitor means."""
        self.page.locator("#ledger").evaluate("details => { details.open = true }")
        self.page.get_by_label("Chain id").fill(str(contracts.chain_id))
        self.page.get_by_label("ContributionRegistry", exact=True).fill(contracts.registry)
        self.page.get_by_label("ValidatorSet", exact=True).fill(contracts.validator_set)
        self.page.get_by_label("Attestations", exact=True).fill(contracts.attestations)

    def keep_ledger(self) -> None:
        """Confirm the ledger in the fields."""
        self.page.locator("#ledger").evaluate("details => { details.open = true }")
        self.page.get_by_role("button", name="I compared them: keep").click()

    def trust_endpoint(self, url: str) -> None:
        self.page.get_by_role("radio", name="a chain endpoint").check()
        self.page.get_by_label("Its URL (JSON-RPC)").fill(url)

    def trust_block(self, block_hash: str) -> None:
        self.page.get_by_role("radio", name="a block hash that I know").check()
        self.page.get_by_label("Block hash, or several").fill(block_hash)

    def trust_wallet(self) -> None:
        self.page.get_by_role("radio", name="my browser wallet").check()

    def ask(self, cid: str) -> None:
        self.page.locator("#verifier").get_by_label("CID of a record").fill(cid)
        self.verify()

    def verify(self) -> None:
        self.page.get_by_role("button", name="Verify", exact=True).click()

    def drop(self, content: bytes, name: str = "record.proof.json") -> None:
        """Drag a file onto the page and let go."""
        transfer = self.page.evaluate_handle(
            """([name, text]) => {
              const carried = new DataTransfer();
              carried.items.add(new File([text], name, { type: "application/json" }));
              return carried;
            }""",
            [name, content.decode()],
        )
        self.page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})

    def result(self) -> str:
        """The named result, once there is one."""
        title = self.page.wait_for_selector(SETTLED)
        return str(title.get_attribute("data-result"))

    def open_points(self) -> list[str]:
        """What the page says is still for the visitor to confirm, after a result."""
        self.page.wait_for_selector(SETTLED)
        points = self.page.locator("[data-open]").evaluate_all(
            "found => found.map(point => point.dataset.open)"
        )
        return list(points)

    def failed_step(self) -> str:
        return str(self.page.locator('#result li[data-state="failed"]').get_attribute("data-step"))

    def steps(self) -> list[str]:
        found = self.page.locator("#result .steps > li").evaluate_all(
            "found => found.map(step => step.dataset.step)"
        )
        return list(found)

    def refusal(self) -> str:
        """Why nothing was concluded."""
        return str(self.page.wait_for_selector(REFUSED).inner_text())

    def answer_with(self, proof: Any) -> None:
        """From now on the server sends this proof, whatever it is asked for."""
        content = proof if isinstance(proof, bytes) else json.dumps(proof).encode()
        self.page.route(
            "**/records/*/proof",
            lambda route: route.fulfill(body=content, content_type="application/json"),
        )
