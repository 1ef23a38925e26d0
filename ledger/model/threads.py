"""Linear algebra on one thread: for matrices of some hundred rows, several are slower than one.

Beside other work they are slower by far: the threads of OpenBLAS wait for each other by spinning,
and where processes share the cores, each waits for what the others keep from running.

Source: OpenBLAS FAQ, "How can I use OpenBLAS in multi-threaded applications?"; threadpoolctl, which
scikit-learn limits its own by.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _linear_algebra() -> ThreadpoolController:
    """Looked for once: it takes some milliseconds."""
    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, linear algebra has one thread; before and after as many as it was given."""
    with _linear_algebra().limit(limits=1):
        yield
