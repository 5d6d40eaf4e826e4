"""Small nonlinear systems, one for each instance: Newton's method, with the zeros of the Jacobian found by itself.

A system is a function from a list of arrays to as many, elementwise over instances. Roots are differentiable in both
modes by the implicit function theorem, whatever found them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax import Array, lax

from rheobase.kernel.small import Entries, Vector, solve, solve_pivoted, solve_tangent

Function: TypeAlias = Callable[[Vector], Vector]
Pattern: TypeAlias = list[frozenset[int]]

TOLERANCE = 1e-6
"""Relative change of an unknown at which Newton's method, which squares it, has done."""

LIMIT = 50
"""As many iterations as there are at most."""


def dependence(function: Function, x: Vector) -> Pattern:
    """Which of its arguments each result of an elementwise function depends on, read off its operations.

    >>> dependence(lambda x: [x[0] * 2, x[0] + x[1]], [jnp.zeros(3), jnp.zeros(3)])
    [frozenset({0}), frozenset({0, 1})]
    """
    program = jax.make_jaxpr(function)(x).jaxpr
    reads = {variable: frozenset([k]) for k, variable in enumerate(program.invars)}
    nothing: frozenset[int] = frozenset()
    for equation in program.eqns:
        read = nothing.union(*(reads.get(v, nothing) for v in equation.invars if not hasattr(v, "val")))
        reads |= dict.fromkeys(equation.outvars, read)
    return [reads.get(v, nothing) if not hasattr(v, "val") else nothing for v in program.outvars]


def jacobian(tangent: Function, like: Vector, pattern: Pattern) -> Entries:
    """The entries of a linear function's matrix, those that `pattern` has.

    Columns that share no row are found in one evaluation (Curtis, Powell and Reid 1974, IMA J Appl Math 13:117).

    **Arguments:** `tangent`, the function; `like`, arrays of the shape of its arguments.
    """
    entries: Entries = {}
    for columns in _independent_columns(pattern):
        probe = [jnp.ones_like(x) if k in columns else jnp.zeros_like(x) for k, x in enumerate(like)]
        image = tangent(probe)
        for row, reads in enumerate(pattern):
            for column in reads & columns:
                entries[row, column] = image[row]
    return entries


def newton(residual: Function, start: Sequence[Array], pivoted: bool = False) -> Vector:
    """A root of `residual`, by Newton's method from `start`.

    A function that is linear is solved at once. Each instance stops when its unknowns change by less than one in a
    million, or after 50 iterations.

    **Arguments:** `pivoted`, whether the Jacobian needs pivots; not where its diagonal dominates, as that of an
    implicit step.

    >>> [x] = newton(lambda x: [x[0] * x[0] - 2], [jnp.asarray([1.0])])
    >>> round(float(x[0]), 12)
    1.414213562373
    """
    x = list(start)
    pattern = _with_diagonal(dependence(residual, x), pivoted)
    solver = solve_pivoted if pivoted else solve

    def change(x: Vector) -> Vector:
        values, tangent = jax.linearize(residual, x)
        return solver(jacobian(tangent, x, pattern), [-value for value in values])

    def slopes(x: Vector) -> Vector:
        return list(jacobian(jax.linearize(residual, x)[1], x, pattern).values())

    if not any(dependence(slopes, x)):
        return [one + other for one, other in zip(x, change(x), strict=True)]

    def improve(x: Vector) -> tuple[Vector, Array]:
        changes = change(x)
        x = [one + other for one, other in zip(x, changes, strict=True)]
        largest = jnp.max(jnp.abs(jnp.stack(x)), axis=0)
        close = [jnp.abs(d) <= TOLERANCE * jnp.abs(one) + 1e-13 * largest for d, one in zip(changes, x, strict=True)]
        return x, ~jnp.all(jnp.stack(close), axis=0)

    return root(residual, x, lambda start: repeat(improve, start, LIMIT), pivoted)


def repeat(improve: Callable[[Vector], tuple[Vector, Array]], start: Vector, limit: int) -> Vector:
    """Improve `start` until each instance has done, or `limit` times.

    **Arguments:** `improve` gives the next values, and where to go on.
    """

    def one(carry: tuple[Vector, Array, Array]) -> tuple[Vector, Array, Array]:
        x, active, count = carry
        improved, further = improve(x)
        x = [jnp.where(active, new, old) for new, old in zip(improved, x, strict=True)]
        return x, active & further, count + 1

    everywhere = jnp.ones(start[0].shape, bool)
    x, _, _ = lax.while_loop(lambda c: jnp.any(c[1]) & (c[2] < limit), one, (start, everywhere, jnp.asarray(0)))
    return x


def root(residual: Function, start: Vector, find: Function, pivoted: bool = False, last: Iterable[int] = ()) -> Vector:
    """A root as `find` finds it from `start`, with the derivatives that the implicit function theorem gives it.

    **Arguments:** `pivoted` and `last`, as of `solve_tangent`, for the Jacobian of `residual`.
    """
    pattern = _with_diagonal(dependence(residual, start), pivoted)

    def of_tangents(tangent: Function, y: Vector) -> Vector:
        return solve_tangent(jacobian(tangent, y, pattern), y, pivoted, last)

    found: Vector = lax.custom_root(residual, start, lambda _, start: find(start), of_tangents)
    return found


def _with_diagonal(pattern: Pattern, pivoted: bool) -> Pattern:
    return pattern if pivoted else [reads | {k} for k, reads in enumerate(pattern)]


def _independent_columns(pattern: Pattern) -> list[set[int]]:
    """Columns in groups that share no row."""
    groups: list[tuple[set[int], set[int]]] = []
    for column in range(len(pattern)):
        rows = {row for row, reads in enumerate(pattern) if column in reads}
        for columns, taken in groups:
            if not rows & taken:
                columns.add(column)
                taken.update(rows)
                break
        else:
            groups.append(({column}, rows))
    return [columns for columns, _ in groups]
