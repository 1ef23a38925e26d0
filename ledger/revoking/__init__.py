"""Taking back one's own records: the call, its transaction, and how far that has come."""
