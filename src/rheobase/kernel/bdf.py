"""Backward differentiation formulas of order 1 to 5, with steps that change: one attempt at a step.

The past is kept as backward differences at a constant step, as in Shampine and Reichelt 1997 (SIAM J Sci Comput 18:1):
their numerical differentiation formulas, whose error constants are smaller at orders 1 to 4. When the step changes, the
differences are those of the same polynomial at the new step. An equation without a rate, as of a node without membrane,
is an algebraic one and is solved with the others, as for a singular mass matrix.
"""

from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from rheobase.kernel.linearise import linearise, solve
from rheobase.kernel.rates import Rates
from rheobase.kernel.system import Clock, Program, State, System
from rheobase.kernel.unknowns import Unknowns

MOST_ORDER = 5
ROWS = MOST_ORDER + 3

History: TypeAlias = tuple[Array, ...]
"""The newest point and its backward differences, `ROWS` vectors, held apart so that a formula is one pass of memory."""

_KAPPA = np.array([0, -0.1850, -1 / 9, -0.0823, -0.0415, 0])
_GAMMA = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, MOST_ORDER + 1))])
_ALPHA = (1 - _KAPPA) * _GAMMA
_ERROR = _KAPPA * _GAMMA + 1 / np.arange(1, MOST_ORDER + 2)

_MOST_ITERATIONS = 4
_NEWTON = 0.05
"""How exactly the equations of a step are solved, as a part of its tolerated error."""


class Attempt(NamedTuple):
    """A step that was tried.

    **Fields:** the `change` from what was predicted; `error`, estimated, in units of what is tolerated; `converged`;
    how many `iterations` that took; `contraction`, what is known of Newton's convergence.
    """

    change: Array
    error: Array
    converged: Array
    iterations: Array
    contraction: Array


class Formula(NamedTuple):
    """What a step has to satisfy: that `alpha (y - guess) + past` over `h` be the rate at its end."""

    guess: Array
    past: Array
    alpha: Array
    h: Array

    def residual(self, unknowns: Unknowns, system: System, told: Rates, change: Array) -> Rates:
        """What a change from the guess leaves unsatisfied, given the rates there.

        For voltages the equation is of currents, so that one without capacitance is algebraic by itself.
        """
        others = jnp.ones(unknowns.size - unknowns.stretches[0].stop, change.dtype)
        mass = jnp.concatenate([system.capacitance, others])
        moved = (self.past + self.alpha * change) / self.h
        return unknowns.unpack_rates(unknowns.pack_rates(told) - mass * moved)


def norm(x: Array, weight: Array) -> Array:
    """The root mean square of what is weighed, in units of what is tolerated."""
    return jnp.sqrt(jnp.sum((x * weight) ** 2) / jnp.maximum(jnp.sum(weight > 0), 1))


def predicted(history: History, order: Array) -> Array:
    """What the polynomial of the past says of the next step."""
    return _combined(history, jnp.arange(ROWS) <= order)


def formula_of(history: History, order: Array, h: Array) -> Formula:
    """The formula of a step of `h` ms."""
    within = (jnp.arange(MOST_ORDER + 1) <= order) * jnp.asarray(_GAMMA)
    past = _combined(history[1 : MOST_ORDER + 1], within[1:])
    return Formula(predicted(history, order), past, jnp.asarray(_ALPHA)[order], h)


