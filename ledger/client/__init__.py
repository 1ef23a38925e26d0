"""A client of the JSON API of any node's app."""
