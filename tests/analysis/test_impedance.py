"""Impedance against independent complex algebra, runs, and what is known of cables."""

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

import rheobase as rb
from rheobase.analysis import ImpedanceAnalyser, UnsteadyWarning
from rheobase.kernel import Clock
from rheobase.mechanisms import Parameter, PointProcess, registry
from tests.analysis.cable_algebra import CELSIUS, Algebra, algebra, tree_cell

FREQUENCIES = np.array([0.0, 0.5, 4.0, 11.0, 60.0, 400.0])
SITES = [
    ("soma", 0.5),
    ("trunk", 0.5),
    ("left", 5 / 6),
    ("right", 0.75),
    ("basal", 1 / 6),
    ("trunk", 1.0),
    ("left", 1.0),
]


@pytest.fixture(scope="module")
def equations() -> Algebra:
    return algebra()


def loc(site: tuple[str, float]) -> rb.Location:
    return rb.Location(*site)


@pytest.mark.parametrize("gates", ["active", "frozen"])
@pytest.mark.parametrize("at", [("soma", 0.5), ("left", 5 / 6), ("left", 1.0), ("trunk", 1.0)])
def test_every_response_is_that_of_the_algebra(equations: Algebra, gates: str, at: tuple[str, float]) -> None:
    z = rb.impedance(tree_cell(), loc(at), FREQUENCIES, celsius=CELSIUS, gates=gates)
    rest = equations.rest()
    for k, frequency in enumerate(FREQUENCIES):
        exact = equations.impedance(rest, frequency, frozen=gates == "frozen")
        source = equations.place[at]
        for site in SITES:
            place = loc(site)
            node = equations.place[site]
            np.testing.assert_allclose(z.transfer(place)[k], exact[source, node], rtol=1e-8)
            np.testing.assert_allclose(z.input(place)[k], exact[node, node], rtol=1e-8)
            np.testing.assert_allclose(z.ratio(place)[k], exact[source, node] / exact[source, source], rtol=1e-8)
            inwards = np.log(abs(exact[node, node] / exact[source, node]))
            np.testing.assert_allclose(z.attenuation(place, "in")[k], inwards, rtol=1e-8, atol=1e-10)


def test_places_may_be_exchanged() -> None:
    cell, here, there = tree_cell(), rb.Location("left", 0.9), rb.Location("basal", 0.2)
    one = rb.impedance(cell, here, FREQUENCIES, celsius=CELSIUS).transfer(there)
    other = rb.impedance(cell, there, FREQUENCIES, celsius=CELSIUS).transfer(here)
    np.testing.assert_allclose(one, other, rtol=1e-10)


class Sine(PointProcess):
    """A sine of current from time 0."""

    name = "Sine"
    parameters = (Parameter("amp", 0.0, "nA"), Parameter("frequency", 1.0, "Hz"))
    current_names = {"i": None}  # noqa: RUF012  a mechanism's class is its definition
    electrode = True

    @staticmethod
    def currents(v: object, s: object, p: SimpleNamespace, ions: object, clock: Clock) -> dict[str, Array]:
        return {"i": p.amp * jnp.sin(2e-3 * np.pi * p.frequency * clock.t)}


@pytest.mark.parametrize("frequency", [12.5, 80.0])
def test_a_run_with_a_small_sine_shows_the_same(frequency: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._written, "Sine", Sine)
    cell, soma, far = tree_cell(), rb.Location("soma", 0.5), rb.Location("left", 0.9)
    z = rb.impedance(cell, soma, [frequency], celsius=CELSIUS)
    period, amp, dt = 1e3 / frequency, 1e-5, 0.02
    tstop = 400 + 4 * period
    steady = rb.steady_state(cell, celsius=CELSIUS, eigenvalues=0)
    sine = rb.Protocol(stimuli=[(soma, Sine(amp=amp, frequency=frequency))])
    options: dict[str, Any] = {"tstop": tstop, "dt": dt, "celsius": CELSIUS, "method": "crank_nicolson", "every": 5}
    record = [soma.v, far.v]
    run, quiet = rb.run(cell, sine, record=record, **options), rb.run(cell, record=record, **options)
    last = run.t > tstop - 2 * period - 1e-9
    t = run.t[last]
    waves = np.stack([np.sin(2e-3 * np.pi * frequency * t), np.cos(2e-3 * np.pi * frequency * t), np.ones(len(t))], 1)
    for recordable, expected in zip(record, (z.input()[0], z.transfer(far)[0]), strict=True):
        assert quiet[recordable][-1] == pytest.approx(steady[recordable], abs=5e-3)
        found, *_ = np.linalg.lstsq(waves, run[recordable][last] - quiet[recordable][last], rcond=None)
        assert (found[0] + 1j * found[1]) / amp == pytest.approx(expected, rel=1e-3)


