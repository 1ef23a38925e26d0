"""Jobs: what each took, where, and how alike its runs are."""

from webapp.jobs.views import blueprint

__all__ = ["blueprint"]
