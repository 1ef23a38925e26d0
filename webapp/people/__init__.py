"""Contributors and validators: who says what, and how it turned out."""

from webapp.people.contributors import blueprint as contributors
from webapp.people.validators import blueprint as validators

__all__ = ["contributors", "validators"]
