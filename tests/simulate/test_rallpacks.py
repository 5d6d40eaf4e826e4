"""The three Rallpacks (Bhalla, Bilitch and Bower 1992, Trends Neurosci 15:453), by fixed and by variable steps.

The first two have exact solutions: a uniform cable, and a tree that is equivalent to one since its diameters keep to
the 3/2 power (Rall 1959). The third, an axon with Hodgkin and Huxley's channels, is held against NEURON's CVODE.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

import rheobase as rb
from tests.fresh_process import in_fresh_process
from tests.simulate.against_neuron import described, spike_times
from tests.simulate.neuron_oracle import run_in_neuron

AMP, TAU, TSTOP = 0.1, 40.0, 250.0  # nA, ms, ms
LEAK = 1 / 40000  # S/cm2


def cable(nseg: int) -> tuple[rb.Cell, rb.Location, rb.Location]:
    """A cable as long as its length constant, 1 mm, and its two ends."""
    cell = rb.Cell("cable")
    section = cell.add_section("cable", L=1000, diam=1, nseg=nseg)
    cell.Ra, cell.cm = 100, 1
    cell.place(rb.IClamp(dur=1e9, amp=AMP), section(0))
    return cell, section(0), section(1)


def tree() -> tuple[rb.Cell, rb.Location, rb.Location]:
    """Ten levels of branches, each 0.008 length constants long; its root and one of its 512 tips."""
    cell = rb.Cell("tree")
    cell.Ra, cell.cm = 100, 1
    level = [cell.add_section("b", L=32, diam=16)]
    root = level[0]
    for depth in range(1, 10):
        diam = 16 * 2 ** (-2 * depth / 3)
        level = [
            cell.add_section(f"{parent.name}{side}", L=32 * np.sqrt(diam / 16), diam=diam, parent=parent(1))
            for parent in level
            for side in "lr"
        ]
    cell.place(rb.IClamp(dur=1e9, amp=AMP), root(0))
    return cell, root(0), level[-1](1)


def cylinder(t: NDArray[np.float64], x: float, long: float, diam: float) -> NDArray[np.float64]:
    """The voltage of a sealed cylinder with a current into one end; `x` and `long` in length constants (Rall 1969)."""
    length_constant = 1e4 * np.sqrt(diam * 1e-4 / (4 * 100 * LEAK))  # um
    area = np.pi * diam * length_constant * long * 1e-8  # cm2
    n = np.arange(1, 4000)[:, None]
    rate = 1 + (n * np.pi / long) ** 2
    series = 1 - np.exp(-t / TAU) + 2 * np.sum(np.cos(n * np.pi * x / long) * -np.expm1(-rate * t / TAU) / rate, axis=0)
    return np.asarray(-65 + 1e-6 * AMP / (LEAK * area) * series)


@pytest.mark.parametrize(
    ("options", "within"),
    [({"method": "crank_nicolson", "dt": 0.05}, 1e-3), ({"method": "adaptive", "atol": 1e-3}, 1e-3)],
    ids=["crank_nicolson", "adaptive"],
)
@pytest.mark.parametrize(("make", "long", "diam"), [(cable, 1.0, 1.0), (tree, 0.08, 16.0)], ids=["cable", "tree"])
def test_passive_cables_charge_as_the_algebra_says(make, long, diam, options, within) -> None:  # type: ignore[no-untyped-def]
    cell, near, far = make(1000) if make is cable else make()
    cell["all"].insert("pas", g=LEAK, e=-65)
    run = rb.run(cell, tstop=TSTOP, record=[near.v, far.v], **options)
    t = np.arange(1, 251.0)
    for site, x in ((near, 0.0), (far, long)):
        exact = cylinder(t, x, long, diam)
        off = np.sqrt(np.mean((run.at(t)[site.v] - exact) ** 2)) / np.ptp(exact)
        assert off < within


@pytest.mark.neuron
def test_an_axon_fires_as_in_neuron() -> None:
    cell, near, far = cable(1000)
    cell["all"].insert("hh", gnabar=0.12, gkbar=0.036, gl=LEAK, el=-65)
    record = [near.v, far.v]
    options = {"tstop": TSTOP, "dt": 0.05}
    model = {**described(cell, record, **options), "atol": 1e-6}
    theirs = np.array(in_fresh_process(run_in_neuron, model)["traces"])
    ours = rb.run(cell, record=record, tstop=TSTOP, method="adaptive", atol=1e-4)
    for found, expected in zip(ours.at(np.arange(theirs.shape[1]) * 0.05).values, theirs, strict=True):
        spikes = spike_times(expected, 0.05)
        assert len(spikes) > 10
        np.testing.assert_allclose(spike_times(found, 0.05), spikes, atol=0.01)
