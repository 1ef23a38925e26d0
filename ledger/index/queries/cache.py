"""Remembers answers for as long as the index does not change."""

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Hashable
from threading import Lock
from typing import Any
from typing import TypeVar

Answer = TypeVar("Answer")

_ANSWERS = 256


class RevisionCache:
    """Answers by question, all of one revision of the index; safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._revision = -1
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, revision: int, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question at a revision, computed once."""
        with self._lock:
            if revision > self._revision:
                self._answers.clear()
                self._revision = revision
            if revision == self._revision and question in self._answers:
                self._answers.move_to_end(question)
                remembered: Answer = self._answers[question]
                return remembered
        computed = answer()
        with self._lock:
            if revision == self._revision:
                self._answers[question] = computed
                while len(self._answers) > _ANSWERS:
                    self._answers.popitem(last=False)
        return computed
