"""KINETIC blocks: reactions to rates of change, and their implicit step by the method `sparse`.

The step is implicit Euler. With volumes `V`, old values `s` and the net flux `f` of all reactions into each state,
`V (x - s) / dt = f(x)` is solved by Newton's method. A reaction's own slope is that of mass action, its rate
expressions held: a scheme of first-order reactions takes one iteration, in which rates that depend on states have
their old values, as NEURON has it; others go on until the changes add up to less than 1e-6.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
from jax import Array

from rheobase.kernel import small
from rheobase.kernel.newton import repeat, root
from rheobase.mechanisms.nmodl.evaluate import evaluate, execute
from rheobase.mechanisms.nmodl.scope import Scope, error_at
from rheobase.mechanisms.nmodl.syntax import (
    Assign,
    Binary,
    Block,
    Body,
    Compartment,
    Conserve,
    Diffusion,
    Do,
    Expression,
    From,
    If,
    Index,
    Name,
    Number,
    Reaction,
    Statement,
    While,
)

STEADY_DT = 1e9
"""The step, in ms, that stands for a steady state."""

_TOLERANCE = 1e-6
_LIMIT = 22
_STEADY_ROUNDS = 7

Species = tuple[tuple[int, str], ...]


def advance_kinetic(block: Block, scope: Scope, dt: Any) -> None:
    """One implicit step of a KINETIC block, setting the states and what the block assigns."""
    system = _System(block, scope)
    old = system.values(scope)
    if system.linear:
        new = system.improved(old, old, dt)
    else:
        new = system.converged(old, old, dt)
    system.finish(new)


def steady_kinetic(block: Block, scope: Scope) -> None:
    """The states at which a KINETIC block rests, found by a very long step."""
    system = _System(block, scope)
    x = system.values(scope)
    if not system.linear:
        for _ in range(_STEADY_ROUNDS):
            x = [jnp.where(one < -_TOLERANCE, 0.0, one) for one in system.improved(x, x, STEADY_DT)]
    system.finish(system.converged(x, x, STEADY_DT))


def kinetic_rates(block: Block, scope: Scope) -> dict[str, Any]:
    """The rate of change of each state of a KINETIC block, per ms; CONSERVE is left aside."""
    system = _System(block, scope)
    tally = system.run(scope)
    return {key: tally.flux[key] / system.volume(key) for key in system.states if key in tally.flux}


def reacting_states(block: Block, scope: Scope) -> tuple[str, ...]:
    """The keys of whatever reacts in a KINETIC block."""
    reactions = [s for s in statements_of(block.body) if isinstance(s, Reaction)]
    names = (target.name for s in reactions for _, target in (*s.left, *s.right))
    return tuple(dict.fromkeys(key for name in names for key in scope.keys(name)))


def diffusion_of(file_blocks: tuple[Block, ...], scope: Scope) -> dict[str, tuple[Any, Any]]:
    """Of each state with LONGITUDINAL_DIFFUSION, its coefficient (um4/ms) and its volume (um2)."""
    found: dict[str, tuple[Any, Any]] = {}
    for block in file_blocks:
        if block.kind == "KINETIC":
            with scope.frame():
                volumes = _by_species(block.body, Compartment, scope)
                coefficients = _by_species(block.body, Diffusion, scope)
            found |= {key: (value, volumes.get(key, 1.0)) for key, value in coefficients.items()}
    return found


def diffusing_states(file_blocks: tuple[Block, ...], scope: Scope) -> tuple[str, ...]:
    """The states that LONGITUDINAL_DIFFUSION names."""
    statements = (s for b in file_blocks if b.kind == "KINETIC" for s in statements_of(b.body))
    return tuple(
        dict.fromkeys(
            key for s in statements if isinstance(s, Diffusion) for name in s.species for key in scope.keys(name)
        )
    )


@dataclass
class _Tally:
    """What one pass through a block adds up: the net flux into each state, and the slopes of minus that."""

    flux: dict[str, Any] = field(default_factory=dict)
    slope: dict[tuple[str, str], Any] = field(default_factory=dict)
    totals: list[tuple[Species, Any]] = field(default_factory=list)

    def add(self, key: str, amount: Any) -> None:
        self.flux[key] = self.flux[key] + amount if key in self.flux else amount

    def add_slope(self, row: str, column: str, amount: Any) -> None:
        place = (row, column)
        self.slope[place] = self.slope[place] + amount if place in self.slope else amount


class _System:
    """A KINETIC block in the scope where it is solved."""

    def __init__(self, block: Block, scope: Scope) -> None:
        self.block = block
        self.scope = scope
        self.volumes = _by_species(block.body, Compartment, scope)
        self.reads_flux = any(_mentions(s, ("f_flux", "b_flux")) for s in statements_of(block.body))
        first = self.run(scope.copy())
        self.states = list(dict.fromkeys([*first.flux, *(key for terms, _ in first.totals for _, key in terms)]))
        self.number = {key: k for k, key in enumerate(self.states)}
        self.replaced = conserved([terms for terms, _ in first.totals])
        self.linear = all(
            sum(count for count, _ in side) <= 1
            for s in statements_of(block.body)
            if isinstance(s, Reaction)
            for side in (s.left, s.right)
        )

    def values(self, scope: Scope) -> list[Array]:
        return [scope.array(scope.read(key)) for key in self.states]

    def volume(self, key: str) -> Any:
        return self.volumes.get(key, 1.0)

    def tally(self, x: list[Array]) -> _Tally:
        inside = self.scope.copy()
        inside.values.update(zip(self.states, x, strict=True))
        return self.run(inside)

    def improved(self, x: list[Array], old: list[Array], dt: Any, tally: _Tally | None = None) -> list[Array]:
        """One iteration of Newton's method."""
        changes = self._change(x, old, dt, tally)
        return [one + other for one, other in zip(x, changes, strict=True)]

    def converged(self, x: list[Array], old: list[Array], dt: Any) -> list[Array]:
        """Iterations until they change little; no state falls below zero on the way."""

        def improve(x: list[Array]) -> tuple[list[Array], Array]:
            changes = self._change(x, old, dt)
            error = sum((jnp.abs(change) for change in changes), jnp.zeros(()))
            return [jnp.maximum(one + other, 0.0) for one, other in zip(x, changes, strict=True)], error > _TOLERANCE

        def residual(x: list[Array]) -> list[Array]:
            load = self._load(x, old, dt, self.tally(x))
            return [self.scope.array(-one) for one in load]

        return root(residual, x, lambda start: repeat(improve, start, _LIMIT), last=self._last())

    def finish(self, x: list[Array]) -> None:
        """Set the states, then carry out the block once more for what it assigns."""
        scope = self.scope
        for key, value in zip(self.states, x, strict=True):
            scope[key] = value
        if any(isinstance(s, Assign | Do) for s in statements_of(self.block.body)):
            self.run(scope, fluxes_only=True)

    def _last(self) -> list[int]:
        return [self.number[key] for key in self.replaced]

    def _change(self, x: list[Array], old: list[Array], dt: Any, tally: _Tally | None = None) -> list[Array]:
        tally = tally or self.tally(x)
        matrix: dict[tuple[int, int], Any] = {}
        for k, key in enumerate(self.states):
            if key not in self.replaced:
                matrix[k, k] = self.volume(key) / dt
        for (row, column), slope in tally.slope.items():
            if row not in self.replaced:
                place = self.number[row], self.number[column]
                matrix[place] = matrix.get(place, 0.0) + slope
        for key, which in self.replaced.items():
            for count, member in tally.totals[which][0]:
                place = self.number[key], self.number[member]
                matrix[place] = matrix.get(place, 0.0) + count * self.volume(member)
        return small.solve(matrix, self._load(x, old, dt, tally), self._last())

    def _load(self, x: list[Array], old: list[Array], dt: Any, tally: _Tally) -> list[Any]:
        """What the step lacks: of each state its equation's, or that of the sum that is conserved in its place."""
        load = []
        for k, key in enumerate(self.states):
            if key in self.replaced:
                terms, total = tally.totals[self.replaced[key]]
                load.append(total - sum(n * self.volume(one) * x[self.number[one]] for n, one in terms))
            else:
                load.append(tally.flux.get(key, 0.0) - self.volume(key) * (x[k] - old[k]) / dt)
        return load

    def run(self, scope: Scope, fluxes_only: bool = False) -> _Tally:
        """Carry out the block's statements in `scope`, adding up its reactions."""
        tally = _Tally()
        handlers = dict(scope.handlers)

        def react(statement: Reaction, scope: Scope) -> None:
            if self.reads_flux or not fluxes_only:
                _react(statement, scope, tally)

        def conserve(statement: Conserve, scope: Scope) -> None:
            if not fluxes_only:
                tally.totals.append((_terms(statement.left, scope), evaluate(statement.right, scope)))

        def skip(statement: Statement, scope: Scope) -> None:
            pass

        scope.handlers |= {Reaction: react, Conserve: conserve, Compartment: skip, Diffusion: skip}
        with scope.frame():
            execute(self.block.body, scope)
        scope.handlers = handlers
        return tally


