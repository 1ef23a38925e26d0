"""What is said of a revocation: values the app renders, the API serves and the command prints."""

from typing import Literal

from pydantic import Field

from ledger.index.views import LedgerStatus
from ledger.index.views import View

State = Literal["none", "unknown", "sent", "failed", "mined", "final"]


class RevocationCall(View):
    """The transaction by which its contributor revokes a record; `eth_sendTransaction` takes it."""

    cid: str
    contributor: str = Field(description="EIP-55 address that has to send it; no other may.")
    batch_id: str = Field(description="The batch out of which the record is proven.")
    chain_id: int = Field(description="EIP-155 chain id of the ledger.")
    to: str = Field(description="EIP-55 address of the ContributionRegistry.")
    data: str = Field(description="The call of `revoke`, 0x-prefixed.")
    gas: int = Field(description="The node's estimate, with a margin.")
    fee_wei: str = Field(description="What so much gas costs at the present price, in wei.")


class Revocation(View):
    """How far the revocation of a record has come."""

    cid: str
    contributor: str
    state: State = Field(
        description="none; unknown (the node of the chain does not know the transaction, or no "
        "longer); sent; failed (in a block, where the contract refused it); mined; final."
    )
    status: LedgerStatus = Field(
        description="Where the record stands, as this node's index has it."
    )
    transaction_hash: str | None = Field(description="Of the transaction that was asked about.")
    block_number: int | None = Field(description="The block that it is in.")

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will change by itself."""
        return self.state in {"none", "failed"} or (
            self.state == "final" and self.status is LedgerStatus.REVOKED
        )
