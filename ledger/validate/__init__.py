"""What validators do: checks, verdicts, attestations, the quorum rule."""