def conserved(sums: list[Species]) -> dict[str, int]:
    """The state whose equation each conserved sum replaces, with the number of the sum.

    As in NEURON: from the last CONSERVE to the first, each takes the scalar that it mentions last of those not taken.
    """
    taken: dict[str, int] = {}
    for which in reversed(range(len(sums))):
        keys = [key for _, key in reversed(sums[which]) if key not in taken]
        scalars = [key for key in keys if "[" not in key]
        if keys:
            taken[(scalars or keys)[0]] = which
    return taken


def statements_of(body: Body) -> Iterator[Statement]:
    """All statements of a body, those within others too."""
    for statement in body:
        yield statement
        if isinstance(statement, If):
            yield from statements_of((*statement.then, *statement.otherwise))
        elif isinstance(statement, While | From):
            yield from statements_of(statement.body)


def _react(statement: Reaction, scope: Scope, tally: _Tally) -> None:
    left, right = _species(statement.left, scope), _species(statement.right, scope)
    forward = evaluate(statement.forward, scope)
    backward = evaluate(statement.backward, scope) if statement.backward is not None else 0.0
    products: tuple[Species, Species] = (left, right)
    if statement.arrow == "<<":
        # A flow into the state: the rate itself, whatever it depends on.
        forward, backward, products = 0.0, forward, ((), ())
    names = {name for declaration in scope.context.file.states for name in scope.keys(declaration.name)}
    net: dict[str, int] = {}
    for count, key in left:
        net[key] = net.get(key, 0) - count
    for count, key in right:
        net[key] = net.get(key, 0) + count
    net = {key: count for key, count in net.items() if key in names}
    fluxes = []
    for rate, side, sign in zip((forward, backward), products, (1, -1), strict=True):
        fluxes.append(_mass_action(rate, side, scope))
        orders: dict[str, int] = {}
        for count, key in side:
            orders[key] = orders.get(key, 0) + count
        for column, order in orders.items():
            if column in names:
                others = [(n, key) for key, n in orders.items() if key != column]
                slope = _mass_action(order * rate, [(order - 1, column), *others], scope)
                for row, count in net.items():
                    tally.add_slope(row, column, _masked(-sign * count * slope, scope))
    for key, count in net.items():
        tally.add(key, _masked(count * (fluxes[0] - fluxes[1]), scope))
    scope["f_flux"], scope["b_flux"] = fluxes


