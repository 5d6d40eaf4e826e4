"""What can be recorded, against the same quantity computed by hand from what else was recorded."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.kernel import Layout
from rheobase.mechanisms import Mechanism, Parameter, UseIon, nernst, registry
from rheobase.simulate import Simulation
from tests.simulate.cells import forked


class SodiumLeak(Mechanism):
    """A second mechanism that carries sodium."""

    name = "naleak"
    parameters = (Parameter("g", 1e-5, "S/cm2", minimum=0),)
    ions = (UseIon("na"),)
    current_names = {"ina": "na"}  # noqa: RUF012  a mechanism's class is its definition

    @staticmethod
    def currents(v: Any, s: Any, p: Any, ions: Any, clock: Any) -> Any:
        return {"ina": p.g * (v - ions.na.reversal)}


@pytest.fixture
def naleak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._written, "naleak", SodiumLeak)


def traces(cell: rb.Cell, *record: Any, **options: Any) -> list[Any]:
    rec = rb.run(cell, record=record, **{"tstop": 4, **options})
    return [rec[recordable] for recordable in record]


def test_voltages_at_ends_and_between() -> None:
    cell, soma, (left, right) = forked()
    at = [left(x).v for x in (0, 0.1, 0.5, 0.9, 1)]
    v = traces(cell, *at, soma(1).v, right(0).v, soma(0.5).v, soma(0).v)
    np.testing.assert_array_equal(v[0], v[5])  # the dendrite's start is the soma's end
    np.testing.assert_array_equal(v[0], v[6])
    np.testing.assert_array_equal(v[7], v[8])  # an end of no area and with nothing on it
    np.testing.assert_array_equal(v[3], v[4])
    assert v[7].max() > v[0].max() > v[1].max() > v[2].max() > v[3].max()


def test_places_snap_to_the_segment_they_fall_in() -> None:
    cell, _, (left, _) = forked()
    one, other, third = traces(cell, left(0.34).v, left(0.66).v, left(2 / 3 + 1e-9).v)
    np.testing.assert_array_equal(one, other)
    assert (one != third).any()


@pytest.mark.parametrize("method", ["implicit_euler", "crank_nicolson"])
def test_currents_and_conductances_are_those_of_the_samples_own_voltage_and_gates(method: str) -> None:
    cell, soma, _ = forked()
    here = soma(0.5)
    names = ["v", "hh.m", "hh.h", "hh.n", "hh.gna", "hh.gk", "hh.ina", "hh.ik", "hh.il", "ina", "ik"]
    v, m, h, n, gna, gk, ina, ik, il, total_na, total_k = traces(cell, *(here[name] for name in names), method=method)
    assert v.max() > 0
    np.testing.assert_allclose(gna, 0.12 * m**3 * h, rtol=1e-12)
    np.testing.assert_allclose(gk, 0.036 * n**4, rtol=1e-12)
    np.testing.assert_allclose(ina, gna * (v - 50), rtol=1e-12)
    np.testing.assert_allclose(ik, gk * (v + 77), rtol=1e-12)
    np.testing.assert_allclose(il, 3e-4 * (v + 54.3), rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(total_na, ina)
    np.testing.assert_array_equal(total_k, ik)


@pytest.mark.usefixtures("naleak")
def test_an_ions_total_is_the_sum_of_its_carriers() -> None:
    cell, soma, _ = forked()
    soma.insert("naleak", g=1e-4)
    here = soma(0.5)
    v, total, channel, leak = traces(cell, here.v, here["ina"], here["hh.ina"], here["naleak.ina"])
    np.testing.assert_allclose(leak, 1e-4 * (v - 50), rtol=1e-12)
    np.testing.assert_allclose(total, channel + leak, rtol=1e-12)


def test_ions_and_parameters_are_constants_of_the_place() -> None:
    cell, soma, (left, _) = forked()
    cell["soma"].set_ion("na", inside=12, outside=130)
    cell["dend"].set("pas.g", [1e-4, 2e-4, 3e-4, 4e-4, 5e-4, 6e-4])
    here = soma(0.5)
    record = [here["ena"], here["nai"], here["nao"], here["ek"], here["hh.gnabar"], left(0.9)["pas.g"]]
    found = traces(cell, *record, celsius=20, tstop=1)
    expected = [nernst(12, 130, 1, 20), 12, 130, -77, 0.12, 3e-4]
    for trace, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(trace, np.full(41, value), rtol=1e-12)


def test_what_placed_processes_tell() -> None:
    cell, _soma, (left, right) = forked()
    clamp = cell.place(rb.SEClamp(dur1=1, amp1=-65, dur2=9, amp2=-20, rs=2), left(1))
    synapse = cell.place(rb.AlphaSynapse(onset=1, tau=0.5, gmax=0.01, e=-10), right(0.5))
    record = [left(1).v, clamp.i, clamp["vc"], clamp["rs"], right(0.5).v, synapse.i, synapse["g"], cell.process("ic").i]
    v, i, vc, rs, there, current, g, step = traces(cell, *record)
    t = 0.025 * np.arange(161)
    np.testing.assert_array_equal(vc, np.where(t <= 1 + 1e-9, -65, -20))
    np.testing.assert_allclose(i, (vc - v) / 2, rtol=1e-12)
    assert (rs == 2).all()
    x = (t - 1) / 0.5
    np.testing.assert_allclose(g, 0.01 * np.where(x > 0, x * np.exp(1 - x), 0), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(current, g * (there + 10), rtol=1e-12)
    np.testing.assert_array_equal(step, np.where((t > 1 + 1e-9) & (t <= 3 + 1e-9), 0.3, 0))


@pytest.mark.parametrize("dt", [0.025, 0.1, 0.01])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_an_edge_of_a_clamp_belongs_to_the_side_before_it(dt: float, precision: str) -> None:
    cell, *_ = forked()
    clamp = cell.process("ic")
    (i,) = traces(cell, clamp.i, dt=dt, precision=precision)
    on = round(1 / dt), round(3 / dt)
    np.testing.assert_array_equal(np.flatnonzero(i), np.arange(on[0] + 1, on[1] + 1))


def test_several_processes_at_one_place_and_names_that_are_not_in_order() -> None:
    cell, soma, (left, _) = forked()
    for k, (where, amp) in enumerate([(left(1), 0.01), (soma(0.5), 0.02), (left(1), 0.03)]):
        cell.place(rb.IClamp(dur=9, amp=amp), where, name=f"x[{2 - k}]")
    found = traces(cell, *(cell.process(f"x[{k}]").i for k in range(3)), cell.process("ic").i, tstop=1)
    assert [trace[-1] for trace in found] == [0.03, 0.02, 0.01, 0]


@pytest.mark.parametrize(
    ("places", "layout"), [(["all"], Layout.DENSE), (["soma", "dend[1]"], Layout.GATHERED), (["dend"], Layout.DENSE)]
)
def test_every_layout_records_the_segment_asked_for(places: list[str], layout: Layout) -> None:
    cell, *_ = forked()
    cell[places].insert("hh")
    rows = [k for place in places for name in cell.sections_of(place) for k in range(7) if segment(k)[0] == name]
    rows = sorted(set(rows))
    cell["all"].set("hh.gkbar", list(0.01 + 0.001 * np.arange(7)))
    sim = Simulation(cell, tstop=1)
    plan = next(plan for plan in sim.assembly.plans if plan.mechanism.name == "hh")
    assert plan.layout is layout
    sites = [cell.section(segment(k)[0])(segment(k)[1]) for k in rows]
    record = [site[name] for site in sites for name in ("v", "hh.n", "hh.gk", "hh.gkbar")]
    found = iter(traces(cell, *record))
    for k in rows:
        v, n, gk, gkbar = (next(found) for _ in range(4))
        np.testing.assert_allclose(gkbar, 0.01 + 0.001 * k)
        np.testing.assert_allclose(gk, gkbar * n**4, rtol=1e-12)
        assert np.ptp(v) > 1e-3


def segment(k: int) -> tuple[str, float]:
    """Where segment `k` of the forked cell is."""
    return ("soma", 0.5) if k == 0 else (f"dend[{(k - 1) // 3}]", ((k - 1) % 3 + 0.5) / 3)


def test_batch_and_function_record_what_a_run_does() -> None:
    cell, soma, (left, _) = forked()
    here = soma(0.5)
    record = [left(1).v, here["hh.gna"], here["ina"], here["ena"], here["hh.h"], cell.process("ic").i, here["hh.gkbar"]]
    sim = Simulation(cell, tstop=3, record=record)
    f, params = sim.function()
    many = sim.batch({"soma.hh.gkbar": [0.036, 0.05], "all.na.reversal": [50, 55]})
    assert many.shape == (2, len(record), 121)
    np.testing.assert_allclose(many[0], sim.run().values, atol=1e-9)
    np.testing.assert_allclose(f(params), sim.run().values, atol=1e-9)
    assert many[1, 3].tolist() == [55] * 121
    assert many[1, 6].tolist() == [0.05] * 121


def test_long_runs_read_currents_across_chunks() -> None:
    cell, soma, _ = forked()
    here = soma(0.5)
    v, n, ik, i = traces(cell, here.v, here["hh.n"], here["ik"], cell.process("ic").i, tstop=60)
    assert len(v) == 2401
    np.testing.assert_allclose(ik, 0.036 * n**4 * (v + 77), rtol=1e-12)
    assert i.nonzero()[0].tolist() == list(range(41, 121))


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        (rb.Location("soam", 0.5).v, KeyError, r"cannot record soam\(0.5\).v: .*did you mean 'soma'"),
        (rb.Location("soma", 0.5)["hh.q"], KeyError, "hh has no 'q'"),
        (rb.Location("soma", 0.5)["hh.gnabr"], KeyError, "did you mean 'gnabar'"),
        (rb.Location("soma", 0.5)["pas.i"], KeyError, "'pas' is not inserted there.*'hh'"),
        (rb.Location("dend[0]", 0.5)["ina"], KeyError, "nothing there carries it"),
        (rb.Location("soma", 0.5)["ima"], KeyError, "did you mean 'ina'"),
        (rb.Recordable("ik", None, "i"), KeyError, "nothing is placed by the name 'ik'; did you mean 'ic'"),
        (rb.Recordable("ic", None, "vc"), KeyError, "IClamp has no 'vc'"),
        ("soma(0.5).v", TypeError, "must be a list"),
        (["soma(0.5).v"], TypeError, r"record\[0\] = 'soma\(0.5\).v'"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_a_hint(what: Any, error: type[Exception], words: str) -> None:
    cell, *_ = forked()
    with pytest.raises(error, match=words):
        rb.run(cell, tstop=1, record=what)
