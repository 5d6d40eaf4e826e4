"""What holds for every channel of the library, whatever its paper."""

import re
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import rheobase as rb
from rheobase.mechanisms import mechanism, names
from tests.mechanisms.library.clamped import CHANNELS, advance, clock, initial, ions, prepared

# Where some quotient of the published rates is 0 / 0.
SINGULAR = [
    -154.9,
    -80,
    -75,
    -64.4,
    -55,
    -50,
    -48,
    -45,
    -40,
    -38,
    -35,
    -30,
    -27,
    -23,
    -17,
    -10,
    0,
    1.31,
    19.88,
    25,
    81.5,
]
V = np.unique(np.concatenate([np.linspace(-120, 80, 101), [v for v in SINGULAR if -120 <= v <= 80]]))
BUILT_IN = [name for name in names() if mechanism(name).__module__.startswith("rheobase.mechanisms.library.")]
VOLTAGES = st.lists(st.floats(-150, 120), min_size=8, max_size=8)


def test_families_of_the_field_are_there() -> None:
    families = {name.split("_")[0] for name in CHANNELS} | set(names("density"))
    assert {"na", "nap", "kdr", "ka1", "ka2", "km", "k2a", "k2b", "kir", "ahp", "sk", "bk"} <= families
    assert {"cat", "cats", "cahva", "cal", "can", "cap", "capq", "car", "hcn", "ican"} <= families
    assert {"na_leak", "k_leak", "cl_leak", "pas", "hh"} <= families


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("calcium", [0.0, 5e-5, 1e-3, 0.1])
def test_gates_start_between_closed_and_open(name: str, calcium: float) -> None:
    states = initial(name)(V, 30.0, calcium)
    assert set(states) == set(mechanism(name).states)
    for gate, x in states.items():
        assert np.all((x >= 0) & (x <= 1)), gate


@pytest.mark.parametrize("name", CHANNELS)
def test_slopes_of_the_current_after_a_step_are_finite(name: str) -> None:
    """By voltage, and by voltage and calcium once more, as a gradient through a run needs."""
    channel, p = mechanism(name), prepared(name, 30.0)

    def current(v: jax.Array, calcium: jax.Array) -> jax.Array:
        there = ions(calcium)
        s = SimpleNamespace(**channel.initial(v, p, there, clock()))
        s = SimpleNamespace(**channel.advance(v, s, p, there, clock(0.1)))
        return sum(channel.currents(v, s, p, there, clock()).values(), jnp.zeros_like(v))

    def slope(v: jax.Array, calcium: jax.Array) -> jax.Array:
        return jax.jvp(lambda v: current(v, calcium), (v,), (jnp.ones_like(v),))[1].sum()

    for calcium in (0.0, 1e-4):
        value, by = jax.value_and_grad(slope, (0, 1))(jnp.asarray(V), jnp.full_like(V, calcium))
        assert all(np.all(np.isfinite(x)) for x in (value, *by)), calcium


@pytest.mark.parametrize("name", CHANNELS)
def test_the_slope_of_a_steady_state_is_its_difference_at_singular_points(name: str) -> None:
    v = jnp.asarray(SINGULAR)
    found = jax.jvp(initial(name), (v,), (jnp.ones_like(v),))[1]
    for gate, slope in found.items():
        difference = (initial(name)(v + 1e-4)[gate] - initial(name)(v - 1e-4)[gate]) / 2e-4
        np.testing.assert_allclose(slope, difference, rtol=1e-5, atol=1e-9, err_msg=gate)


@pytest.mark.parametrize("name", CHANNELS)
def test_a_long_step_ends_in_the_steady_state(name: str) -> None:
    s = advance(name)(V, initial(name)(np.full_like(V, -70.0)), 500.0, 300)
    for gate, x in initial(name)(V).items():
        np.testing.assert_allclose(s[gate], x, rtol=1e-6, atol=1e-12, err_msg=gate)


@settings(max_examples=25)
@given(v=VOLTAGES, celsius=st.floats(0, 45), dt=st.floats(1e-3, 10), start=st.floats(0, 1))
@pytest.mark.parametrize("name", CHANNELS)
def test_gates_stay_between_closed_and_open(name: str, v: list[float], celsius: float, dt: float, start: float) -> None:
    if name == "hcn_destexhe":
        start /= 2  # its two open states share the channels
    s = advance(name)(np.array(v), dict.fromkeys(mechanism(name).states, np.full(8, start)), dt, 3, celsius)
    assert all(np.all((x >= -1e-12) & (x <= 1 + 1e-12)) for x in s.values())


@pytest.mark.parametrize("name", CHANNELS)
def test_current_flows_towards_the_reversal_potential_and_grows_with_the_conductance(name: str) -> None:
    p, there, channel = prepared(name, 30.0), ions(), mechanism(name)
    v = jnp.asarray([-100.0, -40.0, 30.0])
    s = SimpleNamespace(**dict.fromkeys(channel.states, jnp.full(3, 0.5)))
    (current,) = channel.currents(v, s, p, there, clock()).values()
    size = channel.parameters[0].name
    double = SimpleNamespace(**vars(p) | {size: 2 * getattr(p, size)})
    (doubled,) = channel.currents(v, s, double, there, clock()).values()
    np.testing.assert_allclose(doubled, 2 * current)
    (ion,) = channel.current_names.values()
    e = getattr(there, ion).reversal if ion else p.e
    assert list(np.sign(current)) == list(np.sign(v - e))


@pytest.mark.parametrize("name", BUILT_IN)
def test_numbers_have_units_limits_and_words(name: str) -> None:
    described = mechanism(name)
    assert (described.__doc__ or "").strip()
    for parameter in described.parameters:
        assert parameter.unit
        assert parameter.doc
        assert parameter.unit in ("mV", "ms", "nA") or parameter.minimum > -np.inf, parameter.name
        assert parameter.check(parameter.default) == parameter.default
    for observable in described.observable_names:
        assert described.unit(observable)


@pytest.mark.parametrize("name", names("density"))
def test_each_names_its_paper(name: str) -> None:
    if mechanism(name).__module__.startswith("rheobase.") and name != "pas":
        assert re.search(r"\b(19|20)\d\d\b", mechanism(name).source)


def test_all_run_in_a_cell() -> None:
    cell = rb.Cell("all")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", g=1e-4, e=-70)
    for name in CHANNELS:
        size = mechanism(name).parameters[0]
        cell["soma"].insert(name, **{size.name: size.default / 1000})
    cell.place(rb.IClamp(delay=1, dur=3, amp=0.1), soma(0.5))
    here = soma(0.5)
    told = [f"{name}.{variable}" for name in CHANNELS for variable in mechanism(name).recordables()]
    results = rb.run(cell, tstop=5, celsius=30, record=[here.v, *(here[variable] for variable in told)])
    assert np.ptp(results.values[0]) > 5
    for variable, trace in zip(told, results.values[1:], strict=True):
        assert np.all(np.isfinite(trace)), variable
        if "ca" not in variable and not variable.startswith(("ahp", "sk", "k2b", "hcn_destexhe.p1")):
            assert np.ptp(trace) > 0, variable
