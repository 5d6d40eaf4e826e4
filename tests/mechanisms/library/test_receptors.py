"""Receptors opened by pulses of transmitter, against the solution of their equations piece by piece."""

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rheobase as rb

BINDING = {rb.AMPA: (1.1, 0.19), rb.NMDA: (0.072, 0.0066), rb.GABAa: (5.0, 0.18), rb.GABAb: (0.09, 0.0012)}


def bound(times: NDArray[Any], pulses: list[tuple[float, float]], alpha: float, beta: float) -> NDArray[Any]:
    """`r' = alpha c (1 - r) - beta r`, with 1 mM during each pulse, from one edge to the next."""
    r, out = 0.0, np.zeros_like(times)
    edges = [0.0, *itertools.chain(*pulses), times[-1] + 1]
    for k, (start, end) in enumerate(itertools.pairwise(edges)):
        rate = alpha * (k % 2) + beta
        steady = alpha * (k % 2) / rate
        here = (times >= start - 1e-9) & (times < end - 1e-9)
        out[here] = steady + (r - steady) * np.exp(-rate * (times[here] - start))
        r = steady + (r - steady) * np.exp(-rate * (end - start))
    return out


def held(synapse: Any, *connections: tuple[rb.NetStim, float], v: float = -65, tstop: float = 30) -> Any:
    """What a synapse under a clamp tells: its `g` and current, and the times."""
    cell = rb.Cell("held")
    soma = cell.add_section("soma", L=10, diam=10)
    cell.place(rb.SEClamp(dur1=1e6, amp1=v, rs=1e-6), soma(0.5))
    placed = cell.place(synapse, soma(0.5), name="syn")
    for stimulus, weight in connections:
        rb.connect(cell.place(stimulus), placed, weight=weight, delay=1)
    results = rb.run(cell, tstop=tstop, v_init=v, record=[placed["g"], placed.i])
    return results.t, results[placed["g"]], results[placed.i]


@pytest.mark.parametrize("receptor", [rb.AMPA, rb.GABAa])
def test_pulses_bind_receptors_one_after_another(receptor: Any) -> None:
    t, g, i = held(receptor(), (rb.NetStim(start=2, interval=5, number=3), 0.002))
    expected = 0.002 * bound(t, [(3, 4), (8, 9), (13, 14)], *BINDING[receptor])
    np.testing.assert_allclose(g, expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(i, expected * (-65 - receptor().e), rtol=1e-6, atol=1e-12)


def test_an_event_during_a_pulse_prolongs_it() -> None:
    t, g, _ = held(rb.AMPA(), (rb.NetStim(start=2, interval=0.5, number=4), 0.001))
    np.testing.assert_allclose(g, 0.001 * bound(t, [(3, 5.5)], *BINDING[rb.AMPA]), rtol=1e-9, atol=1e-15)


def test_connections_have_receptors_of_their_own() -> None:
    first, second = rb.NetStim(start=2, interval=4, number=3), rb.NetStim(start=2.5, interval=3, number=2)
    t, g, _ = held(rb.AMPA(), (first, 0.001), (second, 0.003))
    trains = [(3.0, 4.0), (7.0, 8.0), (11.0, 12.0)], [(3.5, 4.5), (6.5, 7.5)]
    alone = [bound(t, pulses, *BINDING[rb.AMPA]) for pulses in trains]
    np.testing.assert_allclose(g, 0.001 * alone[0] + 0.003 * alone[1], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("v", [-80.0, -40.0, 0.0, 40.0])
def test_magnesium_blocks_nmda_receptors_below_zero(v: float) -> None:
    stimulus = rb.NetStim(start=2, number=1)
    t, g, _ = held(rb.NMDA(mg=1.5), (stimulus, 0.001), v=v)
    block = 1 / (1 + 1.5 * np.exp(-0.062 * v) / 3.57)
    np.testing.assert_allclose(g, 0.001 * block * bound(t, [(3, 4)], *BINDING[rb.NMDA]), rtol=1e-5, atol=1e-12)


def test_gaba_b_opens_through_a_g_protein() -> None:
    from scipy.integrate import solve_ivp

    t, g, _ = held(rb.GABAb(gmax=0.002, cmax=2), (rb.NetStim(start=2, interval=3, number=8), 1.0), tstop=300)
    pulses = [(3 + 3 * k, 4 + 3 * k) for k in range(8)]

    def rate(time: float, y: Any) -> list[float]:
        c = 2.0 * any(start <= time < end for start, end in pulses)
        return [0.09 * c * (1 - y[0]) - 0.0012 * y[0], 0.18 * y[0] - 0.034 * y[1]]

    s = solve_ivp(rate, (0, 300), [0, 0], t_eval=t, max_step=0.1, rtol=1e-8, atol=1e-12).y[1]
    expected = 0.002 * s**4 / (s**4 + 100)
    assert expected.max() > 1e-4
    np.testing.assert_allclose(g, expected, atol=2e-3 * expected.max())  # first order in dt


def test_a_receptor_is_at_rest_without_events() -> None:
    _, g, i = held(rb.AMPA(), tstop=2)
    assert not g.any()
    assert not i.any()
