"""The demonstration: real jobs, run here, recorded, anchored and predicted."""
