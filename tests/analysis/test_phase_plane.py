"""Phase planes of the squid axon's patch, against its equations written out once more."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rheobase as rb
from rheobase.analysis.dynamics.phase_plane import kind_of
from tests.analysis.cells import axon_patch

Floats = NDArray[np.float64]


def gate_rates(v: float) -> dict[str, tuple[float, float]]:
    """Hodgkin and Huxley 1952, with rest at -65 mV."""
    return {
        "m": (0.1 * (v + 40) / (1 - np.exp(-(v + 40) / 10)), 4 * np.exp(-(v + 65) / 18)),
        "h": (0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))),
        "n": (0.01 * (v + 55) / (1 - np.exp(-(v + 55) / 10)), 0.125 * np.exp(-(v + 65) / 80)),
    }


def axon(state: Floats, density: float) -> Floats:
    """Rates per ms of v, m, h, n under a current density in uA/cm2."""
    v, m, h, n = state
    leak = 0.3 * (v + 54.3)
    current = density - 120 * m**3 * h * (v - 50) - 36 * n**4 * (v + 77) - leak
    gates = [a * (1 - x) - b * x for (a, b), x in zip(gate_rates(v).values(), (m, h, n), strict=True)]
    return np.array([current, *gates])


def resting(density: float) -> tuple[Floats, Any]:
    """The axon's fixed point and its eigenvalues, by bisection and differences."""

    def at(v: float) -> Floats:
        return np.array([v, *(a / (a + b) for a, b in gate_rates(v).values())])

    low, high = -80.0, -40.5
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if axon(at(middle), density)[0] > 0 else (low, middle)
    found, steps = at(low), 1e-6 * np.eye(4)
    columns = [(axon(found + step, density) - axon(found - step, density)) / 2e-6 for step in steps]
    values = np.linalg.eigvals(np.stack(columns, axis=1))
    return found, values[np.argsort(-values.real)]


@pytest.mark.parametrize("density", [0.0, 8.0, 12.0])
def test_the_fixed_point_is_the_axons_own_with_its_eigenvalues(density: float) -> None:
    cell, _ = axon_patch()
    plane = rb.phase_plane(cell, current=density * 1e-5 * cell.area)
    (point,) = plane.fixed_points
    found, eigenvalues = resting(density)
    np.testing.assert_allclose([point.state[name] for name in ("v", "hh.m", "hh.h", "hh.n")], found, rtol=1e-8)
    np.testing.assert_allclose(np.asarray(point.whole), eigenvalues, rtol=1e-6, atol=1e-7)


def test_it_turns_unstable_where_the_axon_begins_to_fire_for_ever() -> None:
    # Hopf bifurcation at 9.78 uA/cm2 with a leak of 10.6 mV above rest (Hassard 1978, J Theor Biol 71:401); 10.7 here.
    cell, _ = axon_patch()
    stable = [
        rb.phase_plane(cell, current=density * 1e-5 * cell.area).fixed_points[0].whole_stable for density in (9.6, 9.9)
    ]
    assert stable == [True, False]


def test_the_fast_subsystem_has_two_stable_points_and_a_saddle_between() -> None:
    # FitzHugh 1960, J Gen Physiol 43:867: h and n held at rest.
    cell, _ = axon_patch()
    plane = rb.phase_plane(cell, "v", "hh.m", others="frozen")
    assert [point.kind for point in plane.fixed_points] == ["stable node", "saddle", "stable node"]
    assert [point.whole for point in plane.fixed_points] == [None] * 3
    saddle = plane.fixed_points[1]
    for side, end in ((-0.5, 0), (0.5, 2)):
        path = plane.trajectory(saddle.x + side, saddle.y, 40)
        assert path["v"].iloc[-1] == pytest.approx(plane.fixed_points[end].x, abs=0.1)


def test_nullclines_are_where_the_rates_vanish() -> None:
    cell, _ = axon_patch()
    plane = rb.phase_plane(cell, points=201)
    nullcline = np.concatenate(plane.y_nullcline)
    expected = [a / (a + b) for a, b in (gate_rates(v)["n"] for v in nullcline[:, 0])]
    np.testing.assert_allclose(nullcline[:, 1], expected, atol=2e-4)
    (x,) = (np.interp(0.5, each[:, 1], each[:, 0]) for each in plane.x_nullcline[:1])
    rate = plane.equations.rates(np.array([[x, 0.5], [x + 5, 0.5]]))[:, 0]
    assert abs(rate[0]) < 0.02 * abs(rate[1])


