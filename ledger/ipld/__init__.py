"""What the rest of the IPFS world speaks: CIDs of every kind, links between blocks, CAR files."""
