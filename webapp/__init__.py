"""The Flask app: browse, contribute, verify, and the JSON API."""
