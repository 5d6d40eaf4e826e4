"""Work that an executor runs: in other processes, or on the workers of a cluster.

An executor is anything with `submit(function, *arguments)` that gives futures, as `concurrent.futures` and a
`dask.distributed.Client` have. What travels to a worker is plain data, checked there like any file.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.model import Cell
from rheobase.model.file import from_data, to_data
from rheobase.model.protocol_data import protocol_data, protocol_of, recordables_data, recordables_of
from rheobase.simulate.course import Cancelled
from rheobase.simulate.simulation import Simulation

_LOOK = 0.1  # seconds between two looks at whether to stop
_ATTEMPTS = 3
_DEATHS = frozenset({
    "BrokenExecutor", "BrokenProcessPool", "CommClosedError", "FutureCancelledError", "KilledWorker",
})  # fmt: skip


def check_executor(executor: Any) -> None:
    """Refuse what cannot run anything. **Raises:** TypeError."""
    if not callable(getattr(executor, "submit", None)):
        raise TypeError(
            f"executor = {executor!r}: must have submit(), as a dask Client or an executor of concurrent.futures has"
        )


def scattered(
    executor: Any,
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    *,
    stopped: Callable[[], bool] = lambda: False,
    done: Callable[[int], None] = lambda _: None,
) -> list[Any]:
    """Run a function on each of some arguments elsewhere, and give what it returns in the same order.

    A task whose worker died is given to another, a few times.

    **Arguments:** `stopped`: asked often whether to stop; `done`: told how many tasks are.

    **Raises:** Cancelled; whatever the function raises.
    """
    check_executor(executor)
    futures = [executor.submit(function, *task) for task in tasks]
    found = []
    try:
        for k, task in enumerate(tasks):
            for attempt in range(_ATTEMPTS):
                try:
                    found.append(_waited(futures[k], stopped))
                    break
                except Cancelled:
                    raise
                except Exception as error:
                    if attempt + 1 == _ATTEMPTS or type(error).__name__ not in _DEATHS:
                        raise
                    futures[k] = executor.submit(function, *task)
            done(k + 1)
    except BaseException:
        for future in futures[len(found) :]:
            future.cancel()
        raise
    return found


def _waited(future: Any, stopped: Callable[[], bool]) -> Any:
    while True:
        if stopped():
            raise Cancelled
        try:
            return future.result(timeout=_LOOK)
        except TimeoutError as error:
            if getattr(future, "done", lambda: False)() and future.exception() is error:
                raise  # the function's own


def simulation_text(simulation: Simulation) -> str:
    """A simulation as JSON, to be made again elsewhere.

    **Raises:** ValueError for one that calls functions as it runs, which cannot travel.
    """
    if simulation.schedule:
        raise ValueError(
            "a simulation that calls functions in between cannot run elsewhere: make it without at() and on()"
        )
    record_at = simulation.record_at
    return json.dumps(
        {
            "cell": to_data(simulation.cell.document),
            "protocol": protocol_data(simulation.protocol),
            "record": recordables_data(simulation.recordables),
            "every": simulation.every,
            "precision": simulation.precision,
            "init": simulation.beginning,
            "atol_scale": simulation.atol_scale,
            "record_at": None if record_at is None else record_at.tolist(),
            "values": {name: value.tolist() for name, value in simulation.values.items()},
        }
    )


def batch_elsewhere(text: str, values: Mapping[str, Iterable[float]]) -> NDArray[Any]:
    """On a worker: the runs of `Simulation.batch`, of a simulation as JSON."""
    return _simulation(text).batch({name: np.asarray(column, float) for name, column in values.items()})


@lru_cache(maxsize=4)
def _simulation(text: str) -> Simulation:
    data = json.loads(text)
    made = Simulation(
        Cell.of_document(from_data(data["cell"])),
        protocol_of(data["protocol"]),
        record=recordables_of(data["record"]),
        every=data["every"],
        precision=data["precision"],
        init=data["init"],
        atol_scale=data["atol_scale"],
        record_at=data["record_at"],
    )
    return made.varied(data["values"]) if data["values"] else made
