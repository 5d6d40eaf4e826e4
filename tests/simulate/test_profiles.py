"""Profiles and rules through the door: what the solver gets, gradients and batches of their coefficients."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb


def tufted() -> rb.Cell:
    """A soma and a trunk that forks, whose tuft is said by a rule and has channels by a profile."""
    cell = rb.Cell("tufted")
    soma = cell.add_section("soma", points=[(0, -10, 0, 20), (0, 10, 0, 20)])
    trunk = cell.add_section("apic[0]", points=[(0, 10, 0, 3), (0, 210, 0, 2)], nseg=3, parent=soma(1))
    cell.add_section("apic[1]", points=[(0, 210, 0, 1), (80, 300, 0, 1)], nseg=3, parent=trunk(1))
    cell.add_section("apic[2]", points=[(0, 210, 0, 1), (-60, 260, 20, 1)], nseg=2, parent=trunk(1))
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["soma"].insert("hh")
    cell.subset("tuft", rb.where(path_distance=(150, None), region="apic"))
    cell["tuft"].insert("hh")
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.4), soma(0.5), name="ic")
    return cell


SHAPES: list[tuple[str, Any]] = [
    ("path", rb.boltzmann("path_distance", base=0.01, amplitude=0.1, slope=-0.02, midpoint=250)),
    ("radial", rb.boltzmann("radial_distance", base=0.01, amplitude=0.1, slope=0.05, midpoint=260, origin=(0, 0, 0))),
    (
        "projection",
        rb.exponential(
            "projection", 0.01, 0.1, 0.4, direction=(1, 2, 0), offset="most_proximal", normalise="most_distal"
        ),
    ),
    ("tips", rb.along("path_distance", "a + b * p", a=0.02, b=0.08, offset="all_proximal", normalise="all_distal")),
    ("step", rb.step("path_distance", below=0.02, above=0.08, at=280)),
]


@pytest.mark.parametrize("profile", [profile for _, profile in SHAPES], ids=[name for name, _ in SHAPES])
def test_the_solver_gets_what_the_document_says(profile: Any) -> None:
    cell = tufted()
    record = [cell.soma(0.5).v, cell.section("apic[1]")(1).v]
    cell["tuft"].set("hh.gnabar", profile)
    by_profile = rb.run(cell, record=record, tstop=8).values
    values = cell.values("hh.gnabar")
    np.testing.assert_allclose(
        values[4:], profile.evaluate(profile.coefficients, profile.measured(cell, "tuft")), rtol=1e-12
    )
    cell["tuft"].set("hh.gnabar", values[4:])
    np.testing.assert_allclose(rb.run(cell, record=record, tstop=8).values, by_profile, atol=1e-9)


@pytest.mark.parametrize("profile", [profile for _, profile in SHAPES], ids=[name for name, _ in SHAPES])
def test_coefficients_have_gradients_and_make_batches(profile: Any) -> None:
    cell = tufted()
    cell["tuft"].set("hh.gnabar", profile)
    record = [cell.soma(0.5).v, cell.section("apic[1]")(1).v]
    sim = rb.Simulation(cell, record=record, tstop=6)
    f, params = sim.function()
    loss = jax.jit(lambda p: jnp.mean((f(p) + 60.0) ** 2))
    gradient = jax.grad(loss)(params)
    names = [f"tuft.hh.gnabar.{name}" for name in profile.coefficients]
    for name in names:
        h = 1e-5 * max(abs(float(params[name])), 1e-3)
        up, down = (float(loss({**params, name: params[name] + sign * h})) for sign in (1, -1))
        difference = (up - down) / (2 * h)
        assert float(gradient[name]) == pytest.approx(difference, rel=2e-4, abs=1e-7), name
    values = {name: float(params[name]) * np.array([1.0, 1.1]) for name in names}
    together = sim.batch(values)
    alone = f({**params, **{name: jnp.asarray(value[1]) for name, value in values.items()}})
    np.testing.assert_allclose(together[1], alone, atol=1e-9)


def test_no_derivative_of_a_boltzmann_is_lost_far_from_its_midpoint_or_on_it() -> None:
    profile = rb.boltzmann("path_distance", base=0, amplitude=1, slope=1, midpoint=0)
    p = np.array([-1e6, -30.0, 0.0, 30.0, 1e6])
    found = profile.evaluate(profile.coefficients, p)
    np.testing.assert_allclose(found[1:4], [np.exp(-30) / (1 + np.exp(-30)), 0.5, 1 / (1 + np.exp(-30))], rtol=1e-14)
    jacobian = jax.jacobian(lambda c: profile.evaluate(c, p, jnp))(profile.coefficients)
    assert all(np.isfinite(each).all() for each in jacobian.values())
    np.testing.assert_allclose(jacobian["midpoint"][2], -0.25)


def test_a_rule_that_fits_other_sections_changes_the_next_run() -> None:
    cell = tufted()
    cell["tuft"].set("hh.gnabar", SHAPES[0][1])
    record = [cell.section("apic[1]")(1).v]
    sim = rb.Simulation(cell, record=record, tstop=6)
    before = sim.run().values
    cell.subset("tuft", rb.where(name="apic[2]"))
    after = rb.Simulation(cell, record=record, tstop=6).run().values
    assert np.abs(after - before).max() > 1
    cell.undo()
    np.testing.assert_array_equal(rb.Simulation(cell, record=record, tstop=6).run().values, before)


def test_a_mechanism_whose_rule_fits_nothing_is_nowhere() -> None:
    cell = tufted()
    cell["tuft"].set("hh.gnabar", SHAPES[0][1])
    with pytest.warns(UserWarning, match="no section fits"):
        cell.subset("tuft", rb.where(path_distance=(5000, None)))
    cell["soma"].uninsert("hh")
    results = rb.run(cell, record=[cell.soma(0.5).v], tstop=2)
    assert np.isfinite(results.values).all()
    assert not [name for name in rb.Simulation(cell, tstop=2, record=[cell.soma(0.5).v]).function()[1] if "hh" in name]