def _mass_action(rate: Any, side: Any, scope: Scope) -> Any:
    for count, key in side:
        for _ in range(count):
            rate = rate * scope[key]
    return rate


def _masked(amount: Any, scope: Scope) -> Any:
    return amount if scope.mask is None else jnp.where(scope.mask, amount, 0.0)


def _species(side: tuple[tuple[int, Name | Index], ...], scope: Scope) -> Species:
    return tuple((count, _key(target, scope)) for count, target in side)


def _key(target: Name | Index, scope: Scope) -> str:
    name, length = scope.resolve(target.name, target.place)
    if isinstance(target, Name):
        if length:
            raise error_at(f"{target.name} is an array of {length}", target.place, f"give an index: {target.name}[0]")
        return name
    index = evaluate(target.index, scope)
    if not isinstance(index, float | int) or not length:
        raise error_at(f"which element of {target.name} reacts must be known when the file is read", target.place)
    if not -1 < index < length:
        raise error_at(f"{target.name}[{index:g}] is outside the array of {length}", target.place)
    return f"{name}[{int(index)}]"


def _terms(expression: Expression, scope: Scope) -> Species:
    """The states of a conserved sum, each with its number."""
    if isinstance(expression, Binary) and expression.operator == "+":
        return _terms(expression.left, scope) + _terms(expression.right, scope)
    if isinstance(expression, Binary) and expression.operator == "*" and isinstance(expression.left, Number):
        (count, key), *_ = _terms(expression.right, scope)
        return ((count * int(expression.left.value), key),)
    if isinstance(expression, Name | Index):
        return ((1, _key(expression, scope)),)
    raise error_at("CONSERVE takes a sum of states", expression.place, "write CONSERVE a + b + 2 c = total")


def _by_species(body: Body, kind: type[Compartment | Diffusion], scope: Scope) -> dict[str, Any]:
    """The volumes or diffusion coefficients of states by key, each with its own index."""
    found: dict[str, Any] = {}
    for statement in statements_of(body):
        if isinstance(statement, kind):
            what = statement.volume if isinstance(statement, Compartment) else statement.coefficient
            for name in statement.species:
                for k, key in enumerate(scope.keys(name)):
                    with scope.frame({statement.variable: float(k)} if statement.variable else {}):
                        found[key] = evaluate(what, scope)
    return found


def _mentions(statement: Statement, names: tuple[str, ...]) -> bool:
    """Whether a statement's text holds one of these names."""
    return any(f"name='{name}'" in repr(statement) for name in names)
