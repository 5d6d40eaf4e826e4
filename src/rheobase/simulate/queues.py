"""Steps of a run whose queues of events grow as they fill up, so that no event is ever lost."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from rheobase.kernel import Pending, Probes, Program, State, System, advance, initialise
from rheobase.simulate.error import SimulationError

_MOST = 65536


def begin_run(program: Program, system: System, probes: Probes, v: Any, dt: Any) -> tuple[State, Any]:
    """The state at time 0 and its sample, as the kernel's `initialise` gives them."""
    while True:
        state, first = initialise(program, system, probes, v, dt)
        if program.wiring is None or not failing(state):
            return state, first
        refuse_failure(state, 0.0, 0.0)
        wiring = program.wiring._replace(queue=2 * program.wiring.queue, own=2 * program.wiring.own)
        program = program._replace(wiring=wiring)


def take_steps(
    program: Program, system: System, probes: Probes, before: State, first: int, samples: int, every: int, dt: Any
) -> tuple[State, Any]:
    """Some steps on, as the kernel's `advance` takes them.

    **Raises:** SimulationError where events never end, or more are on their way than can be meant.
    """
    while True:
        state, raw = advance(program, system, probes, before, first, samples, every, dt)
        if program.wiring is None or not failing(state):
            return state, raw
        refuse_failure(state, first * float(dt), (first + samples * every) * float(dt))
        before = before._replace(events=larger_queues(before.events, failing(state)))


def failing(state: State) -> int:
    """Zero, or the number of what went wrong with the events of a state."""
    return 0 if state.events is None else int(np.max(np.asarray(state.events.failed)))


def refuse_failure(state: State, begun: float, ended: float) -> None:
    """Raise SimulationError for a failure that larger queues do not mend."""
    failure, events = failing(state), state.events
    when = f"between t = {begun:g} and {ended:g} ms"
    if failure == 3:
        raise SimulationError(
            f"{when} events followed one another without end at one instant: look for a mechanism that sends itself an "
            "event without delay each time it receives one, or for a loop of connections with delay 0",
            begun,
            "",
        )
    if events is not None and max(events.due.shape[0], events.own_due.shape[0]) >= _MOST:
        what = "through one connection" if failure == 1 else "from one mechanism to itself"
        raise SimulationError(
            f"{when} more than {_MOST} events were on their way {what}: look for an interval that is far too short or "
            "a delay that is far too long",
            begun,
            "",
        )


def larger_queues(events: Any, failure: int) -> Pending:
    """The same events in queues of twice the size."""

    def padded(x: Any, value: float) -> Any:
        return jnp.concatenate([x, jnp.full_like(x, value)])

    if failure == 1:
        return events._replace(due=padded(events.due, jnp.inf), order=padded(events.order, 0))
    return events._replace(
        own_due=padded(events.own_due, jnp.inf),
        own_order=padded(events.own_order, 0),
        own_flag=padded(events.own_flag, 0),
        own_stream=padded(events.own_stream, events.due.shape[1]),
    )
