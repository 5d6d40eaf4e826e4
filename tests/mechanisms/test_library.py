"""The built-in mechanisms against their equations, written out a second time."""

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import Clock
from rheobase.mechanisms import mechanism

HH: Any = mechanism("hh")
V = np.concatenate([np.linspace(-120, 60, 181), [-40 + 1e-7, -40 - 1e-7, -55 + 1e-7]])  # with both singularities
IONS = SimpleNamespace(na=SimpleNamespace(reversal=50.0), k=SimpleNamespace(reversal=-77.0))


def rates(v: Any) -> dict[str, tuple[Any, Any]]:
    """Hodgkin and Huxley's rates as published, about a rest of -65 mV; the limit where a quotient has none."""
    with np.errstate(invalid="ignore"):
        am = np.where(v == -40, 1.0, 0.1 * (v + 40) / -np.expm1(-(v + 40) / 10))
        an = np.where(v == -55, 0.1, 0.01 * (v + 55) / -np.expm1(-(v + 55) / 10))
    return {
        "m": (am, 4 * np.exp(-(v + 65) / 18)),
        "h": (0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))),
        "n": (an, 0.125 * np.exp(-(v + 65) / 80)),
    }


def clock(t: float = 0.0, dt: float = 0.025) -> Clock:
    return Clock(jnp.asarray(t), jnp.asarray(dt))


def told(process: Any, t: float, v: float = -65.0) -> float:
    values = SimpleNamespace(**process.values())
    return float(process.currents(jnp.asarray(v), SimpleNamespace(), values, IONS, clock(t))["i"])


def test_hh_starts_at_its_steady_states() -> None:
    found = HH.initial(jnp.asarray(V), SimpleNamespace(), IONS, clock())
    for gate, (alpha, beta) in rates(V).items():
        np.testing.assert_allclose(found[gate], alpha / (alpha + beta), rtol=1e-7, err_msg=gate)


@pytest.mark.parametrize("celsius", [6.3, 16.3, 37.0])
def test_a_step_of_hh_under_a_clamp_is_the_exact_exponential(celsius: float) -> None:
    p = SimpleNamespace(**HH.prepare(SimpleNamespace(), jnp.asarray(celsius)))
    start = SimpleNamespace(m=jnp.full_like(V, 0.3), h=jnp.full_like(V, 0.6), n=jnp.full_like(V, 0.1))
    stepped = HH.advance(jnp.asarray(V), start, p, IONS, clock(dt=0.1))
    q10 = 3 ** ((celsius - 6.3) / 10)
    for gate, (alpha, beta) in rates(V).items():
        steady, rate = alpha / (alpha + beta), q10 * (alpha + beta)
        exact = steady + (getattr(start, gate) - steady) * np.exp(-0.1 * rate)
        np.testing.assert_allclose(stepped[gate], exact, rtol=1e-7, err_msg=gate)


def test_currents_of_hh_are_conductance_times_driving_force() -> None:
    p = SimpleNamespace(gnabar=0.12, gkbar=0.036, gl=3e-4, el=-54.3)
    s = SimpleNamespace(m=jnp.asarray(0.2), h=jnp.asarray(0.5), n=jnp.asarray(0.4))
    found = HH.currents(jnp.asarray(-30.0), s, p, IONS, clock())
    assert float(found["ina"]) == pytest.approx(0.12 * 0.2**3 * 0.5 * (-30 - 50))
    assert float(found["ik"]) == pytest.approx(0.036 * 0.4**4 * (-30 + 77))
    assert float(found["il"]) == pytest.approx(3e-4 * (-30 + 54.3))
    conductances = HH.observables(jnp.asarray(-30.0), s, p, IONS, clock())
    assert float(conductances["gna"]) == pytest.approx(0.12 * 0.2**3 * 0.5)
    assert float(conductances["gk"]) == pytest.approx(0.036 * 0.4**4)


@pytest.mark.parametrize("gate", ["m", "n"])
def test_rates_have_a_derivative_where_their_quotient_has_none(gate: str) -> None:
    v0 = {"m": -40.0, "n": -55.0}[gate]

    def steady(v: Any) -> Any:
        return HH.initial(v, SimpleNamespace(), IONS, clock())[gate]

    slope = float(jax.grad(steady)(v0))
    assert slope == pytest.approx(float(steady(v0 + 1e-3) - steady(v0 - 1e-3)) / 2e-3, rel=1e-6)


def test_a_current_step_lasts_from_its_delay_for_its_duration() -> None:
    step = rb.IClamp(delay=5, dur=2, amp=0.3)
    assert [told(step, t) for t in (4.999, 5.0, 6.999, 7.0)] == [0.0, 0.3, 0.3, 0.0]


def test_a_clamp_steps_through_its_levels_and_lets_go() -> None:
    clamp = rb.SEClamp(dur1=5, amp1=-65, dur2=2, amp2=0, dur3=1, amp3=-80, rs=2)
    assert [told(clamp, t, v=-60.0) for t in (0, 5, 7, 8)] == [-2.5, 30.0, -10.0, 0.0]


def test_an_alpha_synapse_peaks_at_tau_with_gmax() -> None:
    synapse = rb.AlphaSynapse(onset=10, tau=2, gmax=0.01, e=-5)
    assert told(synapse, 9.99) == 0
    assert told(synapse, 12, v=-65) == pytest.approx(0.01 * -60)
    assert told(synapse, 14, v=-65) == pytest.approx(0.01 * 2 * np.exp(-1) * -60)
    assert told(synapse, 30.1) == 0  # after ten time constants
