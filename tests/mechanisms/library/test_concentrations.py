"""Concentrations that follow currents: amounts are kept, rest is kept, and steady states are those of the equations."""

from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import mechanism
from tests.mechanisms.library.clamped import clock, ions, prepared

FARADAY = 96485.33212


def there(ion: str, current: float, inside: float) -> Any:
    found = ions()
    setattr(found, ion, SimpleNamespace(current=jnp.full(2, current), inside=jnp.full(2, inside)))
    return found


def advanced(name: str, ion: str, current: float, inside: float, dt: float, **changes: float) -> float:
    p = prepared(name, 30.0, **changes)
    found = mechanism(name).advance(jnp.full(2, -65.0), SimpleNamespace(), p, there(ion, current, inside), clock(dt))
    return float(found[f"{ion}.inside"][0])


def test_a_current_fills_a_shell() -> None:
    # 1 uA/cm2 for 1 ms brings 1e-9 C, 1e-9 / 2F mol, into 1e-5 cm3 under each cm2 of a shell of 0.1 um.
    mM = 1e-9 / (2 * FARADAY) / 1e-5 * 1e6
    found = advanced("ca_decay", "ca", -1e-3, 1e-4, 1.0, tau=1e9, gamma=1, depth=0.1)
    assert found - 1e-4 == pytest.approx(mM, rel=1e-6)
    # Chloride, in a cylinder of 2 um: 2 cm2 of surface hold 1e-4 cm3. An outward current brings anions in.
    p = {"tau": 1e9, "rest": 5.0, "diam": 2.0}
    found = advanced("cl_decay", "cl", 1e-3, 5.0, 1.0, **p)
    assert found - 5 == pytest.approx(1e-9 / FARADAY / 0.5e-4 * 1e6, rel=1e-6)


def test_decay_is_exact_and_ends_where_influx_and_removal_meet() -> None:
    rise = 1e4 * 2e-4 / (2 * FARADAY * 0.1) * 0.05
    assert advanced("ca_decay", "ca", -2e-4, 3e-4, 1e6) == pytest.approx(1e-4 + 80 * rise, rel=1e-9)
    assert advanced("ca_decay", "ca", 0.0, 3e-4, 80 * np.log(2)) == pytest.approx(2e-4, rel=1e-12)


def test_a_pump_saturates_and_no_current_pumps_inwards() -> None:
    full = {"tau": 1e9, "kt": 1e-4, "kd": 1e-6}
    assert advanced("ca_pump", "ca", 0.0, 1e-2, 0.1, **full) == pytest.approx(1e-2 - 1e-5, rel=1e-6)
    assert advanced("ca_pump", "ca", 1.0, 1e-2, 0.1, **full) == advanced("ca_pump", "ca", 0.0, 1e-2, 0.1, **full)
    assert all(advanced("ca_pump", "ca", 0.0, ca, 100.0) >= 0 for ca in (0.0, 1e-9, 1e-4, 10.0))


SHELLS = mechanism("ca_shells")
VOLUMES = np.array([1 - (5 / 6) ** 2, (5 / 6) ** 2 - 0.5**2, 0.5**2 - (1 / 6) ** 2, (1 / 6) ** 2])


def filled(states: dict[str, Any], total: float) -> Any:
    """Calcium, free and bound, in mM of the whole cross-section."""
    inside = [states[f"ca[{k}]"] + total - states[f"free[{k}]"] for k in range(4)]
    return sum(part * volume for part, volume in zip(inside, VOLUMES, strict=True))


def shells(current: float, steps: int, dt: float, **changes: float) -> tuple[dict[str, Any], dict[str, Any], Any]:
    p = prepared("ca_shells", 30.0, diam=2.0, **changes)
    start = dict(SHELLS.initial(jnp.full(2, -65.0), p, ions(), clock()))
    start.pop("ca.inside")

    @jax.jit
    def one(s: dict[str, Any]) -> dict[str, Any]:
        found = dict(SHELLS.advance(jnp.full(2, -65.0), SimpleNamespace(**s), p, there("ca", current, 0.0), clock(dt)))
        assert found.pop("ca.inside") is found["ca[0]"]
        return found

    s = start
    for _ in range(steps):
        s = one(s)
    return start, s, p


