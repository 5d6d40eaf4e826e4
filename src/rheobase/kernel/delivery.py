"""Delivery: thresholds are looked at, and events that are due are received, before each step.

The order is that of NEURON's fixed step (Carnevale and Hines 2006, The NEURON Book, chapter 10): sources are compared
with their thresholds at `t`; then everything due by `t + dt/2` is received in the order of its time, and of its sending
where times are equal. An event that is sent on the way takes its place among the others.

Times of events are numbers that nothing is differentiated by; weights are differentiated as all parameters.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from rheobase.kernel.events import Connections, Event, Pending, Response, Send, Wiring
from rheobase.kernel.membrane import namespaces, with_values
from rheobase.kernel.system import Clock, Probes, Program, State, System, at_instances, sample

_AFTER_CROSSING = 1e-10  # ms, by which NEURON puts a spike behind the instant at which it was noticed
_MOST_ROUNDS = 100_000
_LATEST = np.iinfo(np.int32).max


class _Span(NamedTuple):
    """A block of the wiring: its number in the program, and its instances among all that events concern."""

    block: int
    first: int
    size: int
    weights: tuple[str, ...]
    streams: Array | None


def begin(program: Program, system: System, state: State, clock: Clock, *, bounded: bool = False) -> State:
    """The state at time 0 with the weights of all connections and the events sent at rest, those due received.

    **Arguments:** `bounded` as for `deliver`.
    """
    wiring, table = _parts(program, system)
    spans = _spans(system, wiring, table)
    batch = state.v.shape[1:]
    count, dtype = table.delay.shape[0], state.v.dtype
    instances = sum(span.size for span in spans)

    def filled(shape: tuple[int, ...], value: Any, kind: Any = dtype) -> Array:
        return jnp.full((*shape, *batch), value, kind)

    events = Pending(
        weights=_first_weights(program, system, state, spans, table),
        above=filled((count,), False, bool),
        due=filled((wiring.queue, count), jnp.inf),
        order=filled((wiring.queue, count), 0, jnp.int32),
        own_due=filled((wiring.own, instances), jnp.inf),
        own_order=filled((wiring.own, instances), 0, jnp.int32),
        own_flag=filled((wiring.own, instances), 0),
        own_stream=filled((wiring.own, instances), count, jnp.int32),
        sent=filled((), 0, jnp.int32),
        next=filled((), jnp.inf),
        failed=filled((), 0, jnp.int32),
    )
    state = state._replace(events=events)
    nobody = jnp.full((instances, *batch), count, jnp.int32)
    for span in spans:
        mechanism, v = _at(program, system, state, span)
        for send in mechanism.begin(v, *namespaces(program, system, state, span.block), clock):
            state = state._replace(events=_sent(table, span, state.events, send, v, nobody))
    state = state._replace(events=_renewed(state.events))
    return _received(program, system, state, spans, clock.t, clock.dt, bounded=bounded)


def deliver(program: Program, system: System, state: State, t: Array, dt: Array, *, bounded: bool = False) -> State:
    """The state in which a step from `t` begins, with every event received that is due by the middle of it.

    **Arguments:** `bounded`: receive at most `wiring.rounds` events an instance, so that reverse mode can follow;
    what remains then makes the voltages NaN.
    """
    wiring, table = _parts(program, system)
    spans = _spans(system, wiring, table)
    state = _compared(table, wiring, state, t)
    state = _watched(program, system, state, spans, Clock(t, dt))
    return _received(program, system, state, spans, t + dt / 2, dt, bounded=bounded)


def crossed_sources(program: Program, system: System, state: State) -> Array:
    """Which connections' sources rose above their threshold since they were last looked at."""
    wiring, table = _parts(program, system)
    if not wiring.used:
        return jnp.zeros(table.threshold.shape, bool)
    return _above(table, wiring, state) & ~_events(state).above


