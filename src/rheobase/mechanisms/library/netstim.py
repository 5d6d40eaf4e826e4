"""A source of regular or random spikes."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Event, Response, Send
from rheobase.kernel.system import Clock
from rheobase.mechanisms.draws import exponential
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

_SPIKE, _FIRST = 1, 3


@register
class NetStim(PointProcess):
    """`number` spikes from `start`, `interval` apart: `noise` 0 is regular, 1 a Poisson process, between them a part.

    An interval is `(1 - noise) interval + noise x`, `x` exponentially distributed of mean `interval`. An event of
    positive weight starts another `number` of spikes when none are under way, one of negative weight ends them; with
    `start` below 0 nothing happens until then. Each source of a cell draws from a stream of its own; `seed` chooses
    another set.

    >>> NetStim(interval=20, number=5, start=10)
    NetStim(interval=20.0, number=5.0, start=10.0, noise=0.0, seed=0.0)
    """

    name = "NetStim"
    kind = "artificial"
    parameters = (
        Parameter("interval", 10.0, "ms", minimum=1e-9, maximum=1e9, doc="mean time between spikes"),
        Parameter("number", 10.0, "1", minimum=0, maximum=1e9, doc="number of spikes"),
        Parameter("start", 50.0, "ms", doc="most likely time of the first spike; below 0, none without an event"),
        Parameter("noise", 0.0, "1", minimum=0, maximum=1, doc="randomness of the intervals"),
        Parameter("seed", 0.0, "1", minimum=0, maximum=2**32 - 1, doc="which random numbers"),
    )
    states = ("on", "count", "drawn")
    random = True
    weights = ("weight",)
    receives = True
    source = "Carnevale and Hines 2006, The NEURON Book, chapter 10"

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        runs = (p.start >= 0) & (p.number > 0)
        return {"on": jnp.where(runs, 1.0, 0.0 * v), "count": 0 * v, "drawn": jnp.where(runs, 1.0, 0.0 * v)}

    @staticmethod
    def begin(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> tuple[Send, ...]:
        first = jnp.maximum(p.start + _interval(p, 0 * v) - p.interval * (1 - p.noise), 0.0)
        return (Send("self", s.on > 0, first, _FIRST),)

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {}

    @staticmethod
    def receive(v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        weight, outside = event.weights["weight"], event.flag == 0
        started = outside & (weight > 0) & (s.on == 0) & (p.number > 0)
        ended = outside & (weight < 0)
        first = (event.flag == _FIRST) & (s.on == 1)
        spikes = (event.flag == _SPIKE) & (s.on == 1)
        count = jnp.where(started | first, 0.0, s.count + spikes)
        interval = _interval(p, s.drawn)
        on = jnp.where(started, 1.0, jnp.where(ended | (spikes & (count >= p.number)), 0.0, s.on))
        wait = jnp.where(first, 0.0, jnp.where(started, interval - p.interval * (1 - p.noise), interval))
        return Response(
            {"on": on, "count": count, "drawn": s.drawn + (started | spikes)},
            sends=(
                Send("spike", spikes, event.t),
                Send("self", started | first | (spikes & (on == 1)), event.t + jnp.maximum(wait, 0.0), _SPIKE),
            ),
        )


def _interval(p: Any, drawn: Array) -> Array:
    random = jnp.where(p.noise > 0, exponential(p.seed, p.stream, drawn), 1.0)
    return (1 - p.noise) * p.interval + p.noise * p.interval * random
