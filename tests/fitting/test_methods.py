"""The error methods: what each measures, and the slope of what it measures."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.fitting.methods import method_named
from rheobase.fitting.methods.method import Sampling
from rheobase.fitting.values import Match
from tests.fitting.models import patch, recording

T = np.arange(0, 20.001, 0.05)


def spike(at: float, height: float = 100.0, width: float = 1.0) -> np.ndarray:
    return -65 + height * np.exp(-(((T - at) / width) ** 2)) - 8 * np.exp(-(((T - at - 3) / 2) ** 2))


def measure(method: str, target: rb.Trace, **given: Any) -> Any:
    _, soma = patch()
    fields = {name: given.pop(name) for name in ("regions", "scale") if name in given}
    options = tuple(sorted((name, float(value)) for name, value in given.items()))
    match = Match(recordable=soma(0.5).v, method=method, target=target, options=options, **fields)
    return method_named(method).make(match, Sampling(T, "mV", "run 'a', soma(0.5).v"))


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("trace", {"regions": ((2, 6, 1), (8, 19, 2)), "each_region": 1}),
        ("passages", {}),
        ("spike_shape", {"peak_scale": 0.5}),
        ("density", {"bins": 12}),
        ("density", {"regions": ((2, 9, 1), (12, 18, 3)), "scale": 0.01}),
    ],
)
def test_slopes_are_those_of_the_residuals(method: str, options: dict[str, Any]) -> None:
    target = rb.Trace(T, spike(7.01)) if method != "passages" else rb.Trace([6.1, 6.8, 8.3], [-40, 10, -20])
    measured = measure(method, target, **options)
    assert measured.weights.sum() == pytest.approx(1)
    trace, chance = spike(7.62, 90, 1.2), np.random.default_rng(1)
    slopes = measured.slopes(trace)
    assert slopes.shape == (measured.count, len(T))
    for _ in range(3):
        way = np.convolve(chance.standard_normal(len(T)), np.hanning(20), "same")
        h = 1e-6
        low, high = measured.residuals(np.stack([trace - h * way, trace + h * way]))
        np.testing.assert_allclose(
            slopes @ way, (high - low) / (2 * h), rtol=2e-4, atol=2e-5 * np.abs(high - low).max() / h
        )


def test_a_region_by_itself_counts_the_same_however_long_it_is() -> None:
    regions = ((0, 1.975, 1), (2, 20.0, 1))
    measured = measure("trace", rb.Trace(T, 0 * T), regions=regions, each_region=1)
    trace = np.where(T < 1.99, 3.0, 5.0)[None]
    assert (measured.residuals(trace) ** 2).sum() == pytest.approx((9 + 25) / 2)
    pooled = measure("trace", rb.Trace(T, 0 * T), regions=regions)
    short = (T < 1.99).mean()
    assert (pooled.residuals(trace) ** 2).sum() == pytest.approx(9 * short + 25 * (1 - short))


def test_passages_tell_how_late_a_ramp_is() -> None:
    measured = measure("passages", rb.Trace([2, 5], [-60, -30]), scale=0.5)
    ramp = -80 + 10 * (T - 1)
    assert (measured.residuals(ramp[None]) ** 2).sum() == pytest.approx(((3 - 2) ** 2 + (6 - 5) ** 2) / 2 / 0.25)
    flat = np.full((1, len(T)), -70.0)
    assert (measured.residuals(flat) ** 2).sum() == pytest.approx(400)
    assert "never takes 2 of the 2 values" in measured.roughness(flat[0])


def test_a_shape_is_judged_wherever_it_falls_and_its_time_by_itself() -> None:
    shape = measure("spike_shape", rb.Trace(T, spike(7)))
    assert (shape.residuals(spike(12)[None]) ** 2).sum() < 1e-3
    assert (shape.residuals(spike(7, height=80)[None]) ** 2).sum() > 10
    timed = measure("spike_shape", rb.Trace(T, spike(7)), peak_scale=0.5)
    assert (timed.residuals(spike(8)[None]) ** 2).sum() == pytest.approx((1 / 0.5) ** 2 / 2, rel=1e-2)
    assert (timed.residuals(np.full((1, len(T)), -65.0)) ** 2).sum() == pytest.approx(400)
    with pytest.raises(ValueError, match="the target has no spike above -20 mV"):
        measure("spike_shape", rb.Trace(T, 0 * T - 65))


def test_a_density_does_not_see_when_but_what() -> None:
    measured = measure("density", rb.Trace(T, spike(7)))

    def error(trace: np.ndarray) -> float:
        return float((measured.residuals(trace[None]) ** 2).sum())

    later, wider, none = error(spike(12)), error(spike(7, width=2)), error(np.full(len(T), -65.0))
    assert 0 <= later < 0.01 * wider < wider < none
    middle, speed = (spike(7)[1:] + spike(7)[:-1]) / 2, np.diff(spike(7)) / 0.05
    # Sharing among nodes keeps the total, and the means along both axes.
    grid = np.arange(20)
    shares = measured._data.reshape(20, 20)
    assert shares.sum() == pytest.approx(1)
    for axis, numbers in ((1, middle), (0, speed)):
        k = 1 - axis
        nodes = measured._low[k] + measured._step[k] * grid
        assert shares.sum(axis) @ nodes == pytest.approx(numbers.mean())


def test_a_density_fits_what_no_trace_would() -> None:
    cell, soma = patch()
    late = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(delay=8, dur=2, amp=0.5))], tstop=40)
    data = recording(cell, soma, late)
    fit = rb.Fit(cell)
    fit.vary("soma.hh.gnabar", 0.08, 0.2, log=True, start=0.09)
    run = fit.add_run("early", stimulus=rb.IClamp(delay=5, dur=2, amp=0.5), at=soma(0.5), tstop=40)
    run.match(soma(0.5).v, data, method="density")
    best = fit.run(budget=80, seed=1)
    assert best.parameters["soma.hh.gnabar"] == pytest.approx(0.12, rel=0.01)