def attempt(
    program: Program,
    unknowns: Unknowns,
    system: System,
    state: State,
    clock: Clock,
    history: History,
    order: Array,
    h: Array,
    weight: Array,
    contraction: Array,
) -> Attempt:
    """Try a step of `h` ms that ends at `clock`, by Newton's method with an exact Jacobian.

    **Arguments:** `weight`: for each unknown what is tolerated, inverse; zero where errors do not count.
    """
    formula = formula_of(history, order, h)
    guess = formula.guess
    constant = jnp.asarray(_ERROR)[order]
    carry: tuple[Any, ...] = (
        jnp.zeros_like(guess),
        jnp.zeros((), jnp.int32),
        jnp.asarray(jnp.inf, guess.dtype),
        contraction,
        jnp.zeros((), bool),
        jnp.zeros((), bool),
    )

    def going(carry: tuple[Any, ...]) -> Array:
        _, count, _, _, done, failed = carry
        more: Array = ~(done | failed) & (count < _MOST_ITERATIONS)
        return more

    def iterate(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        change, count, before, contraction, _, _ = carry
        linear = linearise(program, system, unknowns.unpack(guess + change, state), clock)
        residual = formula.residual(unknowns, system, linear.rates, change)
        step = unknowns.pack_rates(solve(program, system, linear, formula.alpha / h, residual))
        size = constant * norm(step, weight)
        first = count == 0
        # Newton's error falls as its square, by a factor that is learned where a second iteration shows it.
        learned = jnp.where(first, contraction, size / jnp.maximum(before * before, 1e-30))
        contraction = jnp.where(count == 1, jnp.clip(learned, 1e-4, 1e3), contraction)
        expected = jnp.where(first, contraction * size * size, size * jnp.minimum(1.0, size / before))
        failed = ~jnp.isfinite(size) | (~first & (size > 2 * before))
        return change + step, count + 1, size, contraction, (expected < _NEWTON) & ~failed, failed

    change, count, _, contraction, done, _ = lax.while_loop(going, iterate, carry)
    return Attempt(change, constant * norm(change, weight), done, count, contraction)


def error_of(change: Array, order: Array) -> Array:
    """The estimated error of each unknown in a step, in its own unit."""
    return jnp.asarray(_ERROR)[order] * change


def accepted(history: History, order: Array, change: Array) -> History:
    """The differences after a step that was accepted."""
    above = change - _chosen(history, order + 1)
    rows = []
    total = change
    for k in reversed(range(ROWS)):
        total = jnp.where(k <= order, total + history[k], total)
        rows.append(jnp.where(k <= order, total, jnp.where(k == order + 1, change, above)))
    return tuple(reversed(rows))


def at_step(history: History, order: Array, factor: Array) -> History:
    """The differences of the same polynomial at a step `factor` times as long."""
    size = MOST_ORDER + 1
    both = jnp.stack(_transfer(factor, jnp.arange(size))) @ _SAME
    used = jnp.arange(size) <= order
    # What is beyond the order is left as it is.
    both = jnp.where(used[:, None] & used[None], both, jnp.eye(size) * ~used)
    moved = [_combined(history[:size], both[:, row]) for row in range(1, size)]
    return (history[0], *moved, *history[size:])


def _transfer(factor: Any, columns: Any) -> list[Any]:
    """Rows of the matrix that takes differences to those at points `factor` times as far apart."""
    rows = [1.0 + 0.0 * columns * factor]
    for i in range(1, MOST_ORDER + 1):
        rows.append(rows[-1] * ((i - 1 - factor * columns) / i))
    return rows


_SAME = np.stack(_transfer(1.0, np.arange(MOST_ORDER + 1)))


def interpolated(history: History, order: Array, h: Array, back: Array) -> Array:
    """The polynomial of the past `back` ms before its newest point; of any columns of the differences."""
    value, term = history[0], jnp.ones((), history[0].dtype)
    for k in range(MOST_ORDER):
        term = term * (-back + k * h) / (h * (k + 1))
        value = value + jnp.where(k < order, term, 0.0) * history[k + 1]
    return value


def next_order(history: History, order: Array, error: Array, weight: Array) -> tuple[Array, Array]:
    """The order that allows the longest step after one with this `error`, and the factor that it allows."""
    errors = jnp.asarray(_ERROR)

    def factor(of: Array, order: Array) -> Array:
        return jnp.maximum(of, 1e-10) ** (-1 / (order + 1))

    here = factor(error, order)
    down = factor(errors[order - 1] * norm(_chosen(history, order), weight), order - 1)
    up = factor(errors[jnp.minimum(order + 1, MOST_ORDER)] * norm(_chosen(history, order + 2), weight), order + 1)
    down = jnp.where(order > 1, down, 0.0)
    up = jnp.where(order < MOST_ORDER, up, 0.0)
    best = jnp.maximum(here, jnp.maximum(down, up))
    return jnp.where(best == here, order, jnp.where(best == down, order - 1, order + 1)), best


def _combined(rows: History, coefficients: Array) -> Array:
    """The sum of rows, each times its coefficient."""
    total = coefficients[0] * rows[0]
    for k in range(1, len(rows)):
        total = total + coefficients[k] * rows[k]
    return total


def _chosen(history: History, row: Array) -> Array:
    """One row of the differences, `row` being 1 or more."""
    found = history[1]
    for k in range(2, ROWS):
        found = jnp.where(k == row, history[k], found)
    return found
