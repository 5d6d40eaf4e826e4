"""The voltages of all nodes for a small sine of current at one, and the ways between them."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.dynamics.operating_point import Compiled, OperatingPoint
from rheobase.kernel import Program, System
from rheobase.kernel.linearise import Linear, admittance
from rheobase.kernel.transfer import Transfer, transfer
from rheobase.model import Location
from rheobase.simulate.grid import Grid, owner

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FEWEST = 8  # frequencies at once
_ALMOST_ZERO = 1e-6  # Hz, where a scheme that conserves a sum has no answer at 0


@dataclass(frozen=True, eq=False, repr=False)
class Responses:
    """Voltages for a current of 1 nA, megohm.

    **Fields:** `frequencies`: Hz; `own`, `(nodes, frequencies)`, of each node for its own current; `across`, of each
    for that at the electrode; `source`, `(frequencies,)`, of the electrode for its own.
    """

    frequencies: Floats
    own: Complex
    across: Complex
    source: Complex

    def single(self, k: int) -> "Responses":
        """At one of the frequencies."""
        rows = slice(k, k + 1)
        return Responses(self.frequencies[rows], self.own[:, rows], self.across[:, rows], self.source[rows])

    def quantity(self, name: str) -> Floats:
        """One quantity (see `impedance.QUANTITIES`) of every node, `(nodes, frequencies)`.

        **Raises:** KeyError, with the names there are.
        """
        if name not in _QUANTITY:
            raise KeyError(f"no quantity is called {name!r}; there are {', '.join(_QUANTITY)}")
        found: Floats = _QUANTITY[name](self)
        return found


_QUANTITY = {
    "input": lambda r: np.abs(r.own),
    "input_phase": lambda r: np.angle(r.own),
    "transfer": lambda r: np.abs(r.across),
    "transfer_phase": lambda r: np.angle(r.across),
    "ratio_out": lambda r: np.abs(r.across / r.source),
    "ratio_in": lambda r: np.abs(r.across / r.own),
    "attenuation_out": lambda r: -np.log(np.abs(r.across / r.source)),
    "attenuation_in": lambda r: -np.log(np.abs(r.across / r.own)),
}


def responses(point: OperatingPoint, at: Location, frequencies: Floats, *, frozen: bool) -> Responses:
    """The responses at an operating point.

    **Arguments:** `at`: the electrode; `frequencies`: Hz, `(n,)`; `frozen`: with states and concentrations held.

    **Raises:** ArithmeticError where an answer is not finite, with the frequency and the place.
    """
    node, count = point.model.node(at), point.model.assembly.grid.count
    own, across = _answers(point, node, frequencies, frozen)
    lost = ~np.isfinite(across[:count]).all(axis=0)
    if (lost & (frequencies == 0)).any():
        own, across = _answers(point, node, np.where(frequencies == 0, _ALMOST_ZERO, frequencies), frozen)
        lost = ~np.isfinite(across[:count]).all(axis=0)
        # An answer to almost steady currents that lags by a quarter has no limit: the current is never let out.
        lost |= (frequencies == 0) & (np.abs(own[node].imag) > 1e-3 * np.abs(own[node].real))
    if lost.any():
        k = int(np.argmax(lost))
        wrong = ~np.isfinite(across[:count, k])
        where = point.model.assembly.grid.place_of(int(np.argmax(wrong)) if wrong.any() else node)
        raise ArithmeticError(
            f"the equations have no answer at {frequencies[k]:g} Hz, at {where}: nothing damps it there. Is there a "
            "membrane without any conductance, or a parameter that is no number?"
        )
    own, across = own[:count], across[:count]
    source = own[node] + end_resistance(point.model, at)
    return Responses(frequencies, own, across, source)


def _answers(point: OperatingPoint, node: int, frequencies: Floats, frozen: bool) -> tuple[Complex, Complex]:
    # Filled up to a number that recurs, so that a few frequencies more or less find a compiled function.
    filled = np.resize(frequencies, max(_FEWEST, 1 << (len(frequencies) - 1).bit_length()))
    model, at = point.model, np.int32(node)
    omega = 2e-3 * np.pi * filled
    found = _transfers(model.program, model.system, point.linear, omega, at, frozen)
    own, across = np.asarray(found.own), np.asarray(found.across)
    return own[:, : len(frequencies)], across[:, : len(frequencies)]


@partial(jax.jit, static_argnames=("program", "frozen"))
def _transfers(program: Program, system: System, linear: Linear, omega: Any, at: Any, frozen: bool) -> Transfer:
    own = admittance(program, system, linear, 1j * omega, frozen=frozen)
    return transfer(system.tree, own + system.axial[:, None], system.coupling, at)


def end_resistance(model: Compiled, loc: Location) -> float:
    """The axial resistance in megohm from an end that has no node to its segment; elsewhere 0."""
    loc, grid = as_owned(model, loc), model.assembly.grid
    if loc.x not in (0, 1) or (loc.section, int(loc.x)) in grid.ends:
        return 0.0
    k = grid.index[loc.section]
    spec, segment = grid.specs[k], grid.segment_at(loc.section, loc.x)
    columns = model.assembly.table.spread(model.params)
    if spec.points is None:
        dx, diam = columns["L"][segment] / spec.nseg, columns["diam"][segment]
        half = 0.01 * (dx / 2) / (np.pi * diam * diam / 4)
    else:
        geometry = spec.geometry
        half = geometry.left[0] if loc.x == 0 else geometry.right[-1]
    return float(columns["Ra"][segment] * half)


def as_owned(model: Compiled, loc: Location) -> Location:
    """The place whose node a place shares: the end by which a section is joined is its parent's."""
    return owner(loc, {spec.name: spec for spec in model.assembly.grid.specs})


