"""A ledger of real processes on the emulated network: chain, publisher, peers, liars."""
