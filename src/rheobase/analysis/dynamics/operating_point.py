"""Where a model is linearised: at rest, as it starts, in a run, or held by a voltage clamp."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import Clock, Probes, Program, State, System, initialise
from rheobase.kernel.fixed_point import fixed_point, quiet_run, speeds
from rheobase.kernel.linearise import Linear, linearise
from rheobase.kernel.membrane import prepare
from rheobase.kernel.unknowns import Unknowns, differential, unknowns_of
from rheobase.model import Cell, Location, Protocol
from rheobase.model.names import UnknownName
from rheobase.simulate import Simulation
from rheobase.simulate.assemble import Assembly, assemble
from rheobase.simulate.engine import Present
from rheobase.units import to_float

_METHOD = "implicit_euler"
_QUIET, _QUIET_STEPS = 2000.0, 4000  # ms and steps, of the run that helps where Newton's method fails
_MOST_VOLTAGE, _MOST_STATE, _MOST_CONCENTRATION = 5.0, 0.2, 0.5  # mV, 1, times its value: change in one iteration
_STEADY_VOLTAGE, _STEADY_STATE = 1e-3, 1e-4  # mV/ms and 1/ms: slower counts as steady


class UnsteadyWarning(UserWarning):
    """A model was linearised where it does not stay."""


class NoSteadyState(RuntimeError):
    """No state was found in which a model rests. **Fields:** `place`, where it moves fastest."""

    def __init__(self, message: str, place: str) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Hold:
    """An operating point held by a voltage clamp: until all else rests, and then by the current that took.

    **Arguments:** `v`: mV; `at`: where the clamp is, by default where impedance is measured from; `"everywhere"` for a
    clamp in every segment.

    >>> Hold("-50 mV")
    Hold(v=-50.0, at=None)
    """

    v: float
    at: Location | str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "v", to_float(self.v, "mV", "the holding potential"))
        if self.at is not None and self.at != "everywhere" and not isinstance(self.at, Location):
            raise TypeError(f"at = {self.at!r}: give a place such as soma(0.5), or 'everywhere'")


class Fastest(NamedTuple):
    """What moves fastest: `what` (`"v"`, `"hh.m"`, `"ca.inside"`), its `rate` per ms in its own unit, and `place`."""

    what: str
    rate: float
    place: str


@dataclass(frozen=True, eq=False, repr=False)
class Compiled:
    """A model as arrays, all of whose motion is continuous, with its numbers as they are.

    **Fields:** the `cell`, frozen, and its `assembly`; `params` and the kernel's `system`; what its `unknowns` are; the
    state at the `start`; `t`, ms, at which sources are taken.
    """

    cell: Cell
    assembly: Assembly
    params: Mapping[str, Any]
    system: System
    unknowns: Unknowns
    start: State
    t: float = 0.0

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """Which unknowns have a rate: neither padding nor voltages of nodes without membrane."""
        return np.asarray(differential(self.program, self.unknowns, self.system))

    @property
    def program(self) -> Program:
        """The kernel's program."""
        return self.assembly.program

    def node(self, location: Location) -> int:
        """The node of a place. **Raises:** KeyError for a section that is not there."""
        grid = self.assembly.grid
        if location.section not in grid.index:
            raise UnknownName("section", location.section, grid.index)
        return grid.node_at(location.section, location.x)

    def place_of(self, unknown: int) -> tuple[str, str]:
        """What an unknown is and where, as `"hh.m"` and `"dend[3](0.5)"`."""
        for block, name, start, stop, *_ in self.unknowns.stretches:
            if start <= unknown < stop:
                row = unknown - start
                if block < 0:
                    return name, self.assembly.grid.place_of(row)
                plan = self.assembly.plans[block]
                if plan.names:
                    return f"{plan.names[min(row, len(plan.names) - 1)]}.{name}", ""
                node = row if not len(plan.node) else int(plan.node[row])
                return f"{plan.mechanism.name}.{name}", self.assembly.grid.place_of(node)
        raise IndexError(unknown)

    def scale(self) -> NDArray[np.float64]:
        """By how much each unknown may change in one iteration: see `fixed_point`."""
        scale = np.full(self.unknowns.size, np.inf)
        for block, name, start, stop, *_ in self.unknowns.stretches:
            if name == "v" and block < 0:
                allowed = _MOST_VOLTAGE
            else:
                unit = "mM" if block < 0 else self.assembly.plans[block].mechanism.unit(name)
                allowed = -_MOST_CONCENTRATION if unit == "mM" else _MOST_STATE
            scale[start:stop] = allowed
        real = self.moving.copy()
        real[: self.assembly.grid.count] = True
        return np.where(real, scale, np.inf)

    def fastest(self, state: State, held: NDArray[np.bool_] | None = None) -> tuple[Fastest, Fastest]:
        """The voltage that moves fastest, and the state or concentration that does, for its size."""
        rates = np.asarray(speeds(self.program, self.unknowns, self.system, state, np.float64(self.t)))
        rates = np.where(self.moving, np.abs(rates), 0.0)
        nodes = len(self.assembly.grid.parent)
        if held is not None:
            rates[:nodes][held] = 0.0
        weight = np.ones_like(rates)
        relative = self.scale() < 0
        weight[relative] = np.maximum(np.abs(np.asarray(self.unknowns.pack(state))[relative]), 1e-300)
        rates, compared = np.where(np.isnan(rates), np.inf, rates), np.where(np.isnan(rates), np.inf, rates / weight)
        found = []
        for begin, end in ((0, nodes), (nodes, len(rates))):
            if begin == end:
                found.append(Fastest("", 0.0, ""))
                continue
            k = begin + int(np.argmax(compared[begin:end]))
            what, place = self.place_of(k)
            found.append(Fastest(what, float(compared[k]), place))
        return found[0], found[1]


