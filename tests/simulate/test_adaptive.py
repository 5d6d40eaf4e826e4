"""Variable steps: their errors, their events, and what they say when they cannot go on."""

import json
from typing import Any

import jax
import numpy as np
import pytest

import rheobase as rb
from rheobase.model.protocol_data import protocol_data, protocol_of
from rheobase.simulate import SimulationError


def crossings(results: rb.Results, trace: rb.Recordable, threshold: float = 0.0) -> Any:
    """When a trace rises through a threshold, ms."""
    dense = np.arange(results.t[0], results.t[-1], 1e-3)
    v = results.at(dense)[trace]
    up = np.flatnonzero((v[:-1] <= threshold) & (v[1:] > threshold))
    return dense[up] + (threshold - v[up]) / (v[up + 1] - v[up]) * 1e-3


def firing_soma() -> tuple[rb.Cell, Any]:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    cell.place(rb.IClamp(delay=5, dur=80, amp=0.2), soma(0.5))
    return cell, soma(0.5)


def test_spike_times_of_hh_are_exact_to_a_microsecond() -> None:
    cell, site = firing_soma()
    exact, found = (
        crossings(rb.run(cell, tstop=100, method="adaptive", atol=atol, record=[site.v]), site.v)
        for atol in (1e-9, 1e-4)
    )
    assert len(exact) == 7
    assert np.abs(found - exact).max() < 1e-3


def calcium_pool() -> tuple[rb.Cell, Any]:
    """Calcium that turns over in some microseconds, so that it is stiff."""
    cell = rb.Cell("pool")
    soma = cell.add_section("soma", L=20, diam=20)
    for name in ("hh", "cal_inoue", "ca_decay", "sk_kohler"):
        soma.insert(name)
    soma.set("ca_decay.depth", 0.01)
    cell.place(rb.IClamp(delay=1, dur=20, amp=0.3), soma(0.5))
    return cell, soma(0.5)


def passive_cable() -> tuple[rb.Cell, Any]:
    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=1000, diam=1, nseg=21)
    cable.insert("pas", e=-65)
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.05), cable(0))
    return cell, cable(0)


@pytest.mark.parametrize("model", [firing_soma, passive_cable, calcium_pool])
def test_the_error_falls_with_the_tolerance(model: Any) -> None:
    cell, site = model()
    times = np.linspace(0.5, 20, 400)
    exact = rb.run(cell, tstop=20, method="adaptive", atol=1e-9, record=[site.v]).at(times)[site.v]
    errors = []
    for atol in (1e-2, 1e-4, 1e-6):
        found = rb.run(cell, tstop=20, method="adaptive", atol=atol, record=[site.v]).at(times)[site.v]
        errors.append(np.abs(found - exact).mean())
    # Two decades of tolerance are worth more than one of error, and errors stay within reason of what was tolerated.
    assert errors[1] < errors[0] / 10
    assert errors[2] < errors[1] / 10
    assert errors[2] < 1e-3


def test_calcium_moves_as_with_small_fixed_steps() -> None:
    cell, site = calcium_pool()
    record = [site.v, site["cai"], site["ica"]]
    fixed = rb.run(cell, tstop=20, dt=1e-3, method="crank_nicolson", record=record)
    scale = {"cai": 1e-4}
    found = rb.run(cell, tstop=20, method="adaptive", atol=1e-5, atol_scale=scale, record=record).at(fixed.t)
    assert np.abs(found[site.v] - fixed[site.v]).max() < 0.5  # at an upstroke of 400 mV/ms
    # A formula for cai that takes its current from the start of the step is of first order.
    np.testing.assert_allclose(found[site["cai"]].max(), fixed[site["cai"]].max(), rtol=2e-2)


def test_a_node_without_membrane_is_algebraic() -> None:
    cell, site = passive_cable()
    fine = rb.run(cell, tstop=10, dt=1e-3, record=[site.v])
    found = rb.run(cell, tstop=10, method="adaptive", atol=1e-5, record=[site.v])
    assert np.abs(found.at(fine.t)[site.v] - fine[site.v])[1100:].max() < 0.05
    jump = np.searchsorted(found.t, 1.0, side="right")
    # The electrode sits on the node, whose voltage follows its current at once.
    assert found[site.v][jump] - found[site.v][jump - 1] > 0.5  # 0.05 nA through 10.7 megohm


