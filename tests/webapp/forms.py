"""Forms as a browser without scripts sends them."""

import io
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def post(client: FlaskClient, path: str, form: str, **fields: Any) -> TestResponse:
    """Send a form of the page at `form`, with its token, and follow no redirect."""
    return client.post(
        path,
        data={"csrf_token": token_of(client, form), **fields},
        content_type="multipart/form-data",
    )


def token_of(client: FlaskClient, page: str) -> str:
    """The token in a form of a page."""
    html = client.get(page).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token is not None
    return token[1]


def file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    """A file field."""
    return io.BytesIO(content), name