def sent_by(program: Program, system: System, state: State, crossed: Array, when: Array) -> State:
    """The state with spikes sent from sources that `crossed` at the times `when` (ms)."""
    wiring, table = _parts(program, system)
    if not wiring.used:
        return state
    present = _events(state)

    def push(events: Pending) -> Pending:
        return _renewed(_spiked(table, events, crossed, when))

    events = lax.cond(crossed.any(), push, lambda events: events, present)
    return state._replace(events=events._replace(above=_above(table, wiring, state) & (present.above | crossed)))


def meet(program: Program, system: System, state: State, clock: Clock) -> tuple[State, Array]:
    """The state after all that is watched or due at an instant, and whether anything was due."""
    wiring, table = _parts(program, system)
    spans = _spans(system, wiring, table)
    state = _watched(program, system, state, spans, clock)
    due = _events(state).next <= clock.t
    return _received(program, system, state, spans, clock.t, clock.dt, bounded=False), due


def _events(state: State) -> Pending:
    if state.events is None:
        raise ValueError("a model without wiring has no events")
    return state.events


def _above(table: Connections, wiring: Wiring, state: State) -> Array:
    values = sample(state, Probes(table.array, table.offset), wiring.used)
    return values > _column(table.threshold, values.ndim)


def _parts(program: Program, system: System) -> tuple[Wiring, Connections]:
    if program.wiring is None or system.connections is None:
        raise ValueError("a model without wiring has no events to deliver")
    return program.wiring, system.connections


def _spans(system: System, wiring: Wiring, table: Connections) -> list[_Span]:
    spans, first = [], 0
    for block, weights, streams in zip(wiring.blocks, wiring.weights, table.streams, strict=True):
        size = system.blocks[block].scale.shape[0]
        spans.append(_Span(block, first, size, weights, streams))
        first += size
    return spans


def _at(program: Program, system: System, state: State, span: _Span) -> tuple[Any, Array]:
    """A mechanism, and the voltages under its instances."""
    mechanism, layout = program.mechanisms[span.block]
    v = at_instances(layout, system.blocks[span.block], state.v)
    return mechanism, v


def _first_weights(program: Program, system: System, state: State, spans: list[_Span], table: Connections) -> Array:
    batch = state.v.shape[1:]
    weights = jnp.broadcast_to(_column(table.weights, len(batch) + 2), (*table.weights.shape[:2], *batch))
    for span in spans:
        mechanism: Any = program.mechanisms[span.block][0]
        local = jnp.clip(table.target - span.first, 0, span.size - 1)
        here = (table.target >= span.first) & (table.target < span.first + span.size)
        _, p, _ = namespaces(program, system, state, span.block)
        p = SimpleNamespace(**{name: _of_each(x, local, span.size) for name, x in vars(p).items()})
        named = SimpleNamespace(**{name: weights[row] for row, name in enumerate(span.weights)})
        for name, value in mechanism.initial_weights(named, p).items():
            row = span.weights.index(name)
            started = jnp.where(_column(here, weights.ndim - 1), value, weights[row])
            weights = weights.at[row].set(started.astype(weights.dtype))
    return weights


def _of_each(x: Any, local: Array, count: int) -> Any:
    """What the instance under each connection has of something that an instance may have."""
    return x[local] if np.ndim(x) and np.shape(x)[0] == count else x


# Sources


def _compared(table: Connections, wiring: Wiring, state: State, t: Array) -> State:
    """Compare sources with their thresholds, and send what crossed."""
    if not wiring.used:
        return state
    events: Any = state.events
    now = _above(table, wiring, state)
    crossed = now & ~events.above

    def push(events: Pending) -> Pending:
        return _renewed(_spiked(table, events, crossed, t + _AFTER_CROSSING))

    events = lax.cond(crossed.any(), push, lambda events: events, events._replace(above=now))
    return state._replace(events=events)