def test_events_arrive_when_they_are_due() -> None:
    cell = rb.Cell("two")
    first = cell.add_section("first", L=20, diam=20)
    second = cell.add_section("second", L=20, diam=20, parent=first(1))
    second.set("Ra", 1e6)  # hardly connected
    for section in (first, second):
        section.insert("hh")
    cell.place(rb.IClamp(delay=2, dur=2, amp=0.5), first(0.5))
    synapse = cell.place(rb.ExpSyn(tau=2), second(0.5), name="synapse")
    rb.connect(first(0.5), synapse, threshold=-20.0, delay=0.3, weight=0.02)
    record = [first(0.5).v, second(0.5).v, synapse["g"]]
    found = rb.run(cell, tstop=15, method="adaptive", atol=1e-6, record=record)
    sent = crossings(found, first(0.5).v, -20.0)
    assert len(sent) == 1
    g = found[synapse["g"]]
    arrived = found.t[np.flatnonzero(g > 0)[0] - 1 :]
    assert abs(arrived[0] - (sent[0] + 0.3)) < 1e-4 or abs(arrived[1] - (sent[0] + 0.3)) < 1e-4
    fixed = rb.run(cell, tstop=15, dt=5e-4, method="crank_nicolson", record=record)
    np.testing.assert_allclose(crossings(found, second(0.5).v), crossings(fixed, second(0.5).v), atol=5e-3)


def test_statistics_count_what_was_done() -> None:
    cell, site = firing_soma()
    results = rb.run(cell, tstop=50, method="adaptive", record=[site.v])
    told = results.statistics
    assert told is not None
    assert told.steps == len(results.t) - 1 == len(told.order)
    assert told.newton_iterations >= told.steps
    np.testing.assert_allclose(told.step_size.sum(), 50)
    np.testing.assert_array_equal(told.t, results.t[1:])
    assert told.order.min() == 1
    assert 3 <= told.order.max() <= 5
    assert set(told.largest) == {"v", "hh.m", "hh.h", "hh.n"}
    assert 60 < told.largest["v"] < 80
    assert told.error["v"] <= 1e-3 * np.sqrt(4)
    # Steps end where the electrode jumps.
    assert 5.0 in results.t


STEPWISE = """NEURON { SUFFIX stepwise NONSPECIFIC_CURRENT i RANGE g }
PARAMETER { g = 1e-5 (S/cm2) }
ASSIGNED { v (mV) i (mA/cm2) m }
INITIAL { m = 0 }
BREAKPOINT {
    SOLVE states
    i = g * m * (v + 65)
}
PROCEDURE states() { m = m + 0.1 * (1 - m) }
"""


def test_what_has_no_rates_is_refused_with_the_reason() -> None:
    cell, site = firing_soma()
    cell["soma"].insert(rb.load_mod(text=STEPWISE, name="stepwise"))
    rb.run(cell, tstop=1, record=[site.v])
    with pytest.raises(ValueError, match=r"stepwise cannot run under 'adaptive': .*use .*'implicit_euler'"):
        rb.run(cell, tstop=1, method="adaptive", record=[site.v])


BROKEN = """NEURON { SUFFIX broken NONSPECIFIC_CURRENT i RANGE g }
PARAMETER { g = 1e-6 (S/cm2) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g * sqrt(-50 - v) }
"""


def test_where_a_run_cannot_go_on_is_named() -> None:
    cell, site = firing_soma()
    cell["soma"].insert(rb.load_mod(text=BROKEN, name="broken"))
    with pytest.raises(SimulationError, match=r"fell below .* at t = .*soma\(0.5\) moves fastest") as caught:
        rb.run(cell, tstop=20, method="adaptive", record=[site.v])
    assert 5 < caught.value.t < 10


def test_a_run_is_differentiated_on_the_steps_it_took() -> None:
    cell, site = firing_soma()
    sim = rb.Simulation(cell, tstop=12, method="adaptive", atol=1e-5, record=[site.v])
    f, params = sim.function()
    results = sim.run()
    np.testing.assert_allclose(f(params)[0], results[site.v], atol=1e-6)

    def along(gnabar: Any) -> Any:
        return f({**params, "soma.hh.gnabar": gnabar})[0]

    forward = jax.jvp(along, (0.12,), (1.0,))[1]
    backward = jax.grad(lambda gnabar: along(gnabar)[-1])(0.12)
    step = 0.12e-5
    difference = (along(0.12 + step) - along(0.12 - step)) / (2 * step)
    assert np.abs(forward - difference).max() < 1e-5 * np.abs(difference).max()
    np.testing.assert_allclose(backward, forward[-1], rtol=1e-8)


def test_a_run_with_events_is_not_differentiated() -> None:
    cell, site = firing_soma()
    synapse = cell.place(rb.ExpSyn(), site, name="synapse")
    rb.connect(site, synapse, threshold=0.0, weight=0.001)
    sim = rb.Simulation(cell, tstop=12, method="adaptive", record=[site.v])
    with pytest.raises(ValueError, match="cannot be differentiated where events travel"):
        sim.function()


def test_no_step_is_longer_than_asked() -> None:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("hh")
    protocol = rb.Protocol(tstop=50, method="adaptive", max_step="2 ms", record=soma(0.5).v)
    free = rb.run(cell, protocol.replace(max_step=None))
    bound = rb.run(cell, protocol)
    assert np.diff(free.t).max() > 4
    assert np.diff(bound.t).max() <= 2 * (1 + 1e-6)
    assert protocol_of(json.loads(json.dumps(protocol_data(protocol)))) == protocol
    with pytest.raises(ValueError, match=r"max_step = 0 ms: must be greater than 0"):
        protocol.replace(max_step=0)
