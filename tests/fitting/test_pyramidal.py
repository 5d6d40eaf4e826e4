"""Ten conductances of a pyramidal cell from three steps of current."""

import numpy as np
import pytest

import rheobase as rb
from tests.benchmarks import pyramidal

FEATURES = ("spike_count", "AP_amplitude", "time_to_first_spike", "AHP_depth_abs", "steady_state_voltage_stimend")


def recorded(fit: rb.Fit, values: np.ndarray) -> dict[str, rb.Results]:
    """The runs of a fit with other conductances."""
    model = {f"{each.part}.hh.{each.name}": float(x) for each, x in zip(pyramidal.SOUGHT, values, strict=True)}
    sites = {name: [match.recordable for match in run.matches] for name, run in fit.runs.items()}
    return {
        name: rb.Simulation(fit.cell, run.value.protocol, record=sites[name]).varied(model).run()
        for name, run in fit.runs.items()
    }


@pytest.mark.slow
def test_ten_conductances_are_recovered_with_the_features() -> None:
    length = round(pyramidal.TSTOP / pyramidal.DT / pyramidal.EVERY) + 1
    blank = pyramidal.in_rheobase([np.zeros(length)] * len(pyramidal.AMPS))
    truth = recorded(blank, pyramidal.TRUTH)
    fit = pyramidal.in_rheobase([results.values[0][:: pyramidal.EVERY] for results in truth.values()])
    best = fit.run(budget=600, seed=1)
    found = np.array(list(best.parameters.values()))
    np.testing.assert_allclose(found, pyramidal.TRUTH, rtol=1e-3)
    for name, results in recorded(fit, found).items():
        wanted = rb.features(truth[name], names=FEATURES, stim_start=5, stim_end=35)
        given = rb.features(results, names=FEATURES, stim_start=5, stim_end=35)
        for feature in FEATURES:
            if wanted[feature] is None:  # of a trace without spikes
                assert given[feature] is None, (name, feature)
            else:
                assert given[feature] == pytest.approx(wanted[feature], rel=0.05), (name, feature)