def test_a_steady_current_meets_the_impedance_at_0_hz() -> None:
    cell, soma, far = tree_cell(), rb.Location("soma", 0.5), rb.Location("right", 0.75)
    z = rb.impedance(cell, soma, [0], celsius=CELSIUS)
    amp = 1e-5
    before = rb.steady_state(cell, celsius=CELSIUS, eigenvalues=0)
    push = rb.Protocol(stimuli=[(soma, rb.IClamp(dur=1e9, amp=amp))])
    record = [soma.v, far.v]
    run = rb.run(cell, push, tstop=4000, dt=0.5, celsius=CELSIUS, record=record, every=100)
    for recordable, expected in zip(record, (z.input()[0], z.transfer(far)[0]), strict=True):
        assert (run[recordable][-1] - before[recordable]) / amp == pytest.approx(expected.real, rel=2e-4)


def test_resonance_of_the_squid_membrane() -> None:
    cell = rb.Cell("patch")
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("hh")
    z = rb.impedance(cell, soma, [1, 10])
    found = z.resonance()
    fine = np.abs(z.at_frequencies(np.linspace(60, 75, 3001)).input())
    assert found.frequency == pytest.approx(60 + 0.005 * fine.argmax(), abs=0.006)
    assert found.impedance == pytest.approx(fine.max(), rel=1e-8)
    assert found.q == pytest.approx(fine.max() / abs(z.at_frequencies([0]).input()[0]), rel=1e-8)
    low, high = np.abs(z.at_frequencies(found.band).input())
    assert high == pytest.approx(found.impedance / np.sqrt(2), rel=1e-4)
    assert low == pytest.approx(found.impedance / np.sqrt(2), rel=1e-4)
    passive = rb.impedance(cell, soma, [1], gates="frozen").resonance()
    assert (passive.frequency, passive.q) == (0, 1)


def sealed_cable(nseg: int = 101) -> tuple[rb.Cell, rb.Location, float]:
    """A passive cable, its beginning, and its length in length constants."""
    L, diam, g = 800.0, 2.0, 1e-4
    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=L, diam=diam, nseg=nseg)
    cable.insert("pas", g=g, e=-65)
    cell.Ra = 100
    length_constant = 1e4 * np.sqrt(diam * 1e-4 / (4 * 100 * g))
    return cell, cable(0), L / length_constant


def test_a_sealed_cable_attenuates_as_its_hyperbolic_cosine() -> None:
    cell, start, length = sealed_cable()
    z = rb.impedance(cell, start, [0])
    assert z.attenuation(rb.Location("cable", 1))[0] == pytest.approx(np.log(np.cosh(length)), rel=1e-4)
    conductance = np.pi * 2e-4 * 0.08 * 1e-4 / length * np.tanh(length)  # S; of a cable 2 um thick, 0.08 cm long
    assert z.input()[0].real == pytest.approx(1e-6 / conductance, rel=1e-4)


def test_the_time_constants_of_a_sealed_cable() -> None:
    cell, start, length = sealed_cable(41)
    z = rb.impedance(cell, start, [0])
    table = z.time_constants(5)
    order = np.arange(5)
    np.testing.assert_allclose(table.tau, 10 / (1 + (order * np.pi / length) ** 2), rtol=1e-2)
    assert z.time_constants(100).resistance.sum() == pytest.approx(abs(z._responses.own[0, 0]), rel=1e-8)


def test_where_it_is_not_steady_it_says_so() -> None:
    cell, soma = tree_cell(), rb.Location("soma", 0.5)
    with pytest.warns(UnsteadyWarning, match=r"not steady: the voltage moves at .* mV/ms at \w+\(") as caught:
        z = rb.impedance(cell, soma, [10], celsius=CELSIUS, operating_point="initial")
    assert z.warnings == (str(caught[0].message),)
    slope = rb.run(cell, tstop=0.01, dt=1e-4, celsius=CELSIUS, record=[_location(z.point.place).v])
    assert abs(np.diff(slope.values[0])[:5].mean()) / 1e-4 == pytest.approx(z.point.drift, rel=0.1)
    assert not rb.impedance(cell, soma, [10], celsius=CELSIUS).warnings


def _location(place: str) -> rb.Location:
    section, _, x = place.rstrip(")").rpartition("(")
    return rb.Location(section, float(x))


def test_an_instant_of_a_run(equations: Algebra) -> None:
    cell, soma = tree_cell(), rb.Location("soma", 0.5)
    sim = rb.Simulation(cell, tstop=4000, dt=0.25, celsius=CELSIUS, record=[soma.v], every=100)
    sim.run_until(4000)
    z = rb.impedance(cell, soma, FREQUENCIES, operating_point=sim)
    rest = equations.rest()
    exact = [
        equations.impedance(rest, f)[equations.place["soma", 0.5]][equations.place["soma", 0.5]] for f in FREQUENCIES
    ]
    assert not z.warnings
    np.testing.assert_allclose(z.input(), exact, rtol=1e-3)


