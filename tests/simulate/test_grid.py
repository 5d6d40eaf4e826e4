"""The grid of random trees, against nodes and resistances laid out a second time, densely and by the rules alone.

The rules are NEURON's: a node in the middle of each of `nseg` equal segments and one of no area at each end; a child
hangs on the end node at 0 or 1, and on the segment's centre between; the end by which a section is joined is that node.
"""

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

import rheobase as rb
from rheobase.kernel import recurring_size
from rheobase.simulate import Simulation
from rheobase.simulate.grid import Grid, build_grid

G, E, CM = 2e-4, -60.0, 1.3


@st.composite
def cells(draw: st.DrawFn, most: int = 6) -> rb.Cell:
    """A tree of sections by length and diameter, joined at 0, in between and at 1, by either end."""
    cell = rb.Cell("random")
    names: list[str] = []
    for k in range(draw(st.integers(1, most))):
        parent = None
        if names:
            x = draw(st.sampled_from([0, 0.25, 0.5, 0.9, 1]))
            parent = cell.section(draw(st.sampled_from(names)))(x)
        cell.add_section(
            f"s[{k}]",
            L=draw(st.sampled_from([5, 20, 150, 400])),
            diam=draw(st.sampled_from([0.5, 2, 20])),
            nseg=draw(st.sampled_from([1, 2, 3, 5])),
            parent=parent,
            child_end=draw(st.sampled_from([0, 1])) if names else 0,
        )
        names.append(f"s[{k}]")
        if draw(st.booleans()):
            cell.section(f"s[{k}]").Ra = draw(st.sampled_from([50, 200]))
    return cell


class Dense:
    """All nodes of a cell, each section with both its ends; an end that is joined is the node it is joined to."""

    def __init__(self, cell: rb.Cell) -> None:
        self._count = 0
        self.ends: dict[tuple[str, int], int] = {}
        self.centres: dict[tuple[str, int], int] = {}
        self.links: list[tuple[int, int, float]] = []  # uS
        self.area: dict[int, float] = {}
        for section in cell.sections:
            spec = section.spec
            joined = None
            if spec.parent is not None:
                joined = self.at(spec.parent.section, spec.parent.x, cell)
            for end in (0, 1):
                shared = joined is not None and end == spec.child_end
                self.ends[spec.name, end] = joined if shared and joined is not None else self._new()
            self.centres |= {(spec.name, k): self._new() for k in range(spec.nseg)}
            half = section.L / spec.nseg / 2
            megohm = 0.01 * section.Ra * half / (np.pi * section.diam**2 / 4)
            row = [self.centres[spec.name, k] for k in range(spec.nseg)]
            self.area |= dict.fromkeys(row, np.pi * section.diam * 2 * half)
            ends = self.ends[spec.name, 0], self.ends[spec.name, 1]
            self.links.append((ends[0], row[0], 1 / megohm))
            self.links += [(a, b, 1 / (2 * megohm)) for a, b in pairwise(row)]
            self.links.append((row[-1], ends[1], 1 / megohm))

    def _new(self) -> int:
        self._count += 1
        return self._count - 1

    def at(self, section: str, x: float, cell: rb.Cell) -> int:
        nseg = cell.section(section).nseg
        return self.ends[section, int(x)] if x in (0, 1) else self.centres[section, int(x * nseg)]

    def axial(self) -> NDArray[Any]:
        """The axial conductances as a matrix, uS."""
        matrix = np.zeros((self._count, self._count))
        for a, b, g in self.links:
            matrix[[a, b], [a, b]] += g
            matrix[[a, b], [b, a]] -= g
        return matrix

    def steady_state(self, injected: dict[int, float]) -> NDArray[Any]:
        """Voltages at which leak, axial currents and `injected` (nA) balance, mV."""
        matrix, load = self.axial(), np.zeros(self._count)
        for node, area in self.area.items():
            matrix[node, node] += 1e-2 * G * area
            load[node] += 1e-2 * G * area * E
        for node, current in injected.items():
            load[node] += current
        return np.linalg.solve(matrix, load)


def axial_matrix(grid: Grid, Ra: NDArray[Any]) -> NDArray[Any]:
    """Couplings between segments that the grid's resistances make, with the nodes of no area eliminated, uS."""
    n = grid.count
    matrix = np.zeros((n, n))
    for k in range(1, n):
        p = grid.parent[k]
        g = 1 / (Ra[grid.near_segment[k]] * grid.near[k] + Ra[grid.far_segment[k]] * grid.far[k])
        matrix[[k, p], [k, p]] += g
        matrix[[k, p], [p, k]] -= g
    return eliminated(matrix, grid.node)


def eliminated(matrix: NDArray[Any], kept: Any) -> NDArray[Any]:
    """The Schur complement on the nodes `kept`."""
    rest = np.setdiff1d(np.arange(len(matrix)), kept)
    a, b, d = matrix[np.ix_(kept, kept)], matrix[np.ix_(kept, rest)], matrix[np.ix_(rest, rest)]
    return a - b @ np.linalg.pinv(d) @ b.T


@given(cells())
def test_areas_and_couplings_are_those_of_the_rules(cell: rb.Cell) -> None:
    specs = tuple(cell.document.sections.values())
    grid, dense = build_grid(specs), Dense(cell)
    rows = [dense.centres[spec.name, k] for spec in specs for k in range(spec.nseg)]
    np.testing.assert_allclose(grid.area, [dense.area[node] for node in rows], rtol=1e-12)
    expected = eliminated(dense.axial(), rows)
    np.testing.assert_allclose(axial_matrix(grid, cell.values("Ra")), expected, rtol=1e-6, atol=1e-6 * expected.max())


