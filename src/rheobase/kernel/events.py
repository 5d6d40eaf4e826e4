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


class Wiring(NamedTuple):
    """The static part of how events travel.

    **Fields:**

    - `blocks`: those whose mechanisms send, receive or watch, in order; their instances are counted one after another.
    - `weights`: of each of these, the names of the values that a connection to it carries.
    - `used`: the state arrays (see `State.arrays`) whose values sources are.
    - `queue`, `own`: how many events may be on their way through one connection, and to one instance from itself, at
      first.
    - `rounds`: how many events one instance may receive within a step of a run that is differentiated.
    """

    blocks: tuple[int, ...]
    weights: tuple[tuple[str, ...], ...]
    used: tuple[int, ...]
    queue: int
    own: int
    rounds: int


class Connections(NamedTuple):
    """The connections of a model, padded to a recurring size.

    **Fields:**

    - `target`, `sender`: int32 `(connections,)`, the instance at each end; one out of range where there is none.
    - `array`, `offset`: int32 `(connections,)`, where in the state the source is that is compared with `threshold`;
      a threshold that is `inf` is never crossed.
    - `delay`: ms. `weights`: `(most weights, connections)`.
    - `rank`: int32 `(connections,)`, the place of a connection among those to its target.
    - `streams`: for each block of the wiring, int32 `(most, instances)`, the connections to each instance, or None.
    """

    target: Array
    sender: Array
    array: Array
    offset: Array
    threshold: Array
    delay: Array
    weights: Array
    rank: Array
    streams: tuple[Array | None, ...]


class Pending(NamedTuple):
    """The events on their way.

    **Fields:**

    - `weights`: `(most weights, connections)`, as they are now.
    - `above`: `(connections,)`, whether the source was above its threshold.
    - `due`, `order`: `(queue, connections)`, when each event arrives, `inf` where there is none, and in which order
      they were sent.
    - `own_due`, `own_order`, `own_flag`, `own_stream`: `(own, instances)`, the same of events to oneself, with the
      connection whose event was being received.
    - `sent`: how many times events were sent; `next`: when the next event is due, ms.
    - `failed`: 0, or 1 where a connection's queue was full, 2 where an instance's own was, 3 where events never ended.
    """

    weights: Array
    above: Array
    due: Array
    order: Array
    own_due: Array
    own_order: Array
    own_flag: Array
    own_stream: Array
    sent: Array
    next: Array
    failed: Array
