"""Following where applications leave their logs: each is taken once, when it has ended."""
