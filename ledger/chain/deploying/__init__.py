"""Deploying the contracts on a network, so that an interruption costs nothing twice."""

from ledger.chain.deploying.deployer import AlreadyDeployedError
from ledger.chain.deploying.deployer import Deployer
from ledger.chain.deploying.deployer import DeploymentBusyError
from ledger.chain.deploying.deployer import Quote
from ledger.chain.deploying.plan import Parameters

__all__ = ["AlreadyDeployedError", "Deployer", "DeploymentBusyError", "Parameters", "Quote"]
