"""A source of spikes at given times."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel.events import Event, Response, Send
from rheobase.kernel.system import Clock
from rheobase.mechanisms.mechanism import PointProcess
from rheobase.mechanisms.registry import register


@register
class VecStim(PointProcess):
    """Spikes at `times`, in ms, in whatever order they are given.

    >>> VecStim(times=[20, 5, 12.5])
    VecStim(times=[5.0, 12.5, 20.0])
    """

    name = "VecStim"
    kind = "artificial"
    states = ("index",)
    vectors = ("times",)
    receives = True

    def __init__(self, *args: Any, times: Any = (), **kwargs: Any) -> None:
        if args:
            raise TypeError("give VecStim its times by name: VecStim(times=[5, 12.5])")
        super().__init__(times=times, **kwargs)
        sorted_times = tuple(sorted(self._vectors["times"]))
        if sorted_times and sorted_times[0] < 0:
            raise ValueError(f"VecStim.times: holds {sorted_times[0]:g} ms, before the run begins: give times from 0")
        self._vectors["times"] = sorted_times

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"index": 0 * v}

    @staticmethod
    def begin(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> tuple[Send, ...]:
        return (Send("self", jnp.isfinite(v), _time(p, s.index), 1),)

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {}

    @staticmethod
    def receive(v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        spikes = event.flag == 1
        index = s.index + spikes
        sends = (Send("spike", spikes, event.t), Send("self", spikes, _time(p, index), 1))
        return Response({"index": index}, sends=sends)


def _time(p: Any, index: Array) -> Array:
    times = p.times.reshape(p.times.shape + (1,) * (index.ndim + 1 - p.times.ndim))
    return jnp.take_along_axis(times, index[None].astype(jnp.int32), axis=0, mode="clip")[0]