def test_a_formula_ties_one_unknown_to_the_axes() -> None:
    cell, soma = axon_patch()
    plane = rb.phase_plane(cell, others={"hh.h": "0.83 - n"}, current=0.15)
    assert plane.others == {"hh.m": "steady", "hh.h": "0.83 - n"}
    (point,) = plane.fixed_points
    assert point.state["hh.h"] == pytest.approx(0.83 - point.y)
    # By differences, of the rates and so of the formula and the steady state under them.
    h = 1e-5
    around = np.array([[point.x + h, point.y], [point.x - h, point.y], [point.x, point.y + h], [point.x, point.y - h]])
    rates = plane.equations.rates(around)
    slopes = np.stack([rates[0] - rates[1], rates[2] - rates[3]], axis=1) / (2 * h)
    np.testing.assert_allclose(np.linalg.eigvals(slopes), point.eigenvalues, rtol=1e-5)
    assert point.kind == "unstable focus"
    results = rb.run(cell, tstop=5, record=[soma(0.5).v, soma(0.5)["hh.n"]])
    names = [trace.name for trace in plane.figure([results, plane.trajectory(-60, 0.35, 2)]).data]
    assert names == ["motion", "v nullcline", "hh.n nullcline", "trajectory 1", "trajectory 2", "unstable focus"]
    assert plane.points()["stable"].tolist() == [False]
    assert len(plane.to_dataframe()) == 121**2


def test_kinds_of_points() -> None:
    assert kind_of(np.array([3j, -3j])) == "centre"
    assert kind_of(np.array([0.0 + 0j, -1.0])) == "degenerate"
    assert kind_of(np.array([2.0 + 0j, 1.0])) == "unstable node"


def test_what_has_no_plane_is_refused() -> None:
    cell, soma = axon_patch()
    with pytest.raises(KeyError, match=r"hh\.n"):
        rb.phase_plane(cell, "v", "hh.nn")
    with pytest.raises(ValueError, match="two different unknowns"):
        rb.phase_plane(cell, "v", "v")
    with pytest.raises(ValueError, match="may name v and n only"):
        rb.phase_plane(cell, others={"hh.h": "1 - w"})
    with pytest.raises(ValueError, match="x_range"):
        rb.phase_plane(cell, x_range=(0, -10))
    with pytest.raises(KeyError, match="record it, as in"):
        rb.phase_plane(cell).of_run(rb.run(cell, tstop=1, record=soma(0.5).v))
    cell.section("soma").nseg = 3
    with pytest.raises(ValueError, match="3 segments"):
        rb.phase_plane(cell)


def test_the_membrane_of_a_place_is_a_cell_of_its_own() -> None:
    cell = rb.Cell("cable")
    soma = cell.add_section("soma", L=30, diam=10)
    dend = cell.add_section("dend", L=300, diam=2, nseg=3, parent=soma(1))
    cell["all"].insert("hh")
    cell["dend"].set("hh.gnabar", rb.linear("path_distance", 0.1, -1e-4))
    cell["dend"].insert("cat_huguenard")
    cell.set("na.reversal", 55)
    cell["soma"].set("cm", 2.0)
    cell.place(rb.IClamp(1, 5, 0.5), soma(0.5))
    patch = rb.membrane_patch(cell, dend(0.5))
    assert patch.values("hh.gnabar") == cell.values("hh.gnabar")[2]
    assert patch.values("na.reversal").tolist() == [55]
    assert patch.section("patch").L * patch.section("patch").diam == pytest.approx(100 * 2, rel=1e-6)
    assert {each.mechanism for each in patch.insertions} == {"hh", "cat_huguenard"}
    assert not patch.placed
    lone = rb.Cell("lone")
    lone.add_section("soma", L=30, diam=10).insert("hh")
    lone.set("na.reversal", 55)
    lone["soma"].set("cm", 2.0)
    alike = rb.membrane_patch(cell, soma(0.5))
    one, other = (rb.run(each, tstop=10, v_init=-50).values for each in (lone, alike))
    np.testing.assert_allclose(one, other, atol=1e-6)
    with pytest.raises(KeyError, match="axon"):
        rb.membrane_patch(cell, rb.Location("axon", 0.5))
