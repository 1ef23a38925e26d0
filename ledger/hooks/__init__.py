"""Webhooks: what a scheduler says of a job that has ended becomes a record."""
