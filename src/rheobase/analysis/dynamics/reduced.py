"""A single compartment as two equations: two unknowns move, and the others follow them or stay.

An unknown that follows is at its steady state under the two (Rinzel 1985, Fed Proc 44:2944, of the squid axon), found
by Newton's method where its rate vanishes; or it is a formula of the two, such as `0.8 - n`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from rheobase.analysis.dynamics.operating_point import Compiled
from rheobase.expressions import Expression
from rheobase.kernel import Clock, Program, State, System
from rheobase.kernel.membrane import prepare
from rheobase.kernel.rates import rates
from rheobase.kernel.unknowns import Unknowns
from rheobase.model.names import UnknownName

Floats = NDArray[np.float64]

_ITERATIONS = 30  # of Newton's method; gates, whose rates are linear in them, need one
_CLOSE = 1e-10  # of the change in the last iteration, relative
_FEW = 16  # points that are looked at together where there are few, so that they find a compiled function


class Plan(NamedTuple):
    """What fixes the compiled equations: the kernel's `program` and `unknowns`; `rows`, where the compartment's are."""

    program: Program
    unknowns: Unknowns
    rows: tuple[int, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Reduced:
    """The two equations of a compartment: see `reduce`.

    **Fields:**

    - the compiled `model`, whose `start` holds what stays; the `plan`.
    - `names`, `units`: of all unknowns, in the order of `completed`.
    - of these the two `axes`, those that are `steady`, and those that are `formulas` in the names `short`.
    """

    model: Compiled
    plan: Plan
    names: tuple[str, ...]
    units: tuple[str, ...]
    axes: tuple[int, int]
    steady: tuple[int, ...]
    formulas: tuple[tuple[int, Expression], ...]
    short: tuple[str, str]

    @property
    def start(self) -> Floats:
        """All unknowns as they start."""
        return np.asarray(self.model.unknowns.pack(self.model.start))[list(self.plan.rows)]

    def completed(self, points: Floats) -> Floats:
        """All unknowns at points `(n, 2)`: `(n, unknowns)`; NaN where one has no steady state nearby."""
        values = np.tile(self.start, (len(points), 1))
        values[:, self.axes] = points
        named = dict(zip(self.short, points.T, strict=True))
        for k, formula in self.formulas:
            values[:, k] = formula.evaluate(named)
        return self._settled(values) if self.steady else values

    def rates(self, points: Floats) -> Floats:
        """The rates of the two at points `(n, 2)`, per ms; NaN where what follows has no steady state nearby."""
        return self.whole_rates(self.completed(points))[:, self.axes]

    def jacobian(self, points: Floats) -> Floats:
        """The derivatives of the rates at points `(n, 2)`: `(n, 2, 2)`."""
        values = self.completed(points)
        slopes = self.whole_jacobian(values)
        # How all unknowns move with the two: these themselves, formulas, and then, by the implicit function theorem,
        # what is steady.
        along = np.zeros((*values.shape, 2))
        for column, k in enumerate(self.axes):
            along[:, k, column] = 1
        for k, formula in self.formulas:
            along[:, k] = np.asarray(_gradient(formula, self.short, _filled(points)))[: len(points)]
        if self.steady:
            z = list(self.steady)
            along[:, z] = -solved(slopes[:, z][:, :, z], (slopes[:, z] @ along))
        return slopes[:, self.axes] @ along

    def whole_rates(self, values: Floats) -> Floats:
        """The rates of all unknowns at states `(n, unknowns)`, per ms."""
        return self._of(_rates, values)

    def whole_jacobian(self, values: Floats) -> Floats:
        """The derivatives of the rates of all unknowns at states `(n, unknowns)`: `(n, unknowns, unknowns)`."""
        return self._of(_jacobian, values)

    def _settled(self, values: Floats) -> Floats:
        z = list(self.steady)
        missed: Any = np.ones(len(values), bool)
        for _ in range(_ITERATIONS):
            rates, slopes = self.whole_rates(values)[:, z], self.whole_jacobian(values)[:, z][:, :, z]
            change = solved(slopes, rates[..., None])[..., 0]
            values[:, z] -= change
            missed = ~(np.abs(change) <= _CLOSE * (np.abs(values[:, z]) + _CLOSE)).all(axis=1)
            if not (missed & np.isfinite(change).all(axis=1)).any():
                break
        values[:, z] = np.where(missed[:, None], np.nan, values[:, z])
        return values

    def _of(self, function: Callable[..., Array], values: Floats) -> Floats:
        told = function(self.plan, self.model.system, self.model.start, _filled(values))
        return np.asarray(told)[: len(values)]


def unknowns(model: Compiled) -> tuple[str, ...]:
    """What moves in a compiled model of one compartment, by name: what the axes of a phase plane may be.

    **Raises:** ValueError for more than one compartment.
    """
    grid = model.assembly.grid
    if grid.n_segments != 1 or grid.count != 1:
        raise ValueError(
            f"the cell has {grid.n_segments} segments and {grid.count} nodes; a phase plane is of one compartment: "
            "take one section with nseg = 1, and point processes in its middle, or rb.membrane_patch(cell, place)"
        )
    return tuple(_name(model, row) for row in _rows(model))


def reduce(model: Compiled, x: str, y: str, others: str | Mapping[str, Any]) -> Reduced:
    """Reduce a compiled model of one compartment to two equations.

    **Arguments:** `x`, `y`, `others`: as of `phase_plane`.

    **Raises:** ValueError for more than one compartment or an axis given twice, KeyError for an unknown name.
    """
    names, rows = list(unknowns(model)), _rows(model)
    for name in (x, y):
        if name not in names:
            raise UnknownName("unknown", name, names)
    if x == y:
        raise ValueError(f"both axes are {x!r}; give two different unknowns, of {', '.join(names)}")
    short = (x.rpartition(".")[2], y.rpartition(".")[2])
    if short[0] == short[1]:
        short = ("x", "y")
    given = _given(names, others, (x, y))
    model, steady, formulas = _settle(model, rows, names, given, short)
    plan = Plan(model.program, model.unknowns, tuple(rows))
    units = tuple(_unit(model, name) for name in names)
    return Reduced(model, plan, tuple(names), units, (names.index(x), names.index(y)), steady, formulas, short)


def _rows(model: Compiled) -> list[int]:
    """Where what moves stands among the unknowns."""
    return [int(row) for row in np.flatnonzero(model.moving)]


def _given(names: list[str], others: str | Mapping[str, Any], axes: tuple[str, str]) -> dict[str, Any]:
    """What each other unknown does."""
    rest = [name for name in names if name not in axes]
    if isinstance(others, str):
        if others not in ("steady", "frozen"):
            raise ValueError(f"others = {others!r}: give 'steady', 'frozen', or a dictionary by name")
        return dict.fromkeys(rest, others)
    for name in others:
        if name not in rest:
            raise UnknownName("unknown beside the axes", name, rest)
    return {name: others.get(name, "steady") for name in rest}


def _settle(
    model: Compiled, rows: list[int], names: list[str], given: Mapping[str, Any], short: tuple[str, str]
) -> tuple[Compiled, tuple[int, ...], tuple[tuple[int, Expression], ...]]:
    """The model that starts with what is frozen to numbers; which unknowns are steady, and which are formulas."""
    steady: list[int] = []
    formulas: list[tuple[int, Expression]] = []
    vector = np.array(model.unknowns.pack(model.start))
    for name, what in given.items():
        k = names.index(name)
        if what == "steady":
            steady.append(k)
        elif isinstance(what, str) and what != "frozen":
            formula = Expression(what)
            if not formula.names <= set(short):
                raise ValueError(f"{name} = {what!r}: a formula here may name {short[0]} and {short[1]} only")
            formulas.append((k, formula))
        elif not isinstance(what, str):
            number = float(what)
            if not np.isfinite(number):
                raise ValueError(f"{name} = {what!r}: give 'steady', 'frozen', a number or a formula")
            vector[rows[k]] = number
    state = model.unknowns.unpack(jnp.asarray(vector), model.start)
    return replace(model, start=state), tuple(steady), tuple(formulas)


def _name(model: Compiled, row: int) -> str:
    """What an unknown is called when it is recorded."""
    name, _ = model.place_of(row)
    ion, dot, what = name.rpartition(".")
    return f"{ion}{what[0]}" if dot and what in ("inside", "outside") and ion in model.assembly.ions else name


def _unit(model: Compiled, name: str) -> str:
    if name == "v":
        return "mV"
    owner, dot, state = name.partition(".")
    if not dot:
        return "mM"
    plans = [plan for plan in model.assembly.plans if plan.mechanism.name == owner or owner in plan.names]
    return plans[0].mechanism.unit(state) if plans else ""


def _filled(points: Floats) -> Floats:
    """Points filled up with copies of the last to a number that recurs."""
    return np.concatenate([points, np.repeat(points[-1:], -len(points) % _FEW, axis=0)])


def solved(matrix: Floats, right: Floats) -> Floats:
    """Solve `(n, k, k)` systems; NaN where one is singular or not finite."""
    found = np.full_like(right, np.nan)
    finite = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(right).all(axis=(1, 2))
    rows = np.flatnonzero(finite)
    rows = rows[np.linalg.det(matrix[rows]) != 0]
    found[rows] = np.linalg.solve(matrix[rows], right[rows])
    return found


@partial(jax.jit, static_argnums=(0, 1))
def _gradient(formula: Expression, short: tuple[str, str], points: Any) -> Array:
    """The derivatives of a formula by both of its names at points `(n, 2)`."""

    def value(point: Array) -> Array:
        return jnp.asarray(formula.evaluate(dict(zip(short, point, strict=True)), xp=jnp))

    return jax.vmap(jax.jacfwd(value))(points)


def _whole(plan: Plan, system: System, start: State, values: Array) -> Array:
    """The rates of all unknowns of the compartment, per ms."""
    rows = jnp.asarray(plan.rows)
    vector = plan.unknowns.pack(start).at[rows].set(values)
    none = jnp.zeros((), values.dtype)
    told = rates(plan.program, prepare(plan.program, system), plan.unknowns.unpack(vector, start), Clock(none, none))
    told = told._replace(current=told.current / jnp.where(system.capacitance > 0, system.capacitance, 1.0))
    return plan.unknowns.pack_rates(told)[rows]


@partial(jax.jit, static_argnums=0)
def _rates(plan: Plan, system: System, start: State, values: Any) -> Array:
    return jax.vmap(lambda each: _whole(plan, system, start, each))(values)


@partial(jax.jit, static_argnums=0)
def _jacobian(plan: Plan, system: System, start: State, values: Any) -> Array:
    return jax.vmap(jax.jacfwd(lambda each: _whole(plan, system, start, each)))(values)
