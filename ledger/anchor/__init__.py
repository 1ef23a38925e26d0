"""Merkle trees, submissions, batches and the outbox that brings them on chain."""