def test_held_by_a_clamp_at_the_electrode() -> None:
    cell, soma = tree_cell(), rb.Location("soma", 0.5)
    z = rb.impedance(cell, soma, [0, 20], celsius=CELSIUS, operating_point=-55)
    assert z.point.v[0] == pytest.approx(-55, abs=1e-9)
    clamp = rb.Protocol(stimuli=[(soma, rb.SEClamp(dur1=1e9, amp1=-55, rs=1e-6))])
    run = rb.run(cell, clamp, tstop=3000, dt=0.5, celsius=CELSIUS, record=[rb.Location("left", 0.5).v], every=100)
    left = z.point.model.assembly.grid.segment_at("left", 0.5)
    assert z.point.v[left] == pytest.approx(run.values[0][-1], abs=1e-3)
    everywhere = rb.impedance(cell, soma, [0], celsius=CELSIUS, operating_point=rb.Hold(-55, "everywhere"))
    np.testing.assert_allclose(everywhere.point.v, -55, atol=1e-9)


def test_an_analyser_follows_its_parameters() -> None:
    soma = rb.Location("soma", 0.5)
    analyser = ImpedanceAnalyser(tree_cell(), celsius=CELSIUS)
    changed = {"soma.hh.gnabar": 0.12, "soma.hh.gkbar": 0.036, "soma.cats_huguenard.gbar": 8e-4}
    changed |= {"trunk.hcn_kole.gbar": 6e-4, "left.hcn_kole.gbar": 1.8e-3, "left.cats_huguenard.gbar": 4e-4}
    z = analyser.impedance(soma, [7], params=changed)
    np.testing.assert_allclose(z.input(), rb.impedance(tree_cell(2.0), soma, [7], celsius=CELSIUS).input(), rtol=1e-9)
    assert abs(z.input() - analyser.impedance(soma, [7]).input()) > 1


def test_tables_and_figures() -> None:
    cell, soma, far = tree_cell(), rb.Location("soma", 0.5), rb.Location("left", 0.9)
    z = rb.impedance(cell, soma, [1, 10, 100], celsius=CELSIUS)
    table = z.to_dataframe()
    assert len(table) == 3 * 12
    assert table.loc[("left(0.833333)", 10.0), "transfer"] == pytest.approx(abs(z.transfer(far)[1]))
    way = z.along(far, frequency=10)
    assert way.index[0] == "soma(0.5)"
    assert way.distance.is_monotonic_increasing
    assert way.distance.iloc[-1] == pytest.approx(11 + 180 + 140 * 5 / 6)
    np.testing.assert_allclose(z.values("transfer", 10)[0], abs(z.transfer(soma)[1]))
    np.testing.assert_allclose(z.values("input", 37.0), abs(np.array(z.at_frequencies([37]).values("input"))))
    for figure in (z.figure(far), z.profile_figure(far), z.attenuation_figure()):
        assert all(len(trace.x) for trace in figure.data)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"at": rb.Location("some", 0.5)}, KeyError, "did you mean 'soma'"),
        ({"frequencies": [-1]}, ValueError, "at least 0 Hz"),
        ({"frequencies": [np.nan]}, ValueError, "at least 0 Hz"),
        ({"gates": "open"}, ValueError, "'active' or 'frozen'"),
        ({"operating_point": "rest"}, ValueError, "'steady', 'initial'"),
        ({"operating_point": np.nan}, ValueError, "holding potential"),
        ({"params": {"soma.hh.gnabar": np.nan}}, ValueError, "soma.hh.gnabar"),
        ({"params": {"soma.hh.gnabr": 1.0}}, KeyError, "soma.hh.gnabar"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], error: type[Exception], message: str) -> None:
    given: dict[str, object] = {"at": rb.Location("soma", 0.5), "frequencies": [1.0], **options}
    with pytest.raises(error, match=message):
        rb.impedance(tree_cell(), **given)  # type: ignore[arg-type]


def test_without_any_conductance_there_is_no_answer_to_a_steady_current() -> None:
    cell = rb.Cell("bare")
    soma = cell.add_section("soma", L=20, diam=20)
    with pytest.raises(ArithmeticError, match=r"no answer at 0 Hz, at soma\(0.5\)"):
        rb.impedance(cell, soma, [0], operating_point="initial")
    capacitance = 1e-5 * np.pi * 400
    z = rb.impedance(cell, soma, [10], operating_point="initial")
    assert z.input()[0] == pytest.approx(1 / (2j * np.pi * 0.01 * capacitance))
