from collections.abc import Callable, Iterator

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets.pictures import MOST_SAMPLES, Picture, plain_traces

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def results(cell: rb.Cell) -> rb.Results:
    soma, dend = cell.section("soma"), cell.section("dend")
    clamp = cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), soma(0.5))
    return rb.run(cell, tstop=10, record=[soma(0.5)["hh.m"], clamp.i, soma(0.5).v, dend(0.9).v])


@pytest.fixture
def plot(results: rb.Results) -> Iterator[rb.TracePlot]:
    plot = rb.TracePlot(results)
    yield plot
    plot.close()


def rows(plot: rb.TracePlot) -> np.ndarray:
    return np.frombuffer(plot.traces, np.float32).reshape(len(plot.trace_info) + 1, -1)


def test_traces_stand_in_panels_by_unit_voltage_first(plot: rb.TracePlot) -> None:
    assert [(each["panel"], each["unit"]) for each in plot.trace_info] == [
        ("Voltage", "mV"),
        ("Voltage", "mV"),
        ("Current", "nA"),
        ("Gates", "1"),
    ]


def test_the_wire_carries_time_and_every_trace(plot: rb.TracePlot, results: rb.Results, cell: rb.Cell) -> None:
    wire = rows(plot)
    assert wire.shape == (5, 401)
    np.testing.assert_allclose(wire[0], results.t, rtol=1e-6)
    np.testing.assert_allclose(wire[1], results[cell.section("soma")(0.5).v], rtol=1e-6)
    np.testing.assert_allclose(wire[4], results[cell.section("soma")(0.5)["hh.m"]], rtol=1e-6)
    assert plot.time_range == [0.0, pytest.approx(10)]


def test_a_long_run_is_thinned_for_the_screen_but_not_for_the_table(cell: rb.Cell) -> None:
    results = rb.run(cell, tstop=600)
    picture = Picture.of(results, plain_traces(results.recordables))
    assert picture.rows.shape[1] <= MOST_SAMPLES
    plot = rb.TracePlot(results)
    assert len(plot.to_dataframe()) == len(results.t) == 24_001
    plot.close()


def test_what_is_kept_stays_beneath_what_is_shown_next(plot: rb.TracePlot, results: rb.Results) -> None:
    shown = plot.traces
    plot.keep()
    plot.keep()
    assert plot.kept == shown
    assert plot.kept_info[0]["samples"] == 401
    plot.show(results.at(np.linspace(0, 5, 11)))
    assert rows(plot).shape == (5, 11)
    plot.keep()
    assert [each["samples"] for each in plot.kept_info] == [401, 11]
    assert len(plot.kept) == 4 * 5 * (401 + 11)
    plot.clear()
    assert plot.kept == b""


def test_every_change_of_the_picture_has_a_new_revision(plot: rb.TracePlot, results: rb.Results) -> None:
    seen = [plot.revision]
    for change in (plot.keep, lambda: plot.show(results), plot.clear):
        change()
        seen.append(plot.revision)
    assert seen == sorted(set(seen))


def test_an_empty_plot_says_that_there_is_nothing_to_take() -> None:
    plot = rb.TracePlot()
    assert repr(plot) == "<TracePlot: empty>"
    with pytest.raises(ValueError, match="nothing is shown"):
        plot.to_dataframe()
    plot.keep()
    assert plot.kept == b""


def test_only_results_and_runs_have_traces() -> None:
    with pytest.raises(TypeError, match="Results of a run"):
        rb.TracePlot([1, 2, 3])


def test_a_plot_follows_a_run_control(cell: rb.Cell, until: Until) -> None:
    clamp = cell.place(rb.IClamp(delay=1, dur=5, amp=0.0), cell.section("soma")(0.5))
    control = rb.RunControl(cell, rb.Protocol(tstop=10))
    plot = rb.TracePlot(control)
    until(lambda: plot.state == "idle" and bool(plot.traces))
    quiet = rows(plot)[1].max()
    clamp.amp = 0.5
    until(lambda: plot.state == "idle" and rows(plot)[1].max() > 0)
    assert quiet < -60
    control.perform("trace.keep")
    assert len(plot.kept_info) == 1
    plot.close()
    before = plot.traces
    clamp.amp = 0.1
    until(lambda: control.state == "idle")
    assert plot.traces == before
    control.close()