@given(cells(), st.data())
def test_the_grid_is_a_padded_tree_in_order(cell: rb.Cell, data: st.DataObject) -> None:
    specs = tuple(cell.document.sections.values())
    attached = [data.draw(st.sampled_from(cell.sections))(data.draw(st.sampled_from([0, 0.5, 1]))) for _ in range(3)]
    grid = build_grid(specs, attached)
    n = grid.count
    assert len(grid.parent) == recurring_size(n)
    assert grid.parent[0] == 0
    assert all(grid.parent[k] < k for k in range(1, n))
    assert sorted(grid.node.tolist()) == np.flatnonzero(grid.segment < grid.n_segments).tolist()
    np.testing.assert_array_equal(grid.segment[grid.node], np.arange(cell.n_segments))
    assert (grid.near[1:n] + grid.far[1:n] > 0).all()
    dense = Dense(cell)
    nodes = [grid.node_at(site.section, site.x) for site in attached]
    alike = [dense.at(site.section, site.x, cell) for site in attached]
    for k, j in combinations(range(3), 2):
        assert (nodes[k] == nodes[j]) == (alike[k] == alike[j])


@settings(max_examples=10)
@given(cells(most=5), st.data())
def test_a_steady_state_is_that_of_dense_algebra(cell: rb.Cell, data: st.DataObject) -> None:
    cell["all"].insert("pas", g=G, e=E)
    cell.cm = CM
    dense = Dense(cell)
    injected: dict[int, float] = {}
    for current in (0.02, -0.01):
        site = data.draw(st.sampled_from(cell.sections))(data.draw(st.sampled_from([0, 0.3, 1])))
        cell.place(rb.IClamp(dur=1e9, amp=current), site)
        node = dense.at(site.section, site.x, cell)
        injected[node] = injected.get(node, 0) + current
    sites = [section(x) for section in cell.sections for x in (0, 0.1, 0.5, 1)]
    expected = dense.steady_state(injected)
    # One step so long that capacitance no longer matters ends in the steady state.
    rec = rb.run(cell, tstop=1e9, dt=1e9, v_init=E, record=[site.v for site in sites])
    found = np.array([rec[site.v][-1] for site in sites])
    np.testing.assert_allclose(found, [expected[dense.at(s.section, s.x, cell)] for s in sites], atol=1e-4)


def test_one_compartment_is_one_node() -> None:
    cell = rb.Cell("one")
    cell.add_section("soma", L=20, diam=20)
    grid = build_grid(tuple(cell.document.sections.values()))
    assert (grid.count, len(grid.parent), grid.node.tolist()) == (1, 1, [0])
    assert grid.place_of(0) == "soma(0.5)"


def test_ends_get_a_node_only_where_something_sits() -> None:
    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=100, diam=1, nseg=3)
    specs = tuple(cell.document.sections.values())
    assert build_grid(specs).count == 3
    grid = build_grid(specs, [cable(0), cable(1), cable(0.5)])
    assert grid.count == 5
    assert grid.place_of(grid.node_at("cable", 0)) == "cable(0)"
    assert grid.place_of(grid.node_at("cable", 1)) == "cable(1)"
    assert grid.place_of(grid.node_at("cable", 0.99)) == f"cable({5 / 6:g})"


@pytest.mark.parametrize("x", [0, 1])
def test_a_joined_end_is_the_parents_node(x: int) -> None:
    cell = rb.Cell("chain")
    root = cell.add_section("root", L=100, diam=1, nseg=3)
    middle = cell.add_section("middle", L=100, diam=1, nseg=3, parent=root(1), child_end=x)
    cell.add_section("tip", L=100, diam=1, parent=middle(x))  # that is, on the root
    specs = tuple(cell.document.sections.values())
    grid = build_grid(specs)
    assert grid.node_at("middle", x) == grid.node_at("root", 1) == grid.node_at("tip", 0)
    assert grid.parent[grid.node_at("tip", 0.5)] == grid.node_at("root", 1)


def test_children_at_the_start_of_the_root() -> None:
    cell = rb.Cell("star")
    root = cell.add_section("root", L=100, diam=1)
    for k in range(3):
        cell.add_section(f"arm[{k}]", L=50, diam=1, parent=root(0))
    grid = build_grid(tuple(cell.document.sections.values()))
    hub = grid.node_at("root", 0)
    assert hub == 0
    assert (grid.parent[1 : grid.count] == hub).all()


def test_five_hundred_sections_run() -> None:
    cell = rb.Cell("caterpillar")
    spine = cell.add_section("spine", L=1000, diam=3, nseg=101)
    with cell.edit("Add legs"):
        for k in range(499):
            cell.add_section(f"leg[{k}]", L=20, diam=0.5, parent=spine((k + 0.5) / 499))
    cell["all"].insert("pas", g=G, e=E)
    cell["leg"].Ra = 70
    sim = Simulation(cell, tstop=1, v_init=-80, record=[cell.section("leg[498]")(1).v])
    assert sim.assembly.grid.count == 600
    v = sim.run().values[0]
    tau = 1e-3 / G
    np.testing.assert_allclose(v[-1], E + (-80 - E) * (1 + 0.025 / tau) ** -40, rtol=1e-9)
