"""Events: what mechanisms send and receive at instants."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from jax import Array


class Event(NamedTuple):
    """What reaches each instance of a mechanism.

    **Fields:**

    - `t`: ms, the instant of the event.
    - `flag`: 0 for one that a connection delivers, else that which the mechanism sent to itself.
    - `weights`: the values of its connection by name (of a self-event, the connection whose event was being received
      when it was sent; zeros if there was none).
    - `streams`: of a mechanism with `streams`, the values of all connections to each instance by name, each
      `(most, instances)`; `present`, of the same shape, says which of them there are, and `own` which of them is the
      connection of this event. Connections stand in the order in which they were made.
    """

    t: Array
    flag: Array
    weights: Mapping[str, Array]
    streams: Mapping[str, Array] = MappingProxyType({})
    present: Array | None = None
    own: Array | None = None


class Send(NamedTuple):
    """An event on its way.

    **Fields:** `kind`: `"self"` sends `flag` to the instance itself at `t` (ms), `"move"` moves its pending
    self-event of flag 1, the latest if there are several, to `t`, `"spike"` tells its connections at `t`; `when`: in
    which instances.
    """

    kind: Literal["self", "move", "spike"]
    when: Array
    t: Array
    flag: Array | float = 0.0


class Response(NamedTuple):
    """How a mechanism answers an event. **Fields:** the `states` and `weights` that changed, and what it `sends`.

    A state may be an ion's, `"ca.inside"`. `streams` are new values of all connections to each instance, shaped as
    `event.streams`; where `weights` has the same name, it holds for the event's own connection.
    """

    states: Mapping[str, Array] = MappingProxyType({})
    weights: Mapping[str, Array] = MappingProxyType({})
    sends: tuple[Send, ...] = ()
    streams: Mapping[str, Array] = MappingProxyType({})
