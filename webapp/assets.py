"""Static files under names that change with their content, so that browsers may keep them."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

import plotly
from flask import Flask
from flask import Response
from flask import current_app
from flask import request
from flask import url_for

YEAR_SECONDS = 365 * 24 * 3600
DIGEST_CHARACTERS = 12
_STYLE_ID = re.compile(r'if\(!document\.getElementById\("([0-9a-f]{64})"\)\)')
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def init_app(app: Flask) -> None:
    """Serve plotly's JavaScript and give templates ``asset``."""
    app.add_url_rule("/plotly-<version>.min.js", "plotly", _plotly)
    app.get_send_file_max_age = _age  # type: ignore[method-assign]
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["plotly_url"] = plotly_url
    app.jinja_env.globals["plotly_style_ids"] = plotly_style_ids


def _age(filename: str | None) -> int:
    """Seconds for which a file is kept unasked: those that other scripts import have no version."""
    del filename
    return YEAR_SECONDS if "v" in request.args else 0


def asset(name: str) -> str:
    """The address of a static file."""
    assert current_app.static_folder is not None
    return url_for("static", filename=name, v=_digest(Path(current_app.static_folder) / name))


def is_built(name: str) -> bool:
    """Whether a static file that is not in the repository was built."""
    assert current_app.static_folder is not None
    return (Path(current_app.static_folder) / name).is_file()


def plotly_url() -> str:
    """The address of plotly's JavaScript."""
    return url_for("plotly", version=plotly.__version__)


@cache
def plotly_style_ids() -> tuple[str, ...]:
    """Ids of inline style sheets (of the map library) that plotly adds unless they are there.

    The policy forbids them and no map is drawn here, so pages put empty elements in their place.
    """
    return tuple(_STYLE_ID.findall(PLOTLY.read_text(encoding="utf-8")))


def _plotly(version: str) -> Response:
    del version  # it is there so that another version has another address
    packed = request.accept_encodings["gzip"] > 0
    response = Response(
        _plotly_packed() if packed else PLOTLY.read_bytes(), mimetype="text/javascript"
    )
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


@cache
def _plotly_packed() -> bytes:
    return gzip.compress(PLOTLY.read_bytes(), 6, mtime=0)


def _digest(path: Path) -> str:
    return _digest_at(path, path.stat().st_mtime_ns)


@cache
def _digest_at(path: Path, _modified: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:DIGEST_CHARACTERS]