def _watched(program: Program, system: System, state: State, spans: list[_Span], clock: Clock) -> State:
    """Ask mechanisms that watch something what they make of the present."""
    for span in spans:
        mechanism, v = _at(program, system, state, span)
        if not mechanism.watches:
            continue
        response = mechanism.watch(v, *namespaces(program, system, state, span.block), clock)
        state = with_values(program, system, state, span.block, response.states)
        for send in response.sends:
            present: Any = state.events
            nobody = jnp.full(present.own_due.shape[1:], present.due.shape[1], jnp.int32)
            when = jnp.broadcast_to(send.when, v.shape)

            def push(
                events: Pending, span: _Span = span, send: Send = send, v: Array = v, nobody: Array = nobody
            ) -> Pending:
                return _renewed(_sent(system.connections, span, events, send, v, nobody))

            events = lax.cond(when.any(), push, lambda events: events, present)
            state = state._replace(events=events)
    return state


# Receiving


def _received(
    program: Program, system: System, state: State, spans: list[_Span], until: Array, dt: Array, *, bounded: bool
) -> State:
    """Receive all that is due, one instant after another."""
    wiring, _ = _parts(program, system)
    receive = partial(_round, program, system, spans, until, dt, bounded)

    def pending(state: State) -> Array:
        events: Any = state.events
        return (events.next <= until).any()

    if not bounded:

        def going(carry: tuple[State, Array]) -> Array:
            return pending(carry[0]) & (carry[1] < _MOST_ROUNDS)

        def body(carry: tuple[State, Array]) -> tuple[State, Array]:
            return receive(carry[0]), carry[1] + 1

        state, rounds = lax.while_loop(going, body, (state, jnp.zeros((), jnp.int32)))
        endless = jnp.where(rounds >= _MOST_ROUNDS, 3, 0)
        return state._replace(events=_failed(state.events, endless))

    def one(state: State, _: None) -> tuple[State, None]:
        return lax.cond(pending(state), receive, lambda state: state, state), None

    def several(state: State) -> State:
        return lax.scan(one, state, None, length=wiring.rounds)[0]

    state = lax.cond(pending(state), several, lambda state: state, state)
    events: Any = state.events
    broken = (events.failed > 0) | (events.next <= until)
    return state._replace(v=jnp.where(broken, jnp.nan, state.v))


def _round(
    program: Program, system: System, spans: list[_Span], until: Array, dt: Array, bounded: bool, state: State
) -> State:
    """Receive what is due at the earliest instant, at most one event an instance."""
    table: Any = system.connections
    events: Any = state.events
    first = jnp.minimum(events.due.min(axis=(0, 1)), events.own_due.min(axis=(0, 1)))
    live = first <= until
    instances, count = events.own_due.shape[1], events.due.shape[1]
    size = events.due.ndim - 1

    # The earliest sent of those that connections bring, for each connection and then for each instance.
    waiting = jnp.where((events.due == first) & live, events.order, _LATEST)
    order = waiting.min(axis=0)
    nothing = jnp.full((instances, *first.shape), _LATEST, jnp.int32)
    earliest = nothing.at[table.target].min(order, mode="drop")
    index = _column(jnp.arange(count, dtype=jnp.int32), size)
    candidate = (order < _LATEST) & (order == earliest.at[table.target].get(mode="clip"))
    chosen = nothing.at[table.target].min(jnp.where(candidate, index, _LATEST), mode="drop")

    own_waiting = jnp.where((events.own_due == first) & live, events.own_order, _LATEST)
    own_order = own_waiting.min(axis=0)
    by_self = (own_order <= earliest) & (own_order < _LATEST)
    by_other = ~by_self & (earliest < _LATEST)

    slot = own_waiting.argmin(axis=0)
    flag = jnp.take_along_axis(events.own_flag, slot[None], axis=0)[0]
    stream = jnp.take_along_axis(events.own_stream, slot[None], axis=0)[0]
    stream = jnp.where(by_other, chosen, jnp.where(by_self, stream, count))
    hit = by_self | by_other

    # What is received is no longer on its way.
    taken = _places(own_waiting.shape[0], slot) & by_self
    brought = by_other.at[table.target].get(mode="clip") & (stream.at[table.target].get(mode="clip") == index)
    gone = _places(waiting.shape[0], waiting.argmin(axis=0)) & brought
    events = events._replace(
        due=jnp.where(gone, jnp.inf, events.due), own_due=jnp.where(taken, jnp.inf, events.own_due)
    )
    state = state._replace(events=events)
    for span in spans:
        mechanism: Any = program.mechanisms[span.block][0]
        if mechanism.receives:
            arrived = _Arrived(first, hit, jnp.where(by_self, flag, 0), stream)
            receive = partial(_block_received, program, system, span, arrived, dt)
            if bounded:
                state = receive(state)
            else:
                reached = hit[span.first : span.first + span.size].any()
                state = lax.cond(reached, receive, lambda state: state, state)
    return state._replace(events=_renewed(state.events))


