"""Records that only the members of a group can read: sealing, opening, what this home knows."""
