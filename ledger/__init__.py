"""perfledger: a shared, verifiable ledger of how distributed dataflow jobs actually ran."""