class _Arrived(NamedTuple):
    """What reaches all instances in a round. **Fields:** its time; which it reaches; its flag and its connection."""

    t: Array
    hit: Array
    flag: Array
    stream: Array


def _block_received(program: Program, system: System, span: _Span, arrived: _Arrived, dt: Array, state: State) -> State:
    table: Any = system.connections
    pending: Any = state.events
    rows = slice(span.first, span.first + span.size)
    hit, flag, stream = arrived.hit[rows], arrived.flag[rows], arrived.stream[rows]
    mechanism, v = _at(program, system, state, span)
    s, p, ions = namespaces(program, system, state, span.block)
    weights = pending.weights
    t = jnp.broadcast_to(lax.stop_gradient(arrived.t), v.shape)
    event = Event(t, flag, {name: _taken(weights[row], stream) for row, name in enumerate(span.weights)})
    if span.streams is not None:
        event = event._replace(**_all_streams(span, span.streams, weights, stream))
    response: Response = mechanism.receive(v, s, p, ions, event, Clock(t, dt))
    states = {name: jnp.where(hit, x, _present(s, ions, name)) for name, x in response.states.items()}
    state = with_values(program, system, state, span.block, states)
    weights = _changed_weights(table, span, weights, response, hit, stream)
    events = pending._replace(weights=weights)
    whole = arrived.stream
    for send in response.sends:
        events = _sent(table, span, events, send._replace(when=send.when & hit), v, whole)
    return state._replace(events=events)


def _present(s: Any, ions: Any, name: str) -> Array:
    ion, dot, what = name.partition(".")
    return getattr(getattr(ions, ion), what) if dot else getattr(s, name)


def _taken(row: Array, stream: Array) -> Array:
    """The value of a connection's row for each instance's stream, 0 where there is none."""
    values = jnp.take_along_axis(row, jnp.clip(stream, 0, row.shape[0] - 1), axis=0)
    return jnp.where(stream < row.shape[0], values, 0)


def _all_streams(span: _Span, slots: Array, weights: Array, stream: Array) -> dict[str, Any]:
    present = _column(slots < weights.shape[1], slots.ndim + weights.ndim - 2)
    own = (_column(slots, present.ndim) == stream) & present
    streams = {
        name: jnp.where(present, weights[row].at[slots].get(mode="clip"), 0) for row, name in enumerate(span.weights)
    }
    return {"streams": streams, "present": jnp.broadcast_to(present, own.shape), "own": own}


