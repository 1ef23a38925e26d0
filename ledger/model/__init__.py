"""How long a run takes: models of runtime, their choice, and predictions."""
