"""A branched cable with channels as plain equations, linearised by complex steps and solved densely: no kernel of ours.

The equations are those of the published models and of Carnevale and Hines 2006, The NEURON Book, chapter 4.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eig
from scipy.optimize import root

import rheobase as rb

FARADAY, GAS, ZERO = 96485.3321233100184, 8.31446261815324, 273.15
RA, CM, CELSIUS = 120.0, 1.1, 23.0
CA_OUTSIDE, CA_DEPTH, CA_TAU, CA_REST, CA_FREE = 2.0, 0.4, 60.0, 1e-4, 0.3

# name, L, diam, nseg, parent and where on it, mechanisms with their conductances
TREE: list[tuple[str, float, float, int, tuple[str, float] | None, dict[str, float]]] = [
    ("soma", 22.0, 18.0, 1, None, {"hh": 0.06, "cats_huguenard": 4e-4}),
    ("trunk", 180.0, 2.5, 3, ("soma", 1.0), {"hcn_kole": 3e-4, "pas": 5e-5}),
    ("left", 140.0, 1.2, 3, ("trunk", 1.0), {"hcn_kole": 9e-4, "pas": 5e-5, "cats_huguenard": 2e-4}),
    ("right", 90.0, 1.4, 2, ("trunk", 1.0), {"pas": 8e-5}),
    ("basal", 110.0, 1.6, 3, ("soma", 0.5), {"pas": 5e-5}),
]
GATES = {"hh": 3, "hcn_kole": 1, "cats_huguenard": 3, "pas": 0}  # the third of calcium is its concentration


def tree_cell(gates: float = 1.0) -> rb.Cell:
    """The same tree in Rheobase."""
    cell = rb.Cell("tree")
    for name, L, diam, nseg, parent, mechanisms in TREE:
        at = None if parent is None else cell.section(parent[0])(parent[1])
        section = cell.add_section(name, L=L, diam=diam, nseg=nseg, parent=at)
        for mechanism, g in mechanisms.items():
            if mechanism == "hh":
                section.insert("hh", gnabar=g * gates, gkbar=0.3 * g * gates)
            elif mechanism == "pas":
                section.insert("pas", g=g, e=-68)
            else:
                section.insert(mechanism, gbar=g * gates)
            if mechanism == "cats_huguenard":
                section.insert("ca_decay", depth=CA_DEPTH, tau=CA_TAU, rest=CA_REST, gamma=CA_FREE)
    cell.Ra, cell.cm = RA, CM
    return cell


@dataclass
class Algebra:
    """The tree as `mass y' = f(y)`; of `y` the first `nodes` are voltages, and `place` tells which is where."""

    nodes: int
    place: dict[tuple[str, float], int]
    mass: NDArray[np.float64]
    axial: NDArray[np.float64]
    parts: list[tuple[int, float, str, float, int]]  # node, area, mechanism, conductance, first state

    def rest(self, v: float = -65.0, current: float = 0.0) -> NDArray[np.float64]:
        """The fixed point reached from a voltage, under a current into the soma."""
        y = np.full(len(self.mass), v)
        for _, _, mechanism, _, k in self.parts:
            y[k : k + GATES[mechanism]] = _at_rest(mechanism, v)
        y = root(lambda y: self.f(y).real, y, jac=self.jacobian, method="hybr", options={"xtol": 1e-14}).x
        # A current is brought in little by little, and each time Newton's method finds the state again.
        push = np.zeros(len(y))
        for share in np.linspace(0, 1, 21):
            push[self.place["soma", 0.5]] = share * current
            for _ in range(4):
                y = y - np.linalg.solve(self.jacobian(y), self.f(y).real + push)
        return y

    def f(self, y: NDArray[Any]) -> NDArray[Any]:
        """Currents into nodes (nA), and rates of states (per ms)."""
        out = np.zeros(len(y), complex)
        out[: self.nodes] = -self.axial @ y[: self.nodes]
        for node, area, mechanism, g, k in self.parts:
            i, rates = _mechanism(mechanism, y[node], y[k : k + GATES[mechanism]], g)
            out[node] -= 1e-2 * area * i
            out[k : k + len(rates)] = rates
        return out

    def jacobian(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """The derivative of `f`, exact to rounding."""
        step = 1e-30
        columns = [self.f(y + 1j * step * unit).imag / step for unit in np.eye(len(y))]
        return np.array(columns).T

    def impedance(self, y: NDArray[np.float64], frequency: float, *, frozen: bool = False) -> NDArray[np.complex128]:
        """Voltages of all nodes for currents at all nodes, megohm."""
        J, mass = self.jacobian(y), self.mass
        if frozen:
            J, mass = J[: self.nodes, : self.nodes], mass[: self.nodes]
        inverse = np.linalg.inv(2j * np.pi * frequency * 1e-3 * np.diag(mass) - J)
        return np.asarray(inverse[: self.nodes, : self.nodes], complex)

    def eigenvalues(self, y: NDArray[np.float64]) -> NDArray[np.complex128]:
        """All finite ones, the largest real part first."""
        values = eig(self.jacobian(y), np.diag(self.mass), right=False)
        values = values[np.isfinite(values) & (np.abs(values) < 1e9)]
        return values[np.lexsort((-values.imag, -np.round(values.real, 10)))]


def algebra(gates: float = 1.0) -> Algebra:
    """The equations of the tree."""
    place: dict[tuple[str, float], int] = {}
    edges: list[tuple[int, int, float]] = []
    capacity: list[float] = []
    parts: list[tuple[int, float, str, float, int]] = []

    def node(nanofarad: float) -> int:
        capacity.append(nanofarad)
        return len(capacity) - 1

    for name, L, diam, nseg, parent, mechanisms in TREE:
        dx = L / nseg
        half = 0.01 * RA * (dx / 2) / (np.pi * diam**2 / 4)
        area = np.pi * diam * dx
        above = node(0.0) if parent is None else place[parent]
        place[name, 0.0] = above
        wide = half
        for k in range(nseg):
            here = node(1e-5 * CM * area)
            place[name, (k + 0.5) / nseg] = here
            edges.append((above, here, wide))
            above, wide = here, 2 * half
            for mechanism, g in mechanisms.items():
                parts.append((here, area, mechanism, g if mechanism == "pas" else g * gates, -1))
        end = node(0.0)
        place[name, 1.0] = end
        edges.append((above, end, half))
    count = len(capacity)
    axial = np.zeros((count, count))
    for a, b, megohm in edges:
        axial[[a, b, a, b], [a, b, b, a]] += np.array([1, 1, -1, -1]) / megohm
    mass, placed = list(capacity), []
    for where, area, mechanism, g, _ in parts:
        placed.append((where, area, mechanism, g, len(mass)))
        mass += [1.0] * GATES[mechanism]
    return Algebra(count, place, np.array(mass), axial, placed)


def _at_rest(mechanism: str, v: float) -> list[float]:
    if mechanism == "hh":
        return [float((a / (a + b)).real) for a, b in _hh(v)]
    if mechanism == "hcn_kole":
        a, b = _hcn(v)
        return [float(a / (a + b))]
    if mechanism == "cats_huguenard":
        (m, _), (h, _) = _cats(v)
        return [float(m), float(h), CA_REST]
    return []


def _mechanism(mechanism: str, v: Any, s: Any, g: float) -> tuple[Any, list[Any]]:
    """The outward current, mA/cm2, and the rates of states."""
    if mechanism == "pas":
        return g * (v + 68), []
    if mechanism == "hh":
        m, h, n = s
        i = g * m**3 * h * (v - 50) + 0.3 * g * n**4 * (v + 77) + 3e-4 * (v + 54.3)
        warm = 3 ** ((CELSIUS - 6.3) / 10)
        return i, [warm * (a * (1 - x) - b * x) for (a, b), x in zip(_hh(v), s, strict=True)]
    if mechanism == "hcn_kole":
        a, b = _hcn(v)
        return g * s[0] * (v + 45), [a * (1 - s[0]) - b * s[0]]
    m, h, ca = s
    e = 1e3 * GAS * (CELSIUS + ZERO) / (2 * FARADAY) * np.log(CA_OUTSIDE / ca)
    i = g * m**2 * h * (v - e)
    (m_inf, m_tau), (h_inf, h_tau) = _cats(v)
    rates = [(m_inf - m) * 5 ** ((CELSIUS - 24) / 10) / m_tau, (h_inf - h) * 3 ** ((CELSIUS - 24) / 10) / h_tau]
    return i, [*rates, -CA_FREE * 1e4 * i / (2 * FARADAY * CA_DEPTH) - (ca - CA_REST) / CA_TAU]


def _hh(v: Any) -> list[tuple[Any, Any]]:
    return [
        (0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 4 * np.exp(-(v + 65) / 18)),
        (0.07 * np.exp(-(v + 65) / 20), 1 / (np.exp(-(v + 35) / 10) + 1)),
        (0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)), 0.125 * np.exp(-(v + 65) / 80)),
    ]


def _hcn(v: Any) -> tuple[Any, Any]:
    return 0.00643 * (v + 154.9) / (np.exp((v + 154.9) / 11.9) - 1), 0.193 * np.exp(v / 33.1)


def _cats(v: Any) -> list[tuple[Any, Any]]:
    return [
        (1 / (1 + np.exp(-(v + 52) / 7.4)), 3 + 1 / (np.exp((v + 27) / 10) + np.exp(-(v + 102) / 15))),
        (1 / (1 + np.exp((v + 80) / 5)), 85 + 1 / (np.exp((v + 48) / 4) + np.exp(-(v + 407) / 50))),
    ]
