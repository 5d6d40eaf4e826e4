"""The currents of a place: what they are, and that they add up."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.analysis.cells import axon_patch


def spiking() -> tuple[rb.Cell, Any, Any]:
    cell = rb.Cell("spiking")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=200, diam=2, nseg=5, parent=soma(1))
    cell.add_section("twig", L=100, diam=1, nseg=3, parent=dend(1))
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["soma"].insert("hh")
    cell.place(rb.IClamp(1, 6, 0.4), soma(0.5), name="ic")
    cell.place(rb.AlphaSynapse(onset=2, tau=1, gmax=1e-3, e=0), dend(0.5), name="syn")
    return cell, soma, dend


@pytest.mark.parametrize("method", ["implicit_euler", "crank_nicolson"])
def test_of_fixed_steps_the_currents_add_up_to_rounding(method: str) -> None:
    cell, soma, dend = spiking()
    for site in (soma(0.5), dend(0.9), dend(0.1)):
        found = rb.currentscape(cell, site, tstop=8, method=method)
        assert np.abs(found.residual).max() < 1e-11 * np.abs(found.values).max()
        assert found.v.max() > 0
    # Its conductance is taken in the middle of the step but for a rounding of time.
    with_synapse = rb.currentscape(cell, dend(0.5), tstop=8, method=method)
    assert np.abs(with_synapse.residual).max() < 1e-8 * np.abs(with_synapse.values).max()


def test_of_variable_steps_they_add_up_to_the_step_at_which_one_looks() -> None:
    cell, soma = axon_patch()
    cell.place(rb.IClamp(1, 6, 0.4), soma(0.5))
    found = rb.currentscape(cell, soma(0.5), tstop=6, dt=0.005, method="adaptive", atol=1e-6)
    apart = np.abs(found.t - 1) > 0.01  # the electrode jumps there
    assert np.abs(found.residual[apart]).max() < 1e-3 * np.abs(found.values).max()


def test_each_current_is_what_it_is_called() -> None:
    cell, soma, dend = spiking()
    found = rb.currentscape(cell, soma(0.5), tstop=5)
    assert found.names == ("hh.ina", "hh.ik", "hh.il", "pas.i", "ic.i", "to soma(1)", "capacitive")
    assert found.kinds == ("ionic",) * 4 + ("electrode", "axial", "capacitive")
    assert found.area == pytest.approx(np.pi * 400)
    on = (found.t > 1) & (found.t < 7)
    np.testing.assert_allclose(found["ic.i"], np.where(on, -0.4, 0), atol=1e-12)
    np.testing.assert_allclose(found["pas.i"], 1e-4 * (found.v + 65) * found.area * 1e-2, atol=5e-3)
    np.testing.assert_allclose(found.density("pas.i") * found.area * 1e-2, found["pas.i"])
    resistance = 0.01 * 35.4 * 10 / (np.pi * 100)  # megohm, from the soma's middle to its end
    results = rb.run(cell, tstop=5, record=[soma(0.5).v, soma(1).v])
    expected = (results[soma(0.5).v] - results[soma(1).v])[1:] / resistance
    np.testing.assert_allclose(found["to soma(1)"], expected, rtol=1e-6, atol=1e-9)
    other = rb.currentscape(cell, dend(0.5), tstop=5)
    assert other.kinds[other.names.index("syn.i")] == "point"
    assert other["syn.i"].min() < 0


def test_shares_of_a_direction_add_up_to_one() -> None:
    cell, soma, _ = spiking()
    found = rb.currentscape(cell, soma(0.5), tstop=5)
    for direction in ("inward", "outward"):
        shares = found.shares(direction)
        total = shares.to_numpy().sum(axis=1)
        assert "capacitive" not in shares.columns
        np.testing.assert_allclose(total[found.t > 1.5], 1)
    during = found.shares("inward").loc[3.0:3.2].mean()
    assert during.idxmax() in ("hh.ina", "ic.i")
    assert found.to_dataframe().columns[0] == "v"
    assert len(found.figure().data) == 3 + 2 * 6
    np.testing.assert_allclose(found.total("ionic"), sum(found[name] for name in found.names[:4]))


def test_a_simulation_is_run_anew_with_what_was_scheduled() -> None:
    cell, soma, _ = spiking()
    simulation = rb.Simulation(cell, tstop=4)
    simulation.at(2, lambda sim: sim.set("ic.amp", 0.0))
    found = rb.currentscape(simulation, soma(0.5))
    assert found["ic.i"][found.t < 2].min() == -0.4
    with pytest.raises(TypeError, match="has its run parameters"):
        rb.currentscape(simulation, soma(0.5), tstop=3)
    with pytest.raises(KeyError, match="section"):
        rb.currentscape(simulation, rb.Location("axon", 0.5))
    with pytest.raises(KeyError, match="kind of current"):
        found.total("magnetic")  # type: ignore[arg-type]
    with pytest.raises(KeyError, match=r"hh\.ina"):
        found["hh.inna"]
