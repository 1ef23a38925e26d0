"""The application factory."""

from flask import Flask
from flask_wtf import CSRFProtect

from ledger.node import Node
from webapp import accounts
from webapp import advice
from webapp import api
from webapp import assets
from webapp import badges
from webapp import batches
from webapp import cite
from webapp import compare
from webapp import contribute
from webapp import costs
from webapp import encrypted
from webapp import gateway
from webapp import hosts
from webapp import jobs
from webapp import limits
from webapp import live
from webapp import machines
from webapp import network
from webapp import operations
from webapp import overview
from webapp import peering
from webapp import people
from webapp import problems
from webapp import records
from webapp import revoking
from webapp import routing
from webapp import security
from webapp import theme
from webapp import verify
from webapp.advice import answering
from webapp.format import FILTERS
from webapp.format import shown
from webapp.names import names_of
from webapp.peering import metering
from webapp.secret import secret_key
from webapp.serving import attach
from webapp.serving import proxied

_FAMILIES = (
    overview,
    records,
    revoking,
    badges,
    cite,
    batches,
    encrypted,
    network,
    contribute,
    accounts,
    verify,
    compare,
    advice,
    jobs,
    machines,
    costs,
    api,
    gateway,
    routing,
    peering,
)

FORM_BYTES = 64 * 1024
"""What a form may hold beside the upload itself."""


def create_app(node: Node) -> Flask:
    """The app over a node, which outlives it.

    Raises:
        SettingsError: one of the accounts that may contribute is none.
        OSError: the home folder cannot be written to.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret_key(node.settings.home),
        MAX_CONTENT_LENGTH=node.settings.upload_bytes + FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=node.settings.upload_bytes + FORM_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=assets.YEAR_SECONDS,
        SESSION_COOKIE_NAME="perfledger_session",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a preview may stay open for as long as its session
    )
    app.url_map.strict_slashes = False
    app.session_interface = security.CookieSession()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.finalize = shown
    node.settings.addresses("contributors")
    attach(app, node)
    node.answer_from_memory()
    answering.init_app(app, node)
    metering.init_app(app, node)
    hosts.init_app(app, node.settings.app_host, proxied(node.settings))
    csrf = CSRFProtect(app)
    for programs in (api, peering, routing):
        csrf.exempt(programs.blueprint)
    limits.init_app(
        app,
        api=api.blueprint,
        forms=[family.blueprint for family in (contribute, accounts, verify, revoking)],
        costly=[advice.blueprint],
        shared=node.settings.counts_path if node.settings.workers > 1 else None,
    )
    for part in (assets, cite, problems, security, theme):
        part.init_app(app)
    for family in _FAMILIES:
        app.register_blueprint(family.blueprint)
    app.register_blueprint(api.pages)
    app.add_url_rule(problems.HEALTH, "healthz", app.view_functions["api.healthz"])
    app.register_blueprint(accounts.signing_in)
    app.register_blueprint(people.contributors)
    app.register_blueprint(people.validators)
    app.context_processor(lambda: {"names": names_of(node)})
    live.init_app(app, node)
    operations.init_app(app, node)
    return app
