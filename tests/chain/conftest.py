"""The home folders of the outbox's tests serve here as well."""

from tests.anchor.conftest import home
from tests.anchor.conftest import template

__all__ = ["home", "template"]
