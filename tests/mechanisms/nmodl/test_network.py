"""NET_RECEIVE against live NEURON from the same text: weights, self-events, WATCH, FOR_NETCONS, random numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms.mechanism import Mechanism
from tests.fresh_process import in_fresh_process
from tests.mechanisms.nmodl.clamp import compiled_by_neuron

# Weights that each connection keeps, set by INITIAL and by the events themselves; a pulse ended by a self-event.
PLASTIC = """
NEURON { POINT_PROCESS n_plastic NONSPECIFIC_CURRENT i RANGE tau, rec, e, g, open }
PARAMETER { tau = 2 (ms) rec = 30 (ms) e = 0 (mV) }
ASSIGNED { v (mV) i (nA) open }
STATE { g (uS) }
INITIAL { g = 0 open = 0 }
BREAKPOINT { SOLVE states METHOD cnexp i = (g + 1e-4*open)*(v - e) }
DERIVATIVE states { g' = -g/tau }
NET_RECEIVE (w (uS), left, last (ms)) {
  INITIAL { left = 1 last = t }
  if (flag == 0) {
    left = 1 - (1 - left)*exp(-(t - last)/rec)
    g = g + w*left
    left = left*0.6
    last = t
    open = open + 1
    net_send(1.5, 7)
  }
  if (flag == 7) { open = open - 1 }
}
"""

# A condition on the voltage, watched from the start; what it finds is seen by all connections.
WATCHER = """
NEURON { POINT_PROCESS n_watch NONSPECIFIC_CURRENT i RANGE limit, ups, total, g }
PARAMETER { limit = -55 (mV) }
ASSIGNED { v (mV) i (nA) ups total g (uS) }
INITIAL { ups = 0 total = 0 g = 0 net_send(0, 1) }
BREAKPOINT { i = g*v }
NET_RECEIVE (w (uS), seen) {
  INITIAL { seen = 0 }
  if (flag == 1) { WATCH (v > limit) 2 WATCH (v < limit - 5) 3 }
  else if (flag == 2) { ups = ups + 1 FOR_NETCONS (w, seen) { seen = seen + w } }
  else if (flag == 3) { ups = ups + 0.01 }
  else { total = total + seen + 1 g = g + w }
}
"""

TEXTS = {"n_plastic": PLASTIC, "n_watch": WATCHER}
RECORDED = {"n_plastic": ["g", "open"], "n_watch": ["ups", "total", "g"]}
TIMES = [5.0, 7.0, 7.3, 20.0]
WEIGHTS = (0.001, 0.002)
TSTOP = 40.0


def in_neuron(library: Path, name: str, record: list[str]) -> list[list[float]]:
    from neuron import h

    h.load_file("stdrun.hoc")
    h.nrn_load_dll(str(library))
    section = h.Section()
    section.L = section.diam = 20
    section.insert("pas")
    section(0.5).pas.e = -65
    process = getattr(h, name)(section(0.5))
    clamp = h.IClamp(section(0.5))
    clamp.delay, clamp.dur, clamp.amp = 10, 8, 0.4
    kept = []
    for k, weight in enumerate(WEIGHTS):
        stim = h.NetStim()
        stim.number, stim.start, stim.interval, stim.noise = 4, TIMES[0] + k, 3.7, 0
        connection = h.NetCon(stim, process)
        connection.weight[0], connection.delay = weight, 1 + k
        kept += [stim, connection]
    vectors = [h.Vector().record(getattr(process, f"_ref_{key}")) for key in record]
    vectors.append(h.Vector().record(section(0.5)._ref_v))
    h.dt, h.steps_per_ms = 0.025, 40
    h.finitialize(-65)
    h.continuerun(TSTOP)
    return [list(x) for x in vectors]


def built(mechanism: type[Mechanism]) -> tuple[rb.Cell, Any, Any]:
    cell = rb.Cell("one")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", e=-65)
    process = cell.place(mechanism(), soma(0.5), name="subject")  # type: ignore[arg-type]
    cell.place(rb.IClamp(delay=10, dur=8, amp=0.4), soma(0.5))
    for k, weight in enumerate(WEIGHTS):
        stim = cell.place(rb.NetStim(number=4, start=TIMES[0] + k, interval=3.7, noise=0))
        rb.connect(stim, process, weight=weight, delay=1 + k)
    return cell, process, soma


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("neuron")
    return compiled_by_neuron(TEXTS, tmp_path_factory.mktemp("network"))


@pytest.mark.neuron
@pytest.mark.parametrize("name", TEXTS)
def test_events_do_what_they_do_in_neuron(name: str, library: Path) -> None:
    record = RECORDED[name]
    theirs = np.array(in_fresh_process(in_neuron, library, name, record))
    cell, process, soma = built(rb.load_mod(text=TEXTS[name], name=name))
    results = rb.run(cell, tstop=TSTOP, record=[*(process[key] for key in record), soma(0.5).v])
    ours = results.values
    assert np.abs(theirs[:-1]).max() > 0
    np.testing.assert_allclose(ours[:-1], theirs[:-1], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours[-1], theirs[-1], atol=1e-5)


def test_random_numbers_are_counted_and_seeded() -> None:
    text = """
    NEURON { POINT_PROCESS n_noise NONSPECIFIC_CURRENT i RANGE x, s RANDOM r }
    ASSIGNED { v i x }
    STATE { s }
    INITIAL { x = random_normal(r) s = exprand(2) }
    BREAKPOINT { SOLVE draw i = 0 }
    PROCEDURE draw() { x = random_normal(r) s = scop_random() }
    """
    noise: Any = rb.load_mod(text=text, name="noise")
    assert noise.random
    assert noise.parameter("seed").scope == "global"
    traces = []
    for seed in (0, 0, 1):
        cell = rb.Cell("noisy")
        soma = cell.add_section("soma", L=20, diam=20)
        process = cell.place(noise(seed=seed), soma(0.5))
        traces.append(rb.run(cell, tstop=10, record=[process["s"]]).values[0, 1:])
    np.testing.assert_array_equal(traces[0], traces[1])
    assert not np.allclose(traces[0], traces[2])
    assert len(np.unique(traces[0])) == len(traces[0])
    assert 0.45 < traces[0].mean() < 0.55
