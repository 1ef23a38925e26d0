"""The Ethereum side: contract bindings, signers, deployments, the development chain."""
