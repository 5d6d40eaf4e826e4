"""The mechanism: one interface for the built-in library and every other source.

A mechanism is a class; its class attributes say what it has, its static methods how it moves. The methods are
pure and elementwise over instances: they get voltages `v` in mV, states `s`, parameters `p` and `ions` as
attributes (`p.gnabar`, `ions.na.reversal`) and the `Clock`, and never learn which integrator runs them.
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from jax import Array

from rheobase.kernel.events import Event, Response, Send
from rheobase.kernel.exponential import exponential_step
from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import UseIon
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.rates import rates
from rheobase.mechanisms.source import Source

if TYPE_CHECKING:
    import pandas as pd


class Mechanism:
    """The base of all mechanisms: no parameters, no states, no currents.

    **Class attributes:**

    - `name`: the field's name, as in `cell["soma"].insert("hh")`.
    - `kind`: `"density"`, in mA/cm2 and S/cm2; `"point"`, in nA and uS; or `"artificial"`, a source or cell of events
      with no membrane.
    - `parameters`, `states`: what it has; the elements of an array are `ca[0]`, `ca[1]`, ... `units`: the unit of each
      state and observable that has one.
    - `carried`: the states that are values which merely outlive a step, so that `currents` may return them too.
    - `hidden`: further things that outlive a step, such as ring buffers, each an array `(length, instances)` of any
      length; they are not recorded.
    - `ions`: the ions it reads and writes. `ions.ca` has `reversal` (mV), `inside`, `outside` (mM) and `current`, the
      total of the ion in mA/cm2 at the latest evaluation of all currents.
    - `geometry`: of `"area"` (um2) and `"diam"` (um) of the segment, those that it finds in `p`.
    - `pointers`: remote inputs, found in `p` by name; a cell binds each (`cell.bind`).
    - `diffusing`: the states, or ions by a name such as `"na.inside"`, that diffuse along the tree.
    - `random`: whether it draws numbers; then `p.stream` counts its instances.
    - `weights`: the values that each connection to it carries, the first of them `connect(weight=...)`; empty for a
      mechanism that receives no events from outside.
    - `current_names`: each current by name, with the ion it carries or None for a non-specific one.
    - `electrode`: whether positive current flows into the cell, as from an electrode.
    - `streams`: whether `receive` looks at all connections of an instance at once (`event.streams`).
    - `vectors`: lists of numbers that a point process or artificial cell is given besides its parameters; in `p` each
      is `(longest, instances)`, the shorter filled up with `inf`.
    - `continuous`: whether `derivative` and `implied` are all of its motion between events, so that any integrator can
      carry it; where not, `discrete` says why in words, and it steps by `advance` alone.
    - `source`: the paper the equations come from; `made_from`: the text a class was translated from, `None` for one
      that is written in Python.
    """

    name: ClassVar[str] = ""
    kind: ClassVar[Literal["density", "point", "artificial"]] = "density"
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    states: ClassVar[tuple[str, ...]] = ()
    carried: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()
    units: ClassVar[Mapping[str, str]] = {}
    ions: ClassVar[tuple[UseIon, ...]] = ()
    current_names: ClassVar[Mapping[str, str | None]] = {}
    observable_names: ClassVar[tuple[str, ...]] = ()
    electrode: ClassVar[bool] = False
    geometry: ClassVar[tuple[str, ...]] = ()
    pointers: ClassVar[tuple[str, ...]] = ()
    random: ClassVar[bool] = False
    weights: ClassVar[tuple[str, ...]] = ()
    diffusing: ClassVar[tuple[str, ...]] = ()
    receives: ClassVar[bool] = False
    watches: ClassVar[bool] = False
    streams: ClassVar[bool] = False
    vectors: ClassVar[tuple[str, ...]] = ()
    continuous: ClassVar[bool] = True
    discrete: ClassVar[str] = ""
    source: ClassVar[str] = ""
    made_from: ClassVar[Source | None] = None

    @staticmethod
    def prepare(p: Any, celsius: Array) -> Mapping[str, Array]:
        """What depends on parameters and temperature alone, computed once a run and added to `p`."""
        return {}

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The states at time 0 under voltage `v`."""
        return {}

    @staticmethod
    def currents(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Each current of `current_names`, in mA/cm2 or nA; outward is positive unless `electrode`."""
        return {}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The rate per ms of each state that moves by itself, and of ions that it moves, as `"ca.inside"` in mM/ms.

        A state it does not name stands still between events. It is asked at an instant: `clock.dt` is 0.
        """
        return {}

    @staticmethod
    def implied(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """What follows at once from voltages and states: an ion's concentration as `"ca.inside"`, a state by its name.

        Asked at an instant, before the currents; of `ions` it must not look at `current`.
        """
        return {}

    @staticmethod
    def breaks(p: Any) -> tuple[Array, ...]:
        """The times in ms, each over instances, at which what it does jumps or kinks though no event says so."""
        return ()

    @staticmethod
    def after_step(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """States in which it notes how a step of any length ended, such as a count of spikes.

        Nothing that moves may depend on them. Asked once a step where steps vary in length; `advance` is, where not.
        """
        return {}

    @classmethod
    def advance(cls, v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """The states one step on, and ions; by default the exponential step of `derivative`, then what is implied."""

        def at(values: dict[str, Array]) -> tuple[SimpleNamespace, SimpleNamespace]:
            own = {name: x for name, x in values.items() if "." not in name}
            return SimpleNamespace(**{**vars(s), **own}), _with_ions(ions, values)

        def rates(values: dict[str, Array]) -> dict[str, Array]:
            own, around = at(values)
            return dict(cls.derivative(v, own, p, around, clock))

        told = cls.derivative(v, s, p, ions, clock)
        if unknown := [name for name in told if "." not in name and name not in cls.states]:
            raise KeyError(
                f"{cls.name} gives a rate of {unknown[0]!r}; its states are {', '.join(cls.states) or 'none'}"
            )
        moving = {name: x for name, x in vars(s).items() if name in told and name not in cls.carried}
        moving |= {name: getattr(getattr(ions, name.split(".")[0]), name.split(".")[1]) for name in told if "." in name}
        stepped = exponential_step(rates, moving, clock.dt)
        own, around = at(stepped)
        return {**stepped, **cls.implied(v, own, p, around, clock)}

    @staticmethod
    def diffusion(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, tuple[Array, Array]]:
        """Of each of `diffusing`, its coefficient (um4/ms) and its volume (um2, that of a length of 1 um).

        The coefficient is a diffusion constant (um2/ms) times the cross-section (um2) through which it acts.
        """
        return {}

    @staticmethod
    def observables(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        """Further recordable values, such as conductances, each of `observable_names`."""
        return {}

    @staticmethod
    def begin(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> tuple[Send, ...]:
        """The events that an instance sends at time 0."""
        return ()

    @staticmethod
    def initial_weights(weights: Any, p: Any) -> Mapping[str, Array]:
        """What the values of a connection start as, where they are not what was given.

        Asked for all connections at once: `weights.w` is `(connections,)`, and `p` holds what the instance under each
        connection has. (NEURON starts all but the first at 0 where NET_RECEIVE has no INITIAL.)
        """
        return {}

    @staticmethod
    def receive(v: Array, s: Any, p: Any, ions: Any, event: Event, clock: Clock) -> Response:
        """The answer to one event, asked of mechanisms with `receives`."""
        return Response()

    @staticmethod
    def watch(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Response:
        """The answer to the values at the start of each step, asked of mechanisms with `watches`.

        A condition that became true sends `Send("self", when, clock.t, flag)`: its event is then received in its turn.
        """
        return Response()

    @classmethod
    def rates(cls, v: Any, celsius: float = 6.3, **values: float) -> "pd.DataFrame":
        """Steady state and time constant of each gate over voltages; see `rheobase.mechanisms.rates`."""
        return rates(cls, v, celsius, **values)

    @classmethod
    def parameter(cls, name: str) -> Parameter:
        """The parameter of this name. **Raises:** KeyError, with the names there are."""
        for parameter in cls.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(p.name for p in cls.parameters) or "none"
        raise KeyError(f"{cls.name} has no parameter {name!r}; it has {known}")

    @classmethod
    def recordables(cls) -> tuple[str, ...]:
        """The names of everything that can be recorded of an instance."""
        return (*cls.states, *cls.current_names, *cls.observable_names)

    @classmethod
    def unit(cls, variable: str) -> str:
        """The unit of a state, current, observable or parameter; empty for a pure number."""
        if variable in cls.current_names:
            return "mA/cm2" if cls.kind == "density" else "nA"
        if variable in cls.units:
            return cls.units[variable]
        return next((p.unit for p in cls.parameters if p.name == variable), "")


class PointProcess(Mechanism):
    """A mechanism at a point, or an artificial cell. An instance of the class is a set of its parameter values.

    Instances are frozen and equal by content; `replace` makes a changed one.

    **Arguments:** the parameters, by position in their order or by name; bare numbers in their units, strings
    such as `"0.3 nA"` or pint quantities. Its `vectors`, by name, are lists of numbers.

    **Raises:** TypeError for a name it does not have, ValueError for a value out of limits or of a wrong unit.
    """

    kind: ClassVar[Literal["density", "point", "artificial"]] = "point"
    __slots__ = ("_values", "_vectors")
    _values: dict[str, float]
    _vectors: dict[str, tuple[float, ...]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = [p.name for p in self.parameters]
        if len(args) > len(names):
            raise TypeError(f"{self.name} takes at most {len(names)} values: {', '.join(names)}")
        vectors = {name: _numbers(kwargs.pop(name, ()), f"{self.name}.{name}") for name in self.vectors}
        given = dict(zip(names, args, strict=False))
        for key, value in kwargs.items():
            if key not in names:
                raise TypeError(f"{self.name} has no parameter {key!r}; it has {', '.join([*names, *vectors])}")
            if key in given:
                raise TypeError(f"{self.name} was given {key} twice")
            given[key] = value
        values = {p.name: p.check(given.get(p.name, p.default), self.name) for p in self.parameters}
        object.__setattr__(self, "_values", values)
        object.__setattr__(self, "_vectors", vectors)

    def values(self) -> dict[str, float]:
        """The parameter values by name, in their units."""
        return dict(self._values)

    def lists(self) -> dict[str, tuple[float, ...]]:
        """The numbers of each of its vectors, by name."""
        return dict(self._vectors)

    def replace(self, **changes: Any) -> Self:
        """A new one with some values changed; the same errors as the constructor."""
        return type(self)(**{**self._values, **self._vectors, **changes})

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for held in (self._values, self._vectors):
                if name in held:
                    return held[name]
        known = ", ".join([] if name.startswith("_") else [*self._values, *self._vectors])
        raise AttributeError(f"{self.name} has no parameter {name!r}; it has {known}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self.name} values are frozen; use .replace({name}=...)")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PointProcess):
            return NotImplemented
        return type(self) is type(other) and (self._values, self._vectors) == (other._values, other._vectors)

    def __hash__(self) -> int:
        return hash((self.name, tuple(self._values.items()), tuple(self._vectors.items())))

    def __repr__(self) -> str:
        numbers = [f"{k}={v!r}" for k, v in self._values.items()]
        lists = [f"{k}={_shortened(v)}" for k, v in self._vectors.items()]
        return f"{self.name}({', '.join(numbers + lists)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A class that was translated has no module to be found in; what it was made from gives it again.
        return _rebuilt, (self.made_from or type(self), {**self._values, **self._vectors})


def _with_ions(ions: Any, values: Mapping[str, Array]) -> SimpleNamespace:
    """The ions with some values changed, which have names such as `"ca.inside"`."""
    changed = {ion: dict(vars(values)) for ion, values in vars(ions).items()} if ions is not None else {}
    for name, x in values.items():
        ion, dot, what = name.partition(".")
        if dot:
            changed[ion][what] = x
    return SimpleNamespace(**{ion: SimpleNamespace(**values) for ion, values in changed.items()})


def _rebuilt(made_from: Source | type[PointProcess], values: dict[str, Any]) -> PointProcess:
    if isinstance(made_from, Source):
        from rheobase.mechanisms.registry import compiled

        definition: Any = compiled(made_from)
    else:
        definition = made_from
    return definition(**values)


def _numbers(values: Any, label: str) -> tuple[float, ...]:
    """A list of numbers as a tuple. **Raises:** TypeError or ValueError that names what they are for."""
    try:
        array = np.asarray(values, float)
    except (TypeError, ValueError):
        raise TypeError(f"{label} = {values!r}: give a list of numbers") from None
    if array.ndim != 1:
        raise ValueError(f"{label}: give a list of numbers, not an array of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{label}: holds {array[~np.isfinite(array)][0]}, which is no finite number")
    return tuple(array.tolist())


def _shortened(numbers: tuple[float, ...]) -> str:
    shown = ", ".join(map(repr, numbers[:6]))
    return f"[{shown}, ... {len(numbers) - 6} more]" if len(numbers) > 6 else f"[{shown}]"
