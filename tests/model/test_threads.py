"""Linear algebra has one thread inside, and before and after as many as it was given."""

from threadpoolctl import ThreadpoolController
from threadpoolctl import threadpool_limits

from ledger.model.threads import one_thread


def threads():
    blas = ThreadpoolController().select(user_api="blas")
    return {library["num_threads"] for library in blas.info()}


def test_threads_are_limited_inside_and_given_back():
    with threadpool_limits(limits=2, user_api="blas"):
        with one_thread(), one_thread():
            assert threads() == {1}
        assert threads() == {2}


def test_functions_can_be_limited_whole():
    with threadpool_limits(limits=2, user_api="blas"):
        assert one_thread()(threads)() == {1}
        assert threads() == {2}