def test_shells_keep_what_comes_in_and_even_it_out() -> None:
    start, s, p = shells(-1e-3, 40, 0.1, vmax=0)
    # 4 ms of 1 uA/cm2 into 1 / 2e4 cm of volume to surface.
    brought = 4e-9 / (2 * FARADAY) / 0.5e-4 * 1e6
    np.testing.assert_allclose(filled(s, p.total) - filled(start, p.total), brought, rtol=1e-8)
    levels = [float(s[f"ca[{k}]"][0]) for k in range(4)]
    assert levels == sorted(levels, reverse=True)
    _, s, _ = shells(0.0, 50, 1.0)
    assert all(float(s[f"ca[{k}]"][0]) == pytest.approx(5e-5, rel=1e-9) for k in range(4))


def test_buffer_binds_as_at_equilibrium() -> None:
    _, s, p = shells(-1e-4, 300, 1.0, vmax=2e-3)
    for k in range(4):
        ca, free = s[f"ca[{k}]"], s[f"free[{k}]"]
        np.testing.assert_allclose(free, p.total * p.kb / (p.kb + p.kf * ca), rtol=1e-4)
    # All that enters is pumped out in the end.
    ca = float(s["ca[0]"][0])
    pumped = p.vmax * (ca / (ca + p.km) - p.rest / (p.rest + p.km))
    assert pumped == pytest.approx(1e4 * 1e-4 / (2 * FARADAY), rel=1e-4)


@pytest.mark.parametrize("name", ["ca_decay", "ca_pump", "ca_shells"])
def test_calcium_rises_with_spikes_and_has_a_gradient(name: str) -> None:
    cell = rb.Cell(name)
    soma = cell.add_section("soma", L=20, diam=5)
    cell["soma"].insert("hh")
    cell["soma"].insert("cahva_reuveni", gbar=1e-3)
    cell["soma"].insert(name)
    cell.place(rb.IClamp(delay=2, dur=1, amp=0.2), soma(0.5))
    calcium = soma(0.5)["cai"]
    simulation = rb.Simulation(cell, tstop=10, record=[calcium])
    trace = simulation.run()[calcium]
    rest = next(p.default for p in mechanism(name).parameters if p.name == "rest")
    assert trace[0] == pytest.approx(rest)
    assert trace.max() > 1.5 * rest
    of, params = simulation.function()

    def last(g: Any) -> Any:
        return of({**params, "soma.cahva_reuveni.gbar": g})[0, -1]

    slope, ends = jax.grad(last)(1e-3), [float(last(g)) for g in (1e-3 + 1e-7, 1e-3 - 1e-7)]
    assert float(slope) == pytest.approx((ends[0] - ends[1]) / 2e-7, rel=1e-4)


def test_chloride_fills_a_dendrite_through_its_leak() -> None:
    cell = rb.Cell("dendrite")
    dend = cell.add_section("dend", L=50, diam=1)
    cell["dend"].insert("pas", g=1e-4, e=-60)
    cell["dend"].insert("cl_leak", g=1e-3)
    cell["dend"].insert("cl_decay")
    cell.set_ion("cl", inside=5, outside=130)
    cell.place(rb.IClamp(delay=0, dur=1e3, amp=0.05), dend(0.5))
    here = dend(0.5)
    results = rb.run(cell, tstop=200, dt=0.1, celsius=34, record=[here["cli"], here["ecl"]])
    assert results[here["cli"]][0] == 5
    assert results[here["cli"]][-1] > 6
    assert results[here["ecl"]][-1] > results[here["ecl"]][0]
