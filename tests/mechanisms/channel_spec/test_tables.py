"""Rates, currents and clamp responses of a channel as tables and arrays."""

import time
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import Clock
from tests.mechanisms.channel_spec.channels import sodium, three_states

V = np.linspace(-100, 50, 151)


def test_rates_are_those_of_hh() -> None:
    found = sodium().rates(V, 16.3)
    theirs = rb.ChannelSpec.from_mechanism("hh", ion="na").rates(V, 16.3)
    assert list(found.columns) == ["minf", "mtau", "malpha", "mbeta", "hinf", "htau", "halpha", "hbeta"]
    np.testing.assert_allclose(found, theirs, rtol=1e-7)
    np.testing.assert_allclose(found.malpha / (found.malpha + found.mbeta), found.minf, rtol=1e-12)
    np.testing.assert_allclose(found.mtau.loc[-65.0], 1 / (3 * (found.malpha + found.mbeta).loc[-65.0] / 3), rtol=1e-12)


def test_a_scheme_tells_the_share_of_each_state() -> None:
    found = three_states().rates(V, 20.0)
    np.testing.assert_allclose(found.Cinf + found.Oinf + found.Iinf, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.sinf, found.Oinf)
    np.testing.assert_allclose(found.C_Oalpha.loc[-30.0], 0.5)


def test_the_steady_current_is_conductance_times_driving_force() -> None:
    found = three_states().iv(V, 20.0, ena=60.0)
    np.testing.assert_allclose(found.ina, 0.02 * found.open * (V - 60.0), rtol=1e-12)
    with pytest.raises(KeyError, match="knows no 'ek'"):
        three_states().iv(V, ek=-90)


def test_a_clamp_is_followed_as_small_steps_follow_it() -> None:
    spec = three_states()
    found = spec.clamp([-40.0, 0.0], holding=-90, before=1, duration=4, celsius=20.0, samples=200)
    p = SimpleNamespace(**spec.channel.numbers, celsius=jnp.asarray(20.0))
    ions = SimpleNamespace(na=SimpleNamespace(reversal=50.0))
    clock = Clock(jnp.asarray(0.0), jnp.asarray(1e-3))
    states = dict(spec.mechanism.initial(jnp.full(2, -90.0), p, ions, clock))
    for _ in range(500):
        states = dict(spec.mechanism.advance(jnp.array([-40.0, 0.0]), SimpleNamespace(**states), p, ions, clock))
    at = int(np.argmin(np.abs(found.t - 1.5)))
    np.testing.assert_allclose(found.open[:, at], states["O"], rtol=2e-3)
    np.testing.assert_allclose(found.current, 0.02 * found.open * (found.v - 50), rtol=1e-12)


def test_a_slider_is_followed_at_once() -> None:
    spec = sodium()
    spec.clamp(np.arange(-80, 60, 10.0))
    best = np.inf
    for k in range(5):
        spec.set("m_alpha_d", -40 - k)
        start = time.perf_counter()
        spec.rates(V)
        spec.iv(V)
        spec.clamp(np.arange(-80, 60, 10.0))
        best = min(best, time.perf_counter() - start)
    assert best < 0.2
