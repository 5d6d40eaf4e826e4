"""Events: what mechanisms send and receive at instants."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from jax import Array


class Event(NamedTuple):
    """What reaches each instance of a mechanism.

    **Fields:** `t`: ms, the instant of the event; `flag`: 0 for one that a connection delivers, else that which the
    mechanism sent to itself; `weights`: the values of its connection by name (of a self-event, the connection whose
    event was being received when it was sent; zeros if there was none).
    """

    t: Array
    flag: Array
    weights: dict[str, Array]


class Send(NamedTuple):
    """An event on its way.

    **Fields:** `kind`: `"self"` sends `flag` to the instance itself at `t` (ms), `"move"` moves its pending
    self-event to `t`, `"spike"` tells its connections at `t`; `when`: in which instances.
    """

    kind: Literal["self", "move", "spike"]
    when: Array
    t: Array
    flag: Array | float = 0.0


class Response(NamedTuple):
    """How a mechanism answers an event. **Fields:** the `states` and `weights` that changed, and what it `sends`.

    A state may be an ion's, `"ca.inside"`.
    """

    states: Mapping[str, Array] = MappingProxyType({})
    weights: Mapping[str, Array] = MappingProxyType({})
    sends: tuple[Send, ...] = ()
