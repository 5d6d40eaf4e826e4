"""Variable steps against SUNDIALS' IDA on the same equations, and against live NEURON's CVODE on the same model."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray

import rheobase as rb
from rheobase.kernel import differential, unknowns_of
from rheobase.kernel.membrane import prepare
from rheobase.kernel.rates import rates
from rheobase.kernel.system import Clock
from rheobase.simulate.queues import begin_run
from tests.fresh_process import in_fresh_process
from tests.simulate.against_neuron import described, spike_times
from tests.simulate.neuron_oracle import run_in_neuron


def firing_soma() -> tuple[rb.Cell, Any, Sequence[float]]:
    """Hodgkin and Huxley's membrane under a step of current."""
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    cell.place(rb.IClamp(delay=2, dur=20, amp=0.3), soma(0.5))
    return cell, soma(0.5), (2, 22)


def passive_cable() -> tuple[rb.Cell, Any, Sequence[float]]:
    """A cable with its electrode on a node without membrane, so that algebra comes with the differential equations."""
    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=1000, diam=1, nseg=11)
    cable.insert("pas", e=-65)
    cell.place(rb.IClamp(delay=1, dur=9, amp=0.05), cable(0))
    return cell, cable(1), (1, 10)


def calcium_pool() -> tuple[rb.Cell, Any, Sequence[float]]:
    """Calcium that turns over a thousand times faster than a gate moves."""
    cell = rb.Cell("pool")
    soma = cell.add_section("soma", L=20, diam=20)
    for name in ("hh", "cal_inoue", "ca_decay", "sk_kohler"):
        soma.insert(name)
    soma.set("ca_decay.depth", 0.01)
    cell.place(rb.IClamp(delay=1, dur=20, amp=0.3), soma(0.5))
    return cell, soma(0.5), (1, 21)


def by_ida(simulation: rb.Simulation, site: Any, breaks: Sequence[float], times: NDArray[Any]) -> NDArray[Any]:
    """The voltage at a site by IDA, which forms its own Jacobian and knows nothing of the tree."""
    ida = pytest.importorskip("sksundae.ida")
    assembly = simulation.assembly
    program, dt = assembly.program, jnp.asarray(0.025)
    params = assembly.normalised({})
    system = assembly.system(params)
    state, _ = begin_run(program, system, simulation.recording.probes, assembly.voltages(params), dt)
    unknowns = unknowns_of(program, system, state)
    moving = np.asarray(differential(program, unknowns, system))
    nodes = assembly.grid.count
    # Padding is left out; what has no rate of its own beyond it is a node without membrane.
    kept = np.flatnonzero(moving | (np.arange(unknowns.size) < nodes))
    weight = np.where(kept < nodes, np.asarray(system.capacitance)[np.minimum(kept, nodes - 1)], 1.0)
    whole = unknowns.pack(state)

    @jax.jit
    def rate(t: Any, y: Any) -> Any:
        there = unknowns.unpack(whole.at[kept].set(y), state)
        return unknowns.pack_rates(rates(program, prepare(program, system), there, Clock(t, dt)))[kept]

    y, found = np.asarray(whole)[kept], []
    for start, stop in zip([0.0, *breaks], [*breaks, times[-1]], strict=True):
        if stop <= start:
            continue

        solver = ida.IDA(
            _residual(rate, weight, start, stop),
            rtol=1e-10,
            atol=1e-10,
            algebraic_idx=np.flatnonzero(~moving[kept]),
            calc_initcond="yp0",
            calc_init_dt=1e-6,
            max_num_steps=1_000_000,
        )
        at = np.unique([start, *times[(times > start) & (times <= stop)], stop])
        solution = solver.solve(at, y, np.zeros_like(y))
        assert solution.success, solution.message
        found.append(solution.y[np.isin(at, times) & (at > start)])
        y = solution.y[-1]
    return np.concatenate(found)[:, assembly.grid.node_at(site.section, site.x)]


def _residual(rate: Any, weight: NDArray[Any], start: float, stop: float) -> Any:
    """What IDA brings to zero between two jumps, each of which belongs to its own side."""

    def residual(t: float, y: Any, yp: Any, res: Any) -> None:
        res[:] = weight * yp - np.asarray(rate(min(max(t, start + 1e-9), stop - 1e-9), y))

    return residual


@pytest.mark.parametrize("model", [firing_soma, passive_cable, calcium_pool])
def test_ida_finds_the_same_solution(model: Any) -> None:
    cell, site, breaks = model()
    simulation = rb.Simulation(cell, tstop=25, method="adaptive", atol=1e-9, atol_scale={}, record=[site.v])
    times = np.arange(1, 251) * 0.1
    ours = simulation.run().at(times)[site.v]
    np.testing.assert_allclose(ours, by_ida(simulation, site, breaks, times), atol=2e-4)


@pytest.mark.neuron
@pytest.mark.parametrize("model", [firing_soma, passive_cable])
def test_cvode_finds_the_same_solution(model: Any) -> None:
    cell, site, _ = model()
    options = {"tstop": 25, "dt": 0.05}
    theirs = in_fresh_process(run_in_neuron, {**described(cell, [site.v], **options), "atol": 1e-8})["traces"][0]
    ours = rb.run(cell, tstop=25, method="adaptive", atol=1e-8, record=[site.v])
    t = np.arange(len(theirs)) * 0.05
    v = ours.at(t)[site.v]
    np.testing.assert_allclose(spike_times(v, 0.05), spike_times(np.array(theirs), 0.05), atol=1e-4)
    np.testing.assert_allclose(v, theirs, atol=0.01)
