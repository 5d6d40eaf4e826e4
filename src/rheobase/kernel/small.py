"""Small linear systems, one for each instance, whose zeros are known as the program is made.

A matrix is a dict from (row, column) to values, each a scalar or `(instances,)` or `(instances, batch)`. What the
dict lacks is zero. Solutions are differentiable in both modes and to any order: their derivative is one more solve.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.typing import ArrayLike

Matrix: TypeAlias = Mapping[tuple[int, int], ArrayLike]
Entries: TypeAlias = dict[tuple[int, int], Array]
Vector: TypeAlias = list[Array]
Method: TypeAlias = Callable[[Entries, Vector], Vector]

UNROLLED = 150
"""As many operations as are written out one by one, as for a scheme of some 13 states: two to nine times faster than
a loop over a table of operations, which compiles three times faster, and at any size."""

PIVOTED = 6
"""As many equations as are pivoted in line; more go to LAPACK."""


def solve(matrix: Matrix, rhs: Sequence[ArrayLike], last: Iterable[int] = ()) -> Vector:
    """Solve `matrix x = rhs` by elimination down the diagonal, in an order that keeps zeros.

    Right for matrices whose diagonal dominates, such as those of implicit steps. Nothing is pivoted.

    **Arguments:**

    - `matrix`: the entries; each diagonal entry must be there.
    - `rhs`: one array for each equation.
    - `last`: equations to eliminate after the others, such as those that conserve a sum: what stands before them
      keeps a dominant diagonal.

    **Returns:** one array for each unknown.

    >>> [float(x) for x in solve({(0, 0): 2.0, (0, 1): 1.0, (1, 1): 4.0}, [4.0, 8.0])]
    [1.0, 2.0]
    """
    return _solve(matrix, rhs, _in_order(elimination_order(len(rhs), matrix, last)))


def solve_pivoted(matrix: Matrix, rhs: Sequence[ArrayLike]) -> Vector:
    """Solve `matrix x = rhs` by elimination with partial pivoting, for matrices of which nothing is known.

    **Arguments:** as of `solve`; diagonal entries may be missing.

    **Returns:** one array for each unknown; not finite where the matrix is singular.

    >>> [float(x) for x in solve_pivoted({(0, 1): 1.0, (1, 0): 4.0}, [2.0, 8.0])]
    [2.0, 2.0]
    """
    return _solve(matrix, rhs, _pivoting(len(rhs)))


def elimination_order(size: int, pattern: Iterable[tuple[int, int]], last: Iterable[int] = ()) -> list[int]:
    """The order of least degree: at each turn the unknown with the fewest neighbours.

    Tinney and Walker 1967, Proc IEEE 55:1801.

    **Arguments:** `pattern`, where entries stand; `last`, those that wait for all others.

    >>> elimination_order(3, [(0, 1), (1, 0), (0, 2), (2, 0)])
    [1, 0, 2]
    """
    neighbours: list[set[int]] = [set() for _ in range(size)]
    for row, column in pattern:
        if row != column:
            neighbours[row].add(column)
            neighbours[column].add(row)
    late = set(last)
    left = set(range(size))
    order = []
    while left:
        pivot = min(left, key=lambda k: (k in late, len(neighbours[k]), k))
        left.remove(pivot)
        order.append(pivot)
        for one in neighbours[pivot]:
            neighbours[one] |= neighbours[pivot]
            neighbours[one] -= {one, pivot}
    return order


def _solve(matrix: Matrix, rhs: Sequence[ArrayLike], method: Method) -> Vector:
    values = [jnp.asarray(x) for x in (*matrix.values(), *rhs)]
    shape = jnp.broadcast_shapes(*(x.shape for x in values))
    dtype = jnp.result_type(float, *values)
    entries = {place: x.astype(dtype) for place, x in zip(matrix, values, strict=False)}
    b = [jnp.broadcast_to(x, shape).astype(dtype) for x in values[len(matrix) :]]

    # A dx = db - dA x: the derivative is one more solve.
    @jax.custom_jvp
    def solution(entries: Entries, b: Vector) -> Vector:
        return method(entries, b)

    @solution.defjvp
    def _(primals: tuple[Entries, Vector], tangents: tuple[Entries, Vector]) -> tuple[Vector, Vector]:
        entries, b = primals
        changes, db = tangents
        x = solution(entries, b)
        load = [one - other for one, other in zip(db, multiply(changes, x), strict=True)]
        return x, _solve_tangent(entries, load, solution)

    found: Vector = solution(entries, b)
    return found


def solve_tangent(matrix: Entries, rhs: Vector, pivoted: bool = False, last: Iterable[int] = ()) -> Vector:
    """Solve `matrix x = rhs` where `rhs` is a tangent: what it does can be transposed.

    **Arguments:** as of `solve` and `solve_pivoted`, the arrays of one shape.
    """
    method = _pivoting(len(rhs)) if pivoted else _in_order(elimination_order(len(rhs), matrix, last))
    return _solve_tangent(matrix, rhs, method)


def _solve_tangent(entries: Entries, rhs: Vector, method: Method) -> Vector:
    turned = {(column, row): entry for (row, column), entry in entries.items()}
    solution = lax.custom_linear_solve(
        lambda y: jnp.stack(multiply(entries, list(y))),
        jnp.stack(rhs),
        lambda _, y: jnp.stack(method(entries, list(y))),
        lambda _, y: jnp.stack(method(turned, list(y))),
    )
    return list(solution)


def _in_order(order: list[int]) -> Method:
    return lambda entries, rhs: _eliminate(entries, rhs, order)


def _pivoting(size: int) -> Method:
    return _eliminate_pivoted if size <= PIVOTED else _factorise


def multiply(matrix: Mapping[tuple[int, int], Array], x: Sequence[Array]) -> Vector:
    """The product of a matrix and the vector `x`."""
    product = [jnp.zeros_like(one) for one in x]
    for (row, column), entry in matrix.items():
        product[row] = product[row] + entry * x[column]
    return product


_SUBTRACT, _SCALE, _INVERT = range(3)
_Step: TypeAlias = tuple[int, int, int, int]


def _eliminate(entries: Entries, rhs: Vector, order: list[int]) -> Vector:
    first, count = len(entries), len(rhs)
    steps, size = _steps(list(entries), count, order)
    values = [*entries.values(), *rhs, *[jnp.zeros_like(rhs[0])] * (size - first - count)]
    if len(steps) <= UNROLLED:
        for step in steps:
            values[step[1]] = _perform(step, values)
        return values[first : first + count]
    table = jnp.asarray(np.array(steps, np.int32))

    def perform(k: Array, work: Array) -> Array:
        kind, target, left, right = table[k]
        held, one, other = work[target], work[left], work[right]
        scaled = jnp.where(kind == _SCALE, held * one, 1 / held)
        return work.at[target].set(jnp.where(kind == _SUBTRACT, held - one * other, scaled))

    shape = jnp.broadcast_shapes(*(x.shape for x in values))
    work = lax.fori_loop(0, len(steps), perform, jnp.stack([jnp.broadcast_to(x, shape) for x in values]))
    return [work[first + k] for k in range(count)]


def _perform(step: _Step, values: Vector) -> Array:
    kind, target, left, right = step
    if kind == _SUBTRACT:
        return values[target] - values[left] * values[right]
    return values[target] * values[left] if kind == _SCALE else 1 / values[target]


def _steps(pattern: list[tuple[int, int]], count: int, order: list[int]) -> tuple[list[_Step], int]:
    """Elimination and substitution as steps on numbered places.

    First come the entries, then the right-hand side, then the zeros that fill in.

    **Returns:** the steps, each its kind, target and two operands; how many places there are.
    """
    place = {position: k for k, position in enumerate(pattern)}
    size = len(pattern) + count
    steps: list[_Step] = []
    left = set(order)
    for pivot in order:
        left.remove(pivot)
        diagonal = place[pivot, pivot]
        steps.append((_INVERT, diagonal, diagonal, diagonal))
        columns = [column for column in sorted(left) if (pivot, column) in place]
        for row in sorted(left):
            if (row, pivot) not in place:
                continue
            factor = place[row, pivot]
            steps.append((_SCALE, factor, diagonal, diagonal))
            steps.append((_SUBTRACT, len(pattern) + row, factor, len(pattern) + pivot))
            for column in columns:
                if (row, column) not in place:
                    place[row, column] = size
                    size += 1
                steps.append((_SUBTRACT, place[row, column], factor, place[pivot, column]))
    for k in reversed(range(count)):
        pivot, target = order[k], len(pattern) + order[k]
        later = [column for column in order[k + 1 :] if (pivot, column) in place]
        steps += [(_SUBTRACT, target, place[pivot, column], len(pattern) + column) for column in later]
        steps.append((_SCALE, target, place[pivot, pivot], place[pivot, pivot]))
    return steps, size


def _eliminate_pivoted(entries: Entries, rhs: Vector) -> Vector:
    size, zero = len(rhs), jnp.zeros_like(rhs[0])
    rows = [[*(entries.get((row, column), zero) for column in range(size)), rhs[row]] for row in range(size)]
    for pivot in range(size):
        for row in range(pivot + 1, size):
            larger = jnp.abs(rows[row][pivot]) > jnp.abs(rows[pivot][pivot])
            for column in range(pivot, size + 1):
                upper, lower = rows[pivot][column], rows[row][column]
                rows[pivot][column] = jnp.where(larger, lower, upper)
                rows[row][column] = jnp.where(larger, upper, lower)
        inverse = 1 / rows[pivot][pivot]
        for column in range(pivot + 1, size + 1):
            rows[pivot][column] = rows[pivot][column] * inverse
            for row in range(pivot + 1, size):
                rows[row][column] = rows[row][column] - rows[row][pivot] * rows[pivot][column]
    x: Vector = [zero] * size
    for pivot in reversed(range(size)):
        known = [rows[pivot][column] * x[column] for column in range(pivot + 1, size)]
        x[pivot] = rows[pivot][size] - sum(known, zero)
    return x


def _factorise(entries: Entries, rhs: Vector) -> Vector:
    size, zero = len(rhs), jnp.zeros_like(rhs[0])
    shape = jnp.broadcast_shapes(rhs[0].shape, *(x.shape for x in entries.values()))
    rows = [
        jnp.stack([jnp.broadcast_to(entries.get((row, column), zero), shape) for column in range(size)], -1)
        for row in range(size)
    ]
    x = jnp.linalg.solve(jnp.stack(rows, -2), jnp.stack(rhs, -1)[..., None])
    return [x[..., row, 0] for row in range(size)]
