import numpy as np
import pytest

import rheobase as rb
from rheobase.analysis import Deviation, Subject, WorkPoint, WorkPrecision, deviation
from rheobase.simulate import Cancelled


def fired(amp: float = 0.2, tstop: float = 20) -> rb.Simulation:
    """Hodgkin and Huxley's soma under a step of current."""
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("hh")
    cell.place(rb.IClamp(delay=1, dur=tstop, amp=amp), soma(0.5))
    return rb.Simulation(cell, tstop=tstop)


@pytest.fixture(scope="module")
def study() -> WorkPrecision:
    return rb.work_precision(fired(), ["implicit_euler", "crank_nicolson"], dts=[0.04, 0.02, 0.01], repeats=1)


@pytest.mark.parametrize(("method", "order"), [("implicit_euler", 1), ("crank_nicolson", 2)])
def test_errors_fall_with_the_order_of_the_method(study: WorkPrecision, method: str, order: int) -> None:
    points = study.by_method()[method]
    assert [point.value for point in points] == [0.04, 0.02, 0.01]
    shifts = np.array([point.spike_error for point in points])
    np.testing.assert_allclose(np.log2(shifts[:-1] / shifts[1:]), order, atol=0.25)
    assert [point.steps for point in points] == [500, 1000, 2000]
    assert study.reference_error < 0.05 * points[-1].voltage_error


def test_the_reference_may_be_a_run_that_was_given(study: WorkPrecision) -> None:
    sim = fired()
    exact = rb.run(sim.cell, sim.protocol, method="crank_nicolson", dt=0.0005)
    found = rb.work_precision(sim, ["implicit_euler"], exact, dts=[0.02], repeats=1)
    assert found.points[0].spike_error == pytest.approx(study.by_method()["implicit_euler"][1].spike_error, rel=0.01)
    assert np.isnan(found.reference_error)


def test_the_table_and_the_figure_hold_every_run(study: WorkPrecision) -> None:
    table = study.to_dataframe()
    assert list(table["method"]) == 3 * ["implicit_euler"] + 3 * ["crank_nicolson"]
    figure = study.figure(cost="steps")
    assert [trace.name for trace in figure.data] == ["implicit_euler", "crank_nicolson"]
    assert list(figure.data[1].x) == [500, 1000, 2000]
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    with pytest.raises(ValueError, match="'seconds' or 'steps'"):
        study.figure(cost="money")


POINTS = (
    WorkPoint("implicit_euler", "dt", 0.025, 8.0, 0.4, 3, 4000, 4000, 0.010),
    WorkPoint("implicit_euler", "dt", 0.003125, 1.0, 0.05, 3, 32000, 32000, 0.080),
    WorkPoint("crank_nicolson", "dt", 0.025, 0.5, 0.02, 3, 4000, 4000, 0.011),
    WorkPoint("adaptive", "atol", 1e-2, 9.0, 0.2, 3, 150, 400, 0.002),
    WorkPoint("adaptive", "atol", 1e-3, 0.8, 0.01, 3, 300, 800, 0.004),
)
MODEL = Subject(segments=30, events=False, spikes=3)


def test_the_cheapest_run_that_is_near_enough_is_recommended() -> None:
    found = WorkPrecision(POINTS, MODEL, "a tight run", 1e-6, {"rk4": "it is for single compartments"})
    advice = found.recommendation
    assert advice.reached
    assert advice.call == 'method="adaptive", atol=0.001'
    assert "spikes within 0.05 ms" in advice.reason
    assert "implicit_euler takes 20 times as long, at dt = 0.003125 ms" in advice.reason
    assert "crank_nicolson takes 2.8 times as long" in advice.reason
    assert "rk4 cannot run this model: it is for single compartments" in advice.reason
    assert found.recommend(spike=0.3).point.value == 1e-2
    assert found.recommend(voltage=0.6).call == 'method="crank_nicolson", dt=0.025'


def test_where_no_run_is_near_enough_the_nearest_is_named() -> None:
    advice = WorkPrecision(POINTS, MODEL, "a tight run").recommend(spike=1e-4)
    assert not advice.reached
    assert advice.point.method == "adaptive"
    assert "comes nearest" in advice.reason
    with pytest.raises(ValueError, match="greater than 0"):
        WorkPrecision(POINTS, MODEL, "a tight run").recommend(spike=0)


def test_a_run_that_breaks_down_is_a_point_with_its_reason() -> None:
    broken = WorkPoint("implicit_euler", "dt", 0.1, failure="the voltage at soma(0.5) blew up")
    found = WorkPrecision((broken, *POINTS), MODEL, "a tight run")
    assert len(found.figure().data[0].x) == 2
    with pytest.raises(ValueError, match="none of the runs"):
        _ = WorkPrecision((broken,), MODEL, "a tight run").recommendation


def test_a_study_is_stopped_and_says_how_far_it_has_come() -> None:
    seen: list[float] = []
    with pytest.raises(Cancelled):
        rb.work_precision(
            fired(),
            ["implicit_euler"],
            progress=lambda step: seen.append(step.fraction),
            cancelled=lambda: len(seen) > 3,
        )
    assert seen == sorted(seen)
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"source": 3}, TypeError, "a Simulation or a Cell"),
        ({"methods": ["magic"]}, KeyError, "no integrator is named 'magic'"),
        ({"dts": [0.1, -0.1]}, ValueError, "dts"),
        ({"repeats": 0}, ValueError, "repeats"),
        ({"reference": "exact"}, TypeError, "reference"),
    ],
)
def test_what_cannot_be_measured_is_refused(arguments: dict[str, object], error: type[Exception], words: str) -> None:
    given: dict[str, object] = {"source": fired(), **arguments}
    with pytest.raises(error, match=words):
        rb.work_precision(**given)  # type: ignore[arg-type]  # wrong on purpose


def test_runs_with_other_numbers_of_spikes_are_infinitely_far_apart() -> None:
    one, none = fired(0.2).run(), fired(0.0).run()
    off = deviation(one, none)
    assert off.spike == np.inf
    assert str(off) == f"{off.spikes} spikes instead of 0"
    assert np.isnan(deviation(none, none).spike)
    assert deviation(one, one) == Deviation(deviation(one, one).voltage, 0.0, off.spikes, off.spikes)
    assert deviation(one, one).voltage < 1e-9
    with pytest.raises(ValueError, match="same tstop"):
        deviation(one, fired(tstop=10).run())
