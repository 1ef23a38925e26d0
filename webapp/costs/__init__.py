"""What runs cost, against how long they take, at prices that the reader gives."""

from webapp.costs.views import blueprint

__all__ = ["blueprint"]
