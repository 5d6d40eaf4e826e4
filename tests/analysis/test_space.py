"""Variables along a way and over the shape, and what becomes of a signal, against cable theory."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.analysis.cells import bag


def forked() -> tuple[rb.Cell, Any, Any, Any]:
    cell = rb.Cell("forked")
    soma = cell.add_section("soma", L=20, diam=20)
    left, right = (cell.add_section(f"dend[{k}]", L=100, diam=2, nseg=3, parent=soma(1)) for k in range(2))
    cell["soma"].insert("hh")
    cell["dend"].insert("pas", g=1e-4, e=-65)
    cell.place(rb.IClamp(1, 2, 0.3), left(0.5), name="ic")
    return cell, soma, left, right


def test_a_way_leads_through_the_tree_in_order() -> None:
    cell, _, left, right = forked()
    found = rb.space_plot(cell, left(1), right(0.5), tstop=2)
    assert [repr(place) for place in found.places] == [
        "dend[0](0.8333333333333334)",
        "dend[0](0.5)",
        "dend[0](0.16666666666666666)",
        "dend[1](0.16666666666666666)",
        "dend[1](0.5)",
    ]
    assert (np.diff(found.distance) > 0).all()
    results = rb.run(cell, tstop=2, record=[place.v for place in found.places])
    np.testing.assert_allclose(found.values, results.at(found.t).values.T, atol=1e-9)
    np.testing.assert_allclose(found.profile(1.513), results.at(1.513).values[:, 0], atol=0.02)
    assert found.to_dataframe().shape == found.values.shape
    assert len(found.figure().frames) == len(found.t[:100]) == 81
    assert len(found.image().data) == 1
    with pytest.raises(ValueError, match="within the run, from 0 to 2 ms"):
        found.profile(3)


@pytest.mark.parametrize("method", ["implicit_euler", "adaptive"])
def test_over_the_shape_a_variable_is_where_its_mechanism_is(method: str) -> None:
    cell, soma, *_ = forked()
    times = [0.5, 1.7, 2.013]
    simulation = rb.Simulation(cell, tstop=3, method=method, atol=1e-3)
    found = rb.shape_plot(simulation, "hh.m", times=times)
    assert found.values.shape == (3, 7)
    assert np.isnan(found.values[:, 1:]).all()
    expected = rb.run(cell, tstop=3, method=method, record=soma(0.5)["hh.m"]).at(times)
    np.testing.assert_allclose(found.values[:, 0], expected.values[0], atol=1e-9)
    assert found.unit == ""
    assert next(iter(found.to_dataframe().columns)) == "soma(0.5)"
    figure = found.figure()
    assert len(figure.frames) == 3
    assert len(figure.data[1].x) == 3 * 6


def test_a_steady_change_in_a_sealed_cable_falls_as_a_hyperbolic_cosine() -> None:
    # Rall 1959, Exp Neurol 1:491.
    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=1000, diam=2, nseg=101)
    cell["cable"].insert("pas", g=2e-4, e=-65)
    cell.Ra = 100
    cell.place(rb.IClamp(0, 1e3, 0.05), cable(0))
    found = rb.attenuation(cell, cable(0), cable(1), measure="steady", tstop=100, dt=0.1)
    constant = 1e4 * np.sqrt(2e-4 / 4 / (2e-4 * 100))
    x = found.distance
    expected = np.cosh((1000 - x) / constant) / np.cosh((1000 - x[0]) / constant)
    np.testing.assert_allclose(found.ratios, expected, rtol=2e-4)
    np.testing.assert_allclose(found.logarithms, -np.log(expected), atol=2e-4)
    assert np.isnan(found.velocity)
    assert found.to_dataframe()["ratio"].iloc[0] == 1


def test_the_spike_travels_as_fast_as_in_the_squid() -> None:
    # 18.8 m/s by computation at 18.5 degC in an axon of 476 um (Hodgkin and Huxley 1952, J Physiol 117:500).
    cell = rb.Cell("squid")
    axon = cell.add_section("axon", L=60_000, diam=476, nseg=201)
    cell["axon"].insert("hh")
    cell.place(rb.IClamp(0, 0.2, 2e4), axon(0))
    found = rb.attenuation(cell, axon(0.3), axon(0.8), tstop=5, dt=0.01, celsius=18.5, method="crank_nicolson")
    assert found.velocity == pytest.approx(18.8, rel=0.02)
    np.testing.assert_allclose(found.ratios, 1, atol=5e-3)
    assert len(found.figure().data) == 3


def test_what_cannot_be_is_refused() -> None:
    cell, soma, left, _ = forked()
    with pytest.raises(KeyError, match="there is no variable"):
        rb.space_plot(cell, soma(0.5), left(1), "hh.w", tstop=1)
    with pytest.raises(KeyError, match="section"):
        rb.space_plot(cell, soma(0.5), rb.Location("axon", 1))
    with pytest.raises(ValueError, match="from 0 to 1 ms"):
        rb.shape_plot(cell, times=[2], tstop=1)
    with pytest.raises(TypeError, match="neither a cell nor a simulation"):
        rb.shape_plot("cell")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="in this order within 0 to 2 ms"):
        rb.attenuation(cell, soma(0.5), left(1), after=3, tstop=2)
    still, part = bag()
    with pytest.raises(ValueError, match="place a stimulus"):
        rb.attenuation(still, part(0), part(1), tstop=1)
