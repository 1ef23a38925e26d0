"""A function whose calls are recorded."""

import functools
import inspect
import logging
from collections.abc import AsyncGenerator
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Generator
from collections.abc import Mapping
from contextlib import aclosing
from contextlib import suppress
from pathlib import Path
from typing import Any
from typing import ParamSpec
from typing import TypeVar
from typing import overload

from ledger.recording.context import Recording
from ledger.recording.handing_over import HANDING_OVER
from ledger.recording.handing_over import home_of
from ledger.recording.run import Run

_log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")
_Function = Callable[P, R]


@overload
def recorded(job: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def recorded(
    job: str | None = None,
    *,
    parameters: Collection[str] | Mapping[str, Any] = (),
    input: str | None = None,
    input_bytes: str | int | None = None,
    traits: Mapping[str, Any] | None = None,
    framework: str = "python",
    framework_version: str | None = None,
    configuration: Mapping[str, Any] | None = None,
    nodes: int | None = None,
    cores: int | None = None,
    machine_type: str | None = None,
    home: Path | str | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def recorded(
    job: str | Callable[P, R] | None = None,
    *,
    parameters: Collection[str] | Mapping[str, Any] = (),
    input: str | None = None,  # noqa: A002 - as `perfledger run` calls it
    input_bytes: str | int | None = None,
    traits: Mapping[str, Any] | None = None,
    framework: str = "python",
    framework_version: str | None = None,
    configuration: Mapping[str, Any] | None = None,
    nodes: int | None = None,
    cores: int | None = None,
    machine_type: str | None = None,
    home: Path | str | None = None,
) -> Any:
    """Record each call of a function: ``@recorded("job", parameters=["k"])``, or ``@recorded``.

    Coroutine functions are recorded from the first step to the last, generators (asynchronous ones
    too) while somebody takes from them; one that is closed before its end was killed. Inside, the
    run is `ledger.recording.current_run`, but for generators. What the function is given, gives
    and raises is as without this.

    Args:
        job: name under which runs are compared; the function's if absent.
        parameters: names of those arguments that are parameters of the algorithm, or the
            parameters themselves.
        input: name of the argument that says which files or folders it reads.
        input_bytes: name of the argument that is the size of the input in bytes, or that size.
        traits: named properties of the input.
        framework: what executes it.
        framework_version: its version; Python's if it is that.
        configuration: settings of the framework.
        nodes: number of worker nodes; this machine if absent, as are the next two.
        cores: cores used on each node.
        machine_type: machine type of a node.
        home: the ledger's home folder; ``PERFLEDGER_HOME``, or else the user's, if absent.
    """
    if callable(job):
        return recorded()(job)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        arguments = _Arguments(function)
        arguments.require(_names(parameters, input, input_bytes))
        with suppress(Exception):
            HANDING_OVER.at_the_end(home_of(home))  # processes that are forked from here write only

        def begin(
            given: tuple[Any, ...], named: Mapping[str, Any], *, nests: bool = True
        ) -> Recording:
            values = arguments.of(given, named)
            run = Run(
                job or function.__name__,
                parameters=_parameters(parameters, values),
                input_bytes=_size(input_bytes, values),
                traits=dict(traits or {}),
                framework=framework,
                framework_version=framework_version,
                configuration=dict(configuration or {}),
                nodes=nodes,
                cores=cores,
                machine_type=machine_type,
                function=f"{function.__module__}.{function.__qualname__}",
            )
            return Recording(run, values.get(input) if input else None, home, nests=nests)

        return _around(function, begin)

    return decorate


_Begin = Callable[..., Recording]


def _around(function: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    """The function of the same kind whose calls are recorded."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*given: Any, **named: Any) -> Any:
            with begin(given, named):
                return await function(*given, **named)

        return awaited
    if inspect.isasyncgenfunction(function):
        return _taken_from(function, begin)
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def iterated(*given: Any, **named: Any) -> Generator[Any, Any, Any]:
            with begin(given, named, nests=False):
                return (yield from function(*given, **named))

        return iterated

    @functools.wraps(function)
    def called(*given: Any, **named: Any) -> Any:
        with begin(given, named):
            return function(*given, **named)

    return called


def _taken_from(function: Callable[..., Any], begin: _Begin) -> Callable[..., Any]:
    """An asynchronous generator function, for which there is no ``yield from`` (PEP 525)."""

    @functools.wraps(function)
    async def taken_from(*given: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        with begin(given, named, nests=False):
            async with aclosing(function(*given, **named)) as inner:
                with suppress(StopAsyncIteration):
                    value = await anext(inner)
                    while True:
                        try:
                            sent = yield value
                        except GeneratorExit:
                            raise
                        except BaseException as error:  # noqa: BLE001 - it is the function's
                            value = await inner.athrow(error)
                        else:
                            value = await inner.asend(sent)

    return taken_from


class _Arguments:
    """What a function is called with, by name."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function.__qualname__
        try:
            self._signature: inspect.Signature | None = inspect.signature(function)
        except (TypeError, ValueError):  # it tells nobody, as some that are written in C
            self._signature = None

    def require(self, names: Collection[str]) -> None:
        """Say which names are none of its arguments: their values will be missing."""
        known = self._signature.parameters if self._signature else {}
        takes_any = any(each.kind is each.VAR_KEYWORD for each in known.values())
        for name in () if takes_any else sorted(set(names) - set(known)):
            _log.warning("%s has no argument %r to record", self._function, name)

    def of(self, given: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
        """Values by name, with defaults; none where it cannot be called like this."""
        if self._signature is None:
            return dict(named)
        try:
            bound = self._signature.bind(*given, **named)
        except TypeError:  # which the function will raise itself
            return {}
        bound.apply_defaults()
        values = dict(bound.arguments)
        for parameter in self._signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                values |= values.get(parameter.name, {})
        return values


def _names(
    parameters: Collection[str] | Mapping[str, Any], places: str | None, size: str | int | None
) -> set[str]:
    names = set() if isinstance(parameters, Mapping) else set(parameters)
    return names | {each for each in (places, size) if isinstance(each, str)}


def _parameters(
    parameters: Collection[str] | Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    if isinstance(parameters, Mapping):
        return dict(parameters)
    return {name: values[name] for name in parameters if name in values}


def _size(size: str | int | None, values: Mapping[str, Any]) -> int | None:
    found = values.get(size) if isinstance(size, str) else size
    return found if isinstance(found, int) and not isinstance(found, bool) else None
