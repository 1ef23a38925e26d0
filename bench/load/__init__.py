"""Many people at once: browsing a large ledger, and contributing to it."""
