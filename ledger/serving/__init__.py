"""What a node gives to others: its blocks, and where else they are."""