def compile_model(
    cell: Cell,
    protocol: Protocol | None = None,
    *,
    celsius: Any = None,
    v_init: Any = None,
    params: Mapping[str, Any] | None = None,
    t: Any = None,
) -> Compiled:
    """Compile a cell for looking at its equations.

    **Arguments:** as of `steady_state`.

    **Raises:** ValueError for a cell without sections, a mechanism whose motion is not continuous, or a number that
    cannot be right; KeyError for an unknown parameter.
    """
    given = {name: value for name, value in {"celsius": celsius, "v_init": v_init}.items() if value is not None}
    protocol = (protocol or Protocol()).replace(**given) if given or protocol is None else protocol
    cell = cell.freeze()
    if not cell.sections:
        raise ValueError(f"cell {cell.name!r} has no sections; add one with add_section(name, L=..., diam=...)")
    assembly = assemble(
        cell,
        protocol.placements(placed.name for placed in cell.placements),
        method=_METHOD,
        celsius=protocol.celsius,
        v_init=protocol.v_init,
    )
    return with_numbers(cell, assembly, params or {}, 0.0 if t is None else to_float(t, "ms", "t"))


def with_numbers(cell: Cell, assembly: Assembly, params: Mapping[str, Any], t: float = 0.0) -> Compiled:
    """An assembly with its numbers. **Raises:** as `compile_model`."""
    refuse_discrete(assembly)
    for name, value in params.items():
        array = np.atleast_1d(np.asarray(value, float))
        if not np.isfinite(array).all():
            raise ValueError(f"{name} = {value!r}: must be a finite number")
        assembly.table.check(name, array)
    full = assembly.normalised(params)
    system, v = assembly.system(full), assembly.voltages(full)
    start = _started(assembly.program, system, v)
    return Compiled(cell, assembly, full, system, _unknowns(assembly.program, system, start), start, t)


