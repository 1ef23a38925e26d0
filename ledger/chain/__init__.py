"""The Ethereum side: contract bindings, signers, deployments, the development chain."""

from ledger import recursion

recursion.restore()
