"""The eigenvalues of a linearised model, and how many of them grow.

Those nearest a shift are the largest of the inverse at that shift, one solve on the tree for each step of Arnoldi's
method (Lehoucq, Sorensen and Yang 1998, ARPACK Users' Guide). In a large cell the slow ones of its channels crowd about
zero and might hide one that grows elsewhere; so those that grow are counted apart, by the argument principle: as often
as the determinant goes around zero along the imaginary axis (Nyquist 1932, Bell Syst Tech J 11:126).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.dynamics.operating_point import OperatingPoint
from rheobase.kernel import Program, System
from rheobase.kernel.linearise import Linear, admittance, solve
from rheobase.kernel.transfer import pivots
from rheobase.kernel.tree import solve as solve_tree
from rheobase.kernel.unknowns import Unknowns

Complex = NDArray[np.complex128]

_DENSE = 400  # unknowns up to which all eigenvalues are found at once
_DENSE_SYMMETRIC = 60
_SHIFT = 0.02  # per ms
_ELSEWHERE = (0.3 + 0.05j, 0.3 + 0.3j, 0.3 + 1j, 0.5 + 3j, 1 + 10j)  # per ms, where growing ones are looked for
_BATCH = 64  # frequencies at once
_TURN = 1.0  # radians, the most that a pivot may turn between neighbouring frequencies
_REFINED = 12
_RESTARTS = 6
_TOLERANCES = (1e-10, 1e-6, 1e-3)


class Modes(NamedTuple):
    """Eigenvalues, per ms, the largest real part first. **Fields:** `values`; `v`, their voltages, `(nodes, modes)`."""

    values: Complex
    v: Complex


def leading_modes(point: OperatingPoint, count: int, *, frozen: bool = False) -> Modes:
    """The modes of a linearised model that decay most slowly, or grow fastest.

    **Arguments:** `frozen`: with states and concentrations held as they are.
    """
    # Slow modes of many compartments crowd together; from close by they lie farther apart.
    rough = _modes_near(point, _SHIFT, 2, frozen, tolerances=(1e-2,))
    first = rough.values.real.max() if len(rough.values) else 0.0
    found = _modes_near(point, first + max(0.1 * abs(first), 1e-6), count, frozen)
    grown = growing(point, frozen=frozen)
    for shift in _ELSEWHERE:
        if np.sum(found.values.real > 0) >= grown:
            break
        more = _modes_near(point, shift, count, frozen)
        found = _united(found, more, _conjugate(more))
    order = np.lexsort((-found.values.imag, -np.round(found.values.real, 12)))[:count]
    return Modes(found.values[order], found.v[:, order])


def growing(point: OperatingPoint, *, frozen: bool = False) -> int:
    """How many eigenvalues have a positive real part.

    States held under a voltage clamp are taken to come to rest by themselves.
    """
    model = point.model
    nodes = model.assembly.grid.count
    omega = np.logspace(-6, 5, 2 * _BATCH)
    turned = _pivots(point, omega, frozen)[:nodes]
    for _ in range(_REFINED):
        steps = np.abs(np.angle(turned[:, 1:] / turned[:, :-1])).max(axis=0)
        wide = np.flatnonzero(steps > _TURN)[:_BATCH]
        if not len(wide):
            break
        between = np.sqrt(omega[wide] * omega[wide + 1])
        more = _pivots(point, np.resize(between, _BATCH), frozen)[:nodes, : len(wide)]
        omega = np.insert(omega, wide + 1, between)
        turned = np.insert(turned, wide + 1, more, axis=1)
    start = np.angle(turned[:, 0] * np.sign(turned[:, 0].real + (turned[:, 0].real == 0)))
    angle = start + np.angle(turned[:, 1:] / turned[:, :-1]).sum(axis=1)
    # Each pivot tends to its capacitance times the frequency or to a conductance, and turns by whole half circles more.
    degree = np.asarray(model.system.capacitance)[:nodes] > 0
    return max(0, int(np.round(degree / 2 - angle / np.pi).sum()))


def residues(point: OperatingPoint, modes: Modes, node: int, *, frozen: bool = False) -> Complex:
    """What each mode contributes to the input resistance of a node at rest, megohm."""
    model = point.model
    shift = np.asarray(modes.values, complex)
    steep = np.asarray(_admittance_slope(model.program, model.system, point.linear, shift, frozen))
    norm = np.sum(modes.v**2 * steep[: modes.v.shape[0]], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(modes.v[node] ** 2 / norm / -shift)


def _modes_near(
    point: OperatingPoint,
    shift: complex,
    count: int,
    frozen: bool,
    tolerances: tuple[float, ...] = _TOLERANCES,
) -> Modes:
    """The modes whose eigenvalues are nearest to a shift."""
    model = point.model
    real = np.flatnonzero(model.moving)
    nodes = len(model.assembly.grid.parent)
    if frozen:
        real = real[real < nodes]
    size = model.unknowns.size
    mass = np.ones(size)
    mass[:nodes] = np.asarray(model.system.capacitance)
    apply = _frozen_inverse(point, shift) if frozen else _inverse(point, shift)

    def inverse(x: NDArray[Any]) -> NDArray[Any]:
        full = np.zeros((size, *x.shape[1:]), np.result_type(x, type(shift)))
        full[real] = (mass[real] * x.T).T
        return apply(full)

    n = len(real)
    # What is held leaves a symmetric problem, once each voltage counts by the root of its capacitance.
    symmetric = frozen and not np.iscomplexobj(shift)
    root = np.sqrt(mass[real]) if symmetric else np.ones(n)
    if n <= (_DENSE_SYMMETRIC if symmetric else _DENSE) or count >= n - 2:
        matrix = root[:, None] * inverse(np.eye(n) / root)[real]
        values, vectors = np.linalg.eigh((matrix + matrix.T) / 2) if symmetric else np.linalg.eig(matrix)
    else:
        wanted = min(count + 4, n - 2)
        start = 1 + 0.1 * np.cos(np.arange(n))
        dtype = np.result_type(float, type(shift))

        def product(x: NDArray[Any]) -> NDArray[Any]:
            return root * inverse(np.ravel(x) / root)[real]

        values, vectors = _krylov(product, dtype, wanted, start, tolerances, symmetric=symmetric)
    vectors = vectors / root[:, None]
    keep = np.abs(values) > 1e-13
    values, vectors = values[keep], vectors[:, keep]
    # The voltages of nodes without membrane follow from one more solve.
    everywhere = inverse(vectors) / values
    return Modes(np.asarray(shift - 1 / values, complex), np.asarray(everywhere[:nodes], complex))


def _krylov(
    product: Callable[[NDArray[Any]], NDArray[Any]],
    dtype: np.dtype[Any],
    wanted: int,
    start: NDArray[np.float64],
    tolerances: tuple[float, ...],
    *,
    symmetric: bool,
) -> tuple[Complex, Complex]:
    """The largest eigenvalues with their vectors, to the strictest tolerance at which as many are found.

    Modes that are alike cannot be told apart, and need not be.

    **Arguments:** `product` of the matrix with a vector, and the `dtype` of its numbers; `start`, a vector.
    """
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs, eigsh

    operator = LinearOperator((start.size, start.size), matvec=product, dtype=dtype)
    for tolerance in tolerances:
        options = {"v0": start, "tol": tolerance, "ncv": min(start.size, 4 * wanted), "maxiter": _RESTARTS}
        try:
            values, vectors = (eigsh if symmetric else eigs)(operator, k=wanted, **options)
        except ArpackNoConvergence as partly:
            values, vectors = partly.eigenvalues, partly.eigenvectors
        if len(values) == wanted:
            break
    return values, vectors


def _inverse(point: OperatingPoint, shift: complex) -> Callable[[NDArray[Any]], NDArray[Any]]:
    model, linear = point.model, point.linear

    def apply(full: NDArray[Any]) -> NDArray[Any]:
        # Every column has its shift: the solve takes an axis of shifts and no other.
        at = np.broadcast_to(np.asarray(shift), full.shape[1:])
        return np.asarray(_solved(model.program, model.unknowns, model.system, linear, at, full))

    return apply


def _frozen_inverse(point: OperatingPoint, shift: complex) -> Callable[[NDArray[Any]], NDArray[Any]]:
    model, linear = point.model, point.linear
    nodes = len(model.assembly.grid.parent)

    def apply(full: NDArray[Any]) -> NDArray[Any]:
        solved = np.zeros_like(full)
        at = np.broadcast_to(np.asarray(shift), full.shape[1:])
        solved[:nodes] = np.asarray(_solved_frozen(model.program, model.system, linear, at, full[:nodes]))
        return solved

    return apply


@partial(jax.jit, static_argnames=("program", "unknowns"))
def _solved(program: Program, unknowns: Unknowns, system: System, linear: Linear, shift: Any, rhs: Any) -> Any:
    return unknowns.pack_rates(solve(program, system, linear, shift, unknowns.unpack_rates(rhs)))


@partial(jax.jit, static_argnames="program")
def _solved_frozen(program: Program, system: System, linear: Linear, shift: Any, rhs: Any) -> Any:
    wide = (slice(None), *(None,) * jnp.ndim(shift))
    diagonal = admittance(program, system, linear, shift, frozen=True) + jnp.asarray(system.axial)[wide]
    return solve_tree(system.tree, diagonal, jnp.asarray(system.coupling)[wide], rhs)


@partial(jax.jit, static_argnames=("program", "frozen"))
def _admittance_slope(program: Program, system: System, linear: Linear, shift: Any, frozen: bool) -> Any:
    def of(shift: Any) -> Any:
        return admittance(program, system, linear, shift, frozen=frozen)

    return jax.jvp(of, (shift,), (jnp.ones_like(shift),))[1]


@partial(jax.jit, static_argnames=("program", "frozen"))
def _pivots_at(program: Program, system: System, linear: Linear, omega: Any, frozen: bool) -> Any:
    own = admittance(program, system, linear, 1j * omega, frozen=frozen)
    return pivots(system.tree, own + system.axial[:, None], system.coupling)


def _pivots(point: OperatingPoint, omega: NDArray[np.float64], frozen: bool) -> Complex:
    model = point.model
    parts = [
        np.asarray(_pivots_at(model.program, model.system, point.linear, omega[k : k + _BATCH], frozen))
        for k in range(0, len(omega), _BATCH)
    ]
    return np.concatenate(parts, axis=1)


def _conjugate(modes: Modes) -> Modes:
    return Modes(modes.values.conj(), modes.v.conj())


def _united(known: Modes, *others: Modes) -> Modes:
    """The modes known and those of others that are not among them."""
    for modes in others:
        new = [k for k, x in enumerate(modes.values) if (np.abs(known.values - x) > 1e-7 * (1 + abs(x))).all()]
        known = Modes(
            np.concatenate([known.values, modes.values[new]]), np.concatenate([known.v, modes.v[:, new]], axis=1)
        )
    return known
