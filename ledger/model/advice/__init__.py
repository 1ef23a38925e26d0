"""Which cluster to run on: by a deadline, by a budget, and what to run next to know better."""
