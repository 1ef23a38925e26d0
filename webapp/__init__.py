"""The Flask app: browse, contribute, verify, and the JSON API."""

from webapp.app import create_app

__all__ = ["create_app"]