def ways_from(model: Compiled, node: int) -> Floats:
    """The distance of each node from one of them along the tree, um."""
    grid = model.assembly.grid
    step = _steps(model)
    distance = np.zeros(grid.count)
    for k, above in outwards(grid, node):
        distance[k] = distance[above] + step[k if grid.parent[k] == above else above]
    return distance


def _steps(model: Compiled) -> Floats:
    """The length of the way from each node to its parent, um."""
    grid = model.assembly.grid
    dx = grid.dx
    if grid.cylinder.any():
        length = model.assembly.table.spread(model.params)["L"] / grid.nseg_of_segment
        dx = np.where(grid.cylinder, length, dx)
    near = np.where(grid.near > 0, dx[grid.near_segment] / 2, 0.0)
    return near + np.where(grid.far > 0, dx[grid.far_segment] / 2, 0.0)


def outwards(grid: Grid, root: int) -> list[tuple[int, int]]:
    """Each other node with the one before it on the way from `root`, those nearer first."""
    above = rooted_at(grid, root)
    # What lay above the root turns around; all else keeps its order, parents first.
    turned, k = [], root
    while k != 0:
        k = int(grid.parent[k])
        turned.append(k)
    on_way = {root, *turned}
    return [(j, int(above[j])) for j in (*turned, *(j for j in range(grid.count) if j not in on_way))]


def rooted_at(grid: Grid, root: int) -> Ints:
    """The node before each on the way from `root`; of `root` itself."""
    above = grid.parent[: grid.count].copy()
    k, before = root, root
    while True:
        following = int(above[k])
        above[k] = before
        if k == 0:
            return above
        k, before = following, k


def path_between(grid: Grid, start: int, end: int) -> Ints:
    """The nodes on the way from one to another, both included."""
    above = rooted_at(grid, start)
    path = [end]
    while path[-1] != start:
        path.append(int(above[path[-1]]))
    return np.array(path[::-1])


def same_place(model: Compiled, first: Location, second: Location) -> bool:
    """Whether two places are one and the same end of a section."""
    return as_owned(model, first) == as_owned(model, second)


def checked_frequencies(frequencies: ArrayLike) -> Floats:
    """Frequencies in Hz, as an array. **Raises:** ValueError for negative ones or what is no number."""
    try:
        array = np.atleast_1d(np.asarray(frequencies, float))
    except (TypeError, ValueError):
        raise ValueError(f"frequencies = {frequencies!r}: give numbers in Hz") from None
    if array.ndim != 1 or not array.size:
        raise ValueError(f"frequencies were given in an array of shape {array.shape}; give a list of at least one")
    wrong = array[~(np.isfinite(array) & (array >= 0))]
    if wrong.size:
        raise ValueError(f"frequencies hold {wrong[0]:g}: must be finite numbers of at least 0 Hz")
    return array