def _changed_weights(
    table: Connections, span: _Span, weights: Array, response: Response, hit: Array, stream: Array
) -> Array:
    local = table.target - span.first
    here = (local >= 0) & (local < span.size)
    local = jnp.clip(local, 0, span.size - 1)
    reached = _column(here, hit.ndim) & hit[local]
    own = reached & (stream[local] == _column(jnp.arange(len(local)), hit.ndim))
    for row, name in enumerate(span.weights):
        value = weights[row]
        if name in response.streams:
            value = jnp.where(reached, response.streams[name][table.rank, local], value)
        if name in response.weights:
            new = jnp.broadcast_to(response.weights[name], hit.shape)
            value = jnp.where(own, new[local], value)
        if value is not weights[row]:
            weights = weights.at[row].set(value.astype(weights.dtype))
    return weights


# Sending


def _sent(table: Any, span: _Span, events: Any, send: Send, v: Array, stream: Array) -> Pending:
    """Put events on their way. `stream`: the connection whose event is being received, of all instances."""
    when = jnp.broadcast_to(send.when, v.shape)
    t = jnp.broadcast_to(jnp.asarray(lax.stop_gradient(send.t), v.dtype), v.shape)
    rows = slice(span.first, span.first + span.size)
    if send.kind == "spike":
        instances = events.own_due.shape[1:]
        fired = jnp.zeros(instances, bool).at[rows].set(when)
        times = jnp.zeros(instances, v.dtype).at[rows].set(t)
        hit = fired.at[table.sender].get(mode="fill", fill_value=False)
        return _spiked(table, events, hit, times.at[table.sender].get(mode="clip"))
    due, order, flags = events.own_due[:, rows], events.own_order[:, rows], events.own_flag[:, rows]
    if send.kind == "move":
        latest = jnp.where(jnp.isfinite(due) & (flags == 1), order, -1)
        there = _places(due.shape[0], latest.argmax(axis=0)) & (latest >= 0) & when
        return events._replace(own_due=events.own_due.at[:, rows].set(jnp.where(there, t, due)))
    free = jnp.isinf(due)
    there = _places(due.shape[0], free.argmax(axis=0)) & when
    full = (when & ~free.any(axis=0)).any(axis=0)
    flag = jnp.broadcast_to(jnp.asarray(send.flag, v.dtype), v.shape)
    return events._replace(
        own_due=events.own_due.at[:, rows].set(jnp.where(there & free, t, due)),
        own_order=events.own_order.at[:, rows].set(jnp.where(there, events.sent, order)),
        own_flag=events.own_flag.at[:, rows].set(jnp.where(there, flag, flags)),
        own_stream=events.own_stream.at[:, rows].set(jnp.where(there, stream[rows], events.own_stream[:, rows])),
        sent=events.sent + 1,
    )._replace(failed=_failed(events, jnp.where(full, 2, 0)).failed)


def _spiked(table: Connections, events: Any, hit: Array, t: Array) -> Pending:
    """Send a spike of time `t` along the connections that are hit."""
    free = jnp.isinf(events.due)
    there = _places(free.shape[0], free.argmax(axis=0)) & hit & free
    full = (hit & ~free.any(axis=0)).any(axis=0)
    arrival = lax.stop_gradient(t + _column(table.delay, hit.ndim))
    return events._replace(
        due=jnp.where(there, arrival, events.due),
        order=jnp.where(there, events.sent, events.order),
        sent=events.sent + 1,
    )._replace(failed=_failed(events, jnp.where(full, 1, 0)).failed)


def _failed(events: Any, how: Array) -> Pending:
    return events._replace(failed=jnp.maximum(events.failed, how.astype(jnp.int32)))


def _renewed(events: Any) -> Pending:
    earliest = jnp.minimum(events.due.min(axis=(0, 1)), events.own_due.min(axis=(0, 1)))
    return events._replace(next=earliest)


def _places(size: int, slot: Array) -> Array:
    """`(size, ...)`, true where the first axis is `slot`."""
    return _column(jnp.arange(size), slot.ndim + 1) == slot


def _column(x: Array, ndim: int) -> Array:
    """An array with axes of length 1 added behind, for a batch."""
    return x.reshape(x.shape + (1,) * (ndim - x.ndim))