def _started(program: Program, system: System, v: Any) -> State:
    """The state as it starts, of voltages by node."""
    nowhere, step = cast(Any, np.zeros(1, np.int32)), cast(Any, np.float64(0.025))
    state, _ = initialise(program, system, Probes(nowhere, nowhere), v, step)
    return state


def refuse_discrete(assembly: Assembly) -> None:
    """Refuse a model with a mechanism that only steps. **Raises:** ValueError that names it and says why."""
    for plan in assembly.plans:
        mechanism = plan.mechanism
        if not mechanism.continuous or mechanism.diffusing:
            why = mechanism.discrete or "what it moves along the tree is no rate of its own segment's"
            raise ValueError(
                f"{mechanism.name} has no derivative ({why}), so that this model cannot be linearised: "
                "take it out, or measure with small currents in runs"
            )


_known: dict[tuple[Any, ...], Unknowns] = {}


def _unknowns(program: Program, system: System, start: State) -> Unknowns:
    """What the unknowns are; looking costs a tracing, so what was seen is kept."""
    shapes = tuple(np.shape(x) for x in jax.tree.leaves(start))
    key = (program, shapes)
    if key not in _known:
        while len(_known) >= 64:
            del _known[next(iter(_known))]
        _known[key] = unknowns_of(program, system, start)
    return _known[key]


@dataclass(frozen=True, eq=False, repr=False)
class OperatingPoint:
    """A state at which a model is linearised.

    **Fields:**

    - `model`, `state`: of which, and the kernel's.
    - `kind`: `"steady"`, `"initial"`, `"held"` or `"run"`.
    - `drift`, `place`: how fast the voltage moves there, mV/ms, and where fastest; of a point that is held, but by the
      clamp.
    - `restless`: the state or concentration that moves fastest, for its size.
    - `iterations`: of Newton's method; `settled`: ms, the length of a run that preceded it.
    """

    model: Compiled
    state: State
    kind: str
    drift: float
    place: str
    restless: Fastest
    iterations: int = 0
    settled: float = 0.0

    @property
    def steady(self) -> bool:
        """Whether it stays there."""
        return self.drift <= _STEADY_VOLTAGE and self.restless.rate <= _STEADY_STATE

    @property
    def v(self) -> NDArray[np.float64]:
        """The voltage of each segment, mV."""
        return np.asarray(self.state.v)[self.model.assembly.grid.node]

    @cached_property
    def linear(self) -> Linear:
        """The model, linearised."""
        return _linearised(self.model.program, self.model.system, self.state, np.float64(self.model.t))

    def motion(self) -> str:
        """What moves there, how fast and where, in words; empty where the point is steady."""
        moves = []
        if self.drift > _STEADY_VOLTAGE:
            moves.append(f"the voltage moves at {self.drift:.3g} mV/ms at {self.place}")
        if self.restless.rate > _STEADY_STATE:
            where = f" at {self.restless.place}" if self.restless.place else ""
            moves.append(f"{self.restless.what} by {self.restless.rate:.3g} per ms{where}")
        return " and ".join(moves)

    def warning(self) -> str:
        """That it does not stay there, in words; empty where it does."""
        if self.steady:
            return ""
        return (
            f"the operating point is not steady: {self.motion()}. The response is that of the equations "
            "frozen at this instant; operating_point='steady' takes the state in which the model rests"
        )


@partial(jax.jit, static_argnames="program")
def _linearised(program: Program, system: System, state: State, t: Any) -> Linear:
    return linearise(program, prepare(program, system), state, Clock(jnp.asarray(t), jnp.zeros_like(t)))


def initial_point(model: Compiled) -> OperatingPoint:
    """The state as it starts, of all voltages at `v_init`."""
    return _point(model, model.start, "initial")


def point_in_run(simulation: Simulation) -> OperatingPoint:
    """The state that a simulation has come to, under its parameters as they are there.

    **Raises:** as `compile_model`.
    """
    assembly, present = simulation.assembly, simulation.present
    params = {name: simulation.get(name) for name in {**assembly.table.defaults, **simulation.values}}
    return point_at(with_numbers(simulation.cell, assembly, params), present)


