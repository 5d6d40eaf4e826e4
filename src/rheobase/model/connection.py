"""A connection along which events travel, as a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rheobase.mechanisms import PointProcess
from rheobase.model import assign, connections
from rheobase.model.handle import Handle
from rheobase.model.location import Location, Recordable
from rheobase.model.names import suggestion
from rheobase.model.placed import Placed
from rheobase.model.section import StaleHandle
from rheobase.model.values import ConnectionSpec

if TYPE_CHECKING:
    from rheobase.model.document import Document


class Connection(Handle):
    """From a source of events to a placed process: `weight`, `delay` (ms) and `threshold` (mV) are read and set.

    A mechanism may let its connections carry further values, read and set by their names.

    >>> from rheobase.mechanisms import ExpSyn, NetStim
    >>> from rheobase.model import Cell, connect
    >>> cell = Cell("one")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> syn = cell.place(ExpSyn(tau=2), soma(0.5))
    >>> nc = connect(NetStim(start=5), syn, weight=0.001)
    >>> nc.delay = 2.5
    >>> nc
    <NetCon[0]: NetStim[0] to ExpSyn[0], weight 0.001, delay 2.5 ms>
    """

    __slots__ = ()

    def __repr__(self) -> str:
        spec = self._document.connections.get(self._name)
        if spec is None:
            return f"<{self._name}: no longer in the cell>"
        sends = spec.source.variable == connections.SPIKES
        source = spec.source.place if sends else f"{spec.source.label} above {spec.threshold:g}"
        weight = f", weight {spec.weights[0]:g}" if spec.weights else ""
        return f"<{self._name}: {source} to {spec.target}{weight}, delay {spec.delay:g} ms>"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.values()]

    @property
    def name(self) -> str:
        """The name, as in `NetCon[0]`."""
        return self._name

    @property
    def spec(self) -> ConnectionSpec:
        """The frozen value this handle shows. **Raises:** `StaleHandle` if it is gone."""
        try:
            return self._document.connections[self._name]
        except KeyError:
            raise StaleHandle(
                f"{self._name!r} is not in cell {self._document.name!r} any more: it, or what it joined, was removed "
                "or undone; redo or connect again"
            ) from None

    @property
    def source(self) -> Recordable:
        """What sends: a number that rises above the threshold, or the `spikes` of a placed process."""
        return self.spec.source

    @property
    def target(self) -> Placed:
        """The placed process that receives."""
        return Placed(self._document, self.spec.target)

    def values(self) -> dict[str, float]:
        """Everything that can be set, by name."""
        spec = self.spec
        names = connections.weight_names(type(self._document.placements[spec.target].process))
        weights = dict(zip(names, spec.weights, strict=True))
        return {**weights, "delay": spec.delay, "threshold": spec.threshold}

    def __getitem__(self, variable: str) -> Recordable:
        """Name one of its weights to record, such as `"weight"`."""
        return Recordable(self.spec.name, None, variable)

    def __getattr__(self, name: str) -> float:
        # Only reached for what is no attribute of the handle itself.
        if name.startswith("_"):
            raise AttributeError(name)
        values = self.values()
        if name not in values:
            raise AttributeError(f"{self._name} has no {name!r}{suggestion(name, values)}")
        return values[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(**{name: value})

    def set(self, **values: Any) -> Connection:
        """Set weights, `delay` and `threshold` by name, in one step of undo. **Returns:** the handle.

        **Raises:** `AttributeError` for an unknown name, `ValueError` or `TypeError` for a value that cannot be.
        """
        connections.change(self._document, self.spec.name, values)
        return self

    def remove(self) -> None:
        """Take it out of the cell."""
        name = self.spec.name
        with self._document.edit(f"Remove {name}"):
            self._document.remove("connections", [name])


def connect(
    source: Location | Recordable | Placed | PointProcess,
    target: Placed,
    *,
    weight: Any = 0.0,
    delay: Any = 1.0,
    threshold: Any = 10.0,
    name: str | None = None,
    **weights: Any,
) -> Connection:
    """Let events travel from a source to a placed process of the same cell.

    **Arguments:**

    - `source`: a place such as `soma(0.5)`, which sends when its voltage rises above `threshold` (mV); any other number
      that can be recorded, likewise; a placed process that sends spikes; or a new source such as `rb.NetStim(...)`,
      which is placed too.
    - `target`: a placed synapse or artificial cell.
    - `weight`: in the unit of the synapse, uS for `ExpSyn`. `delay`: ms. `weights`: what else the synapse lets a
      connection carry, by name.
    - `name`: by default `NetCon[0]`, `NetCon[1]`, ...

    **Returns:** the connection.

    **Raises:** `TypeError`, `ValueError` or `KeyError` for what cannot be joined or a value that cannot be.
    """
    if not isinstance(target, Placed):
        raise TypeError(f"connect to a placed process, such as cell.place(ExpSyn(), soma(0.5)), not to {target!r}")
    document = target._document
    values = {"delay": delay, "threshold": threshold, **weights}
    if target.process.weights or weight != 0:
        values["weight"] = weight
    with document.edit(f"Connect to {target.name}"):
        spec = connections.connect(document, _source(document, source), target.placement.name, values, name)
    return Connection(document, spec.name)


def _source(document: Document, source: Any) -> Recordable:
    if isinstance(source, Location):
        return source.v
    if isinstance(source, PointProcess):
        if source.kind != "artificial":
            raise ValueError(
                f"{source.name} needs a place: place it first, as in cell.place({source.name}(), soma(0.5))"
            )
        return Recordable(assign.place(document, source, None, None).name, None, connections.SPIKES)
    if isinstance(source, Placed):
        if source._document is not document:
            raise ValueError(f"{source.name!r} is in another cell: only what is in one cell can be connected")
        return Recordable(source.placement.name, None, connections.SPIKES)
    return source  # checked where the connection is made
