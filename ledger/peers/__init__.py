"""Nodes that find each other, replicate what the ledger holds, and serve it on."""
