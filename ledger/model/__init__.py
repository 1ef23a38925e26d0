"""Runtime prediction."""
