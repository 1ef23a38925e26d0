"""Proof files: built on a node, checked anywhere."""
