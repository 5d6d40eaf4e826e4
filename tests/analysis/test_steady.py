"""Steady states and their eigenvalues, against dense algebra."""

from dataclasses import replace
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

import rheobase as rb
from rheobase.analysis.dynamics import operating_point
from rheobase.analysis.dynamics.operating_point import steady_point, with_numbers
from rheobase.analysis.dynamics.spectrum import leading_modes
from rheobase.mechanisms import Mechanism, Parameter, registry
from tests.analysis.cable_algebra import CELSIUS, algebra, tree_cell


@pytest.mark.parametrize("current", [0.0, 0.12])
def test_a_tree_rests_where_the_algebra_says(current: float) -> None:
    equations = algebra()
    rest = equations.rest(current=current)
    push = rb.Protocol(stimuli=[(rb.Location("soma", 0.5), rb.IClamp(dur=1e9, amp=current))])
    steady = rb.steady_state(tree_cell(), push, celsius=CELSIUS)
    for (section, x), node in equations.place.items():
        if x not in (0, 1):
            assert steady[rb.Location(section, x).v] == pytest.approx(rest[node], abs=1e-8)
    assert steady.residual < 1e-8
    exact = equations.eigenvalues(rest)
    np.testing.assert_allclose(steady.eigenvalues, exact[:10], rtol=1e-6, atol=1e-9)
    assert steady.stable
    assert steady[rb.Location("soma", 0.5)["cai"]] == pytest.approx(steady.states["ca.inside"][0])
    assert list(steady.to_dataframe().index)[:2] == ["soma(0.5)", "trunk(0.166667)"]
    assert len(steady.figure().data) == 2


@pytest.mark.parametrize(("density", "stable"), [(9.7, True), (9.85, False), (154.0, False), (155.0, True)])
def test_the_squid_axon_fires_between_two_currents(density: float, stable: bool) -> None:
    # Between 9.78 and 154.5 uA/cm2 its rest is unstable: Hassard 1978, J Theor Biol 71:401.
    cell = rb.Cell("axon")
    patch = cell.add_section("patch", L=100, diam=100 / np.pi)
    patch.insert("hh", el=-54.401)
    push = rb.Protocol(stimuli=[(patch(0.5), rb.IClamp(dur=1e9, amp=density * 0.1))])
    steady = rb.steady_state(cell, push)
    assert steady.growing == (0 if stable else 2)
    assert np.sum(steady.eigenvalues.real > 0) == steady.growing
    if not stable:
        with pytest.warns(rb.UnsteadyWarning, match="unstable: 2 of its modes grow"):
            rb.impedance(cell, patch(0.5), [50], push)


def test_arnoldi_finds_the_modes_of_a_large_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    point = rb.steady_state(tree_cell(), celsius=CELSIUS, eigenvalues=0).point
    whole = leading_modes(point, 8).values
    monkeypatch.setattr("rheobase.analysis.dynamics.spectrum._DENSE", 0)
    np.testing.assert_allclose(leading_modes(point, 8).values, whole, rtol=1e-6)


def test_from_far_away_it_finds_the_same_state() -> None:
    cell = tree_cell()
    near = rb.steady_state(cell, celsius=CELSIUS, eigenvalues=0)
    for v_init in (-110, -30, 20):
        np.testing.assert_allclose(
            rb.steady_state(cell, celsius=CELSIUS, v_init=v_init, eigenvalues=0).v, near.v, atol=1e-8
        )


class Rising(Mechanism):
    """A state that rises for ever."""

    name = "rising"
    parameters = (Parameter("rate", 0.01, "1/ms"),)
    states = ("x",)

    @staticmethod
    def initial(v: Array, p: object, ions: object, clock: object) -> dict[str, Array]:
        return {"x": 0.0 * v}

    @staticmethod
    def derivative(v: object, s: object, p: SimpleNamespace, ions: object, clock: object) -> dict[str, Array]:
        return {"x": p.rate}


class Stepping(Rising):
    """The same, known only by its step."""

    name = "stepping"
    continuous = False
    discrete = "it counts steps"


def test_what_moves_for_ever_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating_point, "_QUIET_STEPS", 20)
    for mechanism in (Rising, Stepping):
        monkeypatch.setitem(registry._written, mechanism.name, mechanism)
    cell = rb.Cell("c")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("pas", e=-65)
    soma.insert("rising")
    with pytest.raises(rb.NoSteadyState, match=r"rising\.x still moves at 0\.01 per ms at soma\(0\.5\)") as caught:
        rb.steady_state(cell)
    assert caught.value.place == "soma(0.5)"
    soma.insert("stepping")
    with pytest.raises(ValueError, match=r"stepping has no derivative \(it counts steps\)"):
        rb.steady_state(cell)


def test_what_is_no_number_is_named_at_its_place() -> None:
    cell = tree_cell()
    model = steady_point_model(cell)
    broken = model.system._replace(
        blocks=tuple(
            block._replace(scale=jnp.where(jnp.arange(len(block.scale)) == 0, jnp.nan, block.scale))
            for block in model.system.blocks
        )
    )
    with pytest.raises(rb.NoSteadyState, match="at no finite rate at"):
        steady_point(replace(model, system=broken))


def steady_point_model(cell: rb.Cell) -> operating_point.Compiled:
    model = operating_point.compile_model(cell, celsius=CELSIUS)
    return with_numbers(model.cell, model.assembly, {})
