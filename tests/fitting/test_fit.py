"""The fit as a document, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.fitting.models import passive_fit, patch, step


def full_fit() -> rb.Fit:
    cell, soma = patch()
    fit = rb.Fit(cell, "everything")
    run = fit.add_run("step", protocol=step(soma), settings={"celsius": 10}, weight=2)
    played = rb.Play("IClamp[0].amp", [0, 4, 9], [0, 0.1, 0.2], interpolate=True)
    fit.add_run("noise", protocol=step(soma).replace(plays=[played]))
    fit.vary("soma.hh.gnabar", 0.01, 1, log=True, name="gna", prior=(0.1, 3))
    fit.vary("soma.hh.gl", 1e-5, 1e-2, log=True, start=2e-4)
    fit.vary("IClamp[0].amp", 0.1, 0.5, on=False)
    fit.tie("soma.hh.gkbar", "0.3 * gna")
    run.match(soma(0.5).v, rb.Trace([0, 10, 20], [-65, -60.5, -60], "mV", name="cell 3"), regions=[(5, 20, 1.5)])
    run.match(soma(0.5).v, [7.25, 18.0], method="spike_times", scale=2, threshold=-10)
    run.match(soma(0.5).v, {"AP_amplitude": (80, 5)}, method="features", weight=0.5, stim_start=5, stim_end=25)
    run.change_match(2, on=False)
    return fit


def test_a_fit_survives_its_file_and_its_code(tmp_path: Path) -> None:
    fit = full_fit()
    fit.save(tmp_path / "fit.json")
    assert rb.Fit.load(tmp_path / "fit.json") == fit
    names: dict[str, Any] = {}
    exec(fit.to_code(), names)  # noqa: S102  # the program that it wrote
    assert names["fit"] == fit
    assert names["fit"].error() == fit.error()
    data = json.loads((tmp_path / "fit.json").read_text())
    data["runs"][0]["matches"][0]["regions"][0][1] = 1
    (tmp_path / "bad.json").write_text(json.dumps(data))
    with pytest.raises(ValueError, match=r"runs\[0\]: regions\[0\] = \(5, 1\) ms: the end must come after the start"):
        rb.Fit.load(tmp_path / "bad.json")


def test_edits_are_undone_one_by_one() -> None:
    fit = full_fit()
    written = fit.to_code()
    fit.tie("soma.hh.gkbar", "0.2 * gna")
    fit.runs["step"].remove()
    assert list(fit.runs) == ["noise"]
    assert fit.undo() == "Remove run step"
    assert list(fit.runs) == ["step", "noise"]
    assert fit.undo() == "Tie soma.hh.gkbar"
    assert fit.to_code() == written
    fit.vary("soma.hh.gnabar", high=0.5)
    assert (fit.parameters["gna"].low, fit.parameters["gna"].high, fit.parameters["gna"].log) == (0.01, 0.5, True)


def test_what_cannot_be_is_told_with_name_value_and_remedy() -> None:
    cell, soma = patch()
    fit = rb.Fit(cell)
    with pytest.raises(KeyError, match=r"there is no parameter 'soma.hh.gnabr'; did you mean 'soma.hh.gnabar'"):
        fit.vary("soma.hh.gnabr", 0.1, 1)
    with pytest.raises(ValueError, match=r"bounds 1 to 0.1 are reversed or equal; give the lower first"):
        fit.vary("soma.hh.gnabar", 1, 0.1)
    with pytest.raises(ValueError, match="a logarithmic scale begins above 0, and the lower bound is 0"):
        fit.vary("soma.hh.gnabar", 0, 1, log=True)
    with pytest.raises(ValueError, match=r"bounds of all.cm: cm of the cell = -1.0 uF/cm2: must be greater than 0"):
        fit.vary("all.cm", -1, 1)
    with pytest.warns(
        UserWarning, match=r"0.12, the model's own value, lies outside its bounds: the fit begins at 0.5"
    ):
        fit.vary("soma.hh.gnabar", 0.5, 1, name="gna")
    with pytest.raises(KeyError, match=r"no varied parameter called 'gnax'; did you mean 'gna'"):
        fit.tie("soma.hh.gkbar", "2 * gnax")
    with pytest.raises(ValueError, match=r"there is no function __import__"):
        fit.tie("soma.hh.gkbar", "__import__(gna)")
    with pytest.raises(ValueError, match=r"holds nothing against data: add_run"):
        fit.error()
    run = fit.add_run("step", protocol=step(soma))
    with pytest.raises(KeyError, match=r"no error method 'trac'; did you mean 'trace'"):
        run.match(soma(0.5).v, rb.Trace([0, 1], [0, 0]), method="trac")
    with pytest.raises(ValueError, match=r"regions\[0\] = \(30, 5\) ms: the end must come after the start"):
        run.match(soma(0.5).v, rb.Trace([0, 1], [0, 0]), regions=[(30, 5, 1)])
    for target, regions, said in (
        (rb.Trace([0, 1], [0, 0], "nA"), [], r"the target is in nA and the model gives mV"),
        (rb.Trace([50, 60], [0, 0]), [], r"the run lasts from 0 to 30 ms and the target from 50 to 60 ms"),
        (rb.Trace([0, 1], [0, 0]), [(5, 9, 1)], r"the region from 5 to 9 ms holds no sample of the target"),
    ):
        run.match(soma(0.5).v, target, regions=regions)
        with pytest.raises(ValueError, match=f"run 'step', soma\\(0.5\\).v: {said}"):
            fit.error()
        run.remove_match(0)
    run.match(soma(0.5).v, rb.Trace([0, 1], [0, 0]))
    with pytest.raises(KeyError, match=r"no optimiser 'praxi'; did you mean 'praxis'"):
        fit.run("praxi")
    with pytest.raises(KeyError, match="there is no option of praxis 'tolerence'; did you mean 'tolerance'"):
        fit.run("praxis", tolerence=1e-3)
    with pytest.raises(KeyError, match="no option of multi_start, which 'auto' chose, 'desgn'; did you mean 'design'"):
        fit.run(desgn=8)
    with pytest.raises(ValueError, match="budget = 0"):
        fit.run(budget=0)


def test_a_candidate_that_blows_up_scores_worst_and_the_fit_goes_on() -> None:
    cell, soma = patch()
    fit = rb.Fit(cell)
    run = fit.add_run("step", stimulus=rb.IClamp(delay=1, dur=100, amp=0.1), at=soma(0.5), tstop=8)
    fit.vary("IClamp[0].amp", -1, 4e5)
    run.match(soma(0.5).v, rb.Trace([0, 8], [-65, -60]))
    errors = fit.errors({"IClamp[0].amp": [0.0, 3e5, 0.2]})
    assert np.isinf(errors[1])
    assert np.isfinite(errors[[0, 2]]).all()
    np.testing.assert_allclose(errors[2], fit.error({"IClamp[0].amp": 0.2}), rtol=1e-9)
    best = fit.run("cma_es", budget=24, seed=1)
    frame = best.history.to_dataframe()
    assert np.isinf(frame["error"]).any()
    assert (frame["note"][np.isinf(frame["error"])] == "step: the run blew up").all()
    assert np.isfinite(best.error)


def test_regions_and_weights_make_the_error_that_they_say() -> None:
    fit, soma = passive_fit()
    run = fit.runs["decay"]
    data = run.matches[0].target
    run.remove_match(0)
    run.match(soma(0.5).v, data, regions=[(2, 4, 1), (6, 8, 3)], scale=2)
    model = rb.run(fit.cell, tstop=10, record=[soma(0.5).v])
    square = (model[soma(0.5).v] - data.value) ** 2 / 4
    first, second = ((model.t >= a - 1e-9) & (model.t <= b + 1e-9) for a, b in ((2, 4), (6, 8)))
    expected = (square[first].sum() + 3 * square[second].sum()) / (first.sum() + 3 * second.sum())
    assert fit.error() == pytest.approx(expected)
    run.weight = 5
    assert fit.error() == pytest.approx(5 * expected)
    assert (fit.residuals() ** 2).sum() == pytest.approx(5 * expected)
