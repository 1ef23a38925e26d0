"""Block stores: where the bytes behind a CID are kept."""
