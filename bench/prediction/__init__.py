"""How well models predict runtimes: the rows, the splits, the tables."""