def point_at(model: Compiled, present: Present) -> OperatingPoint:
    """The state of a run of the same model.

    **Raises:** ValueError for the present of another.
    """
    state = jax.tree.map(lambda x: x.astype(float) if jnp.issubdtype(x.dtype, jnp.floating) else x, present.state)
    if [np.shape(x) for x in jax.tree.leaves(state)] != [np.shape(x) for x in jax.tree.leaves(model.start)]:
        raise ValueError("the present is one of another model: give the simulation itself, or its cell and protocol")
    return _point(replace(model, t=float(present.t)), state, "run")


def steady_point(model: Compiled, hold: Hold | None = None, at: Location | None = None) -> OperatingPoint:
    """The state in which a model rests, reached from `v_init`; or that under a voltage clamp.

    **Raises:** NoSteadyState, with what moves fastest and where.
    """
    grid = model.assembly.grid
    held = np.zeros(len(grid.parent), bool)
    start = model.start
    if hold is not None:
        where = hold.at or at
        if where == "everywhere":
            held[: grid.count] = True
            v = model.assembly.voltages({**model.params, "v_init": np.array([hold.v])})
            start = _started(model.program, model.system, v)
        elif isinstance(where, Location):
            node = model.node(where)
            held[node] = True
            start = start._replace(v=jnp.asarray(start.v).at[node].set(hold.v))
        else:
            raise ValueError("a holding potential needs a place: Hold(v, soma(0.5)), or Hold(v, 'everywhere')")
    kind = "steady" if hold is None else "held"
    _refuse_nonsense(model, start)
    count = 0
    for settled in (0.0, _QUIET):
        if settled:
            start = _after_quiet_run(model, start, held)
        found = fixed_point(
            model.program, model.unknowns, model.system, start, np.float64(model.t), model.scale(), held
        )
        count += int(found.iterations)
        if bool(found.converged):
            return _point(model, found.state, kind, held, count, settled)
    voltage, other = model.fastest(start, held)
    what = voltage if voltage.rate > _STEADY_VOLTAGE else other
    unit = "mV per ms" if what.what == "v" else "per ms"
    raise NoSteadyState(
        f"no steady state was found from v_init = {float(model.params['v_init'][0]):g} mV, nor after a run of "
        f"{_QUIET:g} ms: {what.what} still moves at {what.rate:.3g} {unit} at {what.place or 'its place'}. Does the "
        "model fire or oscillate by itself, or does a concentration rise for ever? Start nearer to rest (v_init), or "
        "take operating_point='initial', a simulation that has run, or Hold(v)",
        what.place,
    )


def _point(
    model: Compiled,
    state: State,
    kind: str,
    held: NDArray[np.bool_] | None = None,
    iterations: int = 0,
    settled: float = 0.0,
) -> OperatingPoint:
    voltage, other = model.fastest(state, held)
    return OperatingPoint(model, state, kind, voltage.rate, voltage.place, other, iterations, settled)


def _refuse_nonsense(model: Compiled, start: State) -> None:
    """Say where something is no number before anything is solved."""
    for fastest in model.fastest(start):
        if not np.isfinite(fastest.rate):
            raise NoSteadyState(
                f"{fastest.what} moves at no finite rate at {fastest.place or 'its place'}, at the very start: look "
                "for a parameter there that is no number or divides by zero, or a voltage beyond reason",
                fastest.place,
            )


def _after_quiet_run(model: Compiled, start: State, held: NDArray[np.bool_]) -> State:
    """The state after a run without events, its sources as they are at `t`."""
    args = model.program, model.unknowns, model.system, start, np.float64(model.t), held
    state: State = quiet_run(*args, np.float64(_QUIET), steps=_QUIET_STEPS)
    return state if np.isfinite(np.asarray(state.v)).all() else start
