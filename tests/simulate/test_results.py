"""Results: indexed by what was recorded, read at other times, and taken elsewhere with their units."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rheobase as rb
from rheobase.simulate import Frames
from tests.simulate.cells import forked


@pytest.fixture(scope="module")
def rec() -> rb.Results:
    cell, soma, (left, _) = forked()
    here = soma(0.5)
    record = [
        here.v,
        here["hh.m"],
        here["hh.gna"],
        here["ina"],
        here["ena"],
        here["nai"],
        cell.process("ic").i,
        left(1).v,
    ]
    return rb.run(cell, tstop=2, record=record, frames=5)


def test_traces_are_found_by_content(rec: rb.Results) -> None:
    again = rb.Location("soma", 0.5)
    assert rec[again.v].shape == rec.t.shape == (81,)
    assert len(rec) == 81
    np.testing.assert_array_equal(rec[again["hh.m"]], rec.values[1])
    np.testing.assert_allclose(rec.t, 0.025 * np.arange(81))


@pytest.mark.parametrize("key", [rb.Location("soma", 0.4).v, rb.Location("soma", 0.5)["hh.n"], "soma(0.5).v", 0, None])
def test_what_was_not_recorded_is_refused_with_what_was(rec: rb.Results, key: Any) -> None:
    with pytest.raises(KeyError, match=r"was not recorded; recorded are soma\(0.5\).v, soma\(0.5\).hh.m, .*ic.i"):
        rec[key]


def test_at_other_times_traces_lie_on_straight_lines(rec: rb.Results) -> None:
    v = rb.Location("soma", 0.5).v
    halfway = rec.at([0.0125, 1.9875, 2.0])
    np.testing.assert_allclose(halfway[v][:2], (rec[v][[0, -2]] + rec[v][[1, -1]]) / 2)
    assert halfway[v][2] == rec[v][-1]
    assert halfway.frames is None
    np.testing.assert_array_equal(halfway.t, [0.0125, 1.9875, 2.0])
    np.testing.assert_allclose(rec.at(rec.t).values, rec.values)
    assert rec.at(1.0).t.tolist() == [1.0]


@pytest.mark.parametrize("times", [[-0.1], [0, 2.1], [1, float("nan")], float("inf"), []])
def test_times_outside_the_run_are_refused(rec: rb.Results, times: Any) -> None:
    with pytest.raises(ValueError, match="within the run, from 0 to 2 ms"):
        rec.at(times)


def test_as_a_data_frame(rec: rb.Results) -> None:
    frame = rec.to_dataframe()
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.name == "t"
    assert list(frame.columns) == [r.label for r in rec.recordables]
    np.testing.assert_array_equal(frame["dend[0](1).v"], rec[rb.Location("dend[0]", 1).v])
    np.testing.assert_array_equal(frame.index, rec.t)


def test_as_a_dataset_with_units(rec: rb.Results) -> None:
    data = rec.to_xarray()
    units = {label: data[label].attrs["units"] for label in data}
    assert units == {
        "soma(0.5).v": "mV",
        "soma(0.5).hh.m": "",
        "soma(0.5).hh.gna": "S/cm2",
        "soma(0.5).ina": "mA/cm2",
        "soma(0.5).ena": "mV",
        "soma(0.5).nai": "mM",
        "ic.i": "nA",
        "dend[0](1).v": "mV",
    }
    assert data["t"].attrs["units"] == "ms"
    assert data["ic.i"].sel(t=1.5, method="nearest") == 0.3
    assert data.sizes == {"t": 81}


def test_units_of_what_clamps_and_parameters_tell() -> None:
    cell, soma, _ = forked()
    clamp = cell.place(rb.SEClamp(dur1=1, amp1=-60), soma(1))
    other = cell.place(rb.VClamp(dur=(1,), amp=(-60,)), soma(0))
    here = soma(0.5)
    record = [clamp["vc"], clamp["rs"], other["vo"], other.i, here["hh.gkbar"], here["hh.il"], here["ko"]]
    rec = rb.run(cell, tstop=0.1, record=record)
    assert rec.units == ("mV", "megohm", "mV", "nA", "S/cm2", "mA/cm2", "mM")


def test_repr_tells_length_and_traces(rec: rb.Results) -> None:
    text = repr(rec)
    assert text.startswith("<Results: 81 samples over 2 ms of soma(0.5).v, soma(0.5).hh.m")
    assert len(text) < 250


def test_frames_are_the_whole_cell_at_evenly_spread_samples(rec: rb.Results) -> None:
    frames = rec.frames
    assert isinstance(frames, Frames)
    np.testing.assert_allclose(frames.t, [0, 0.5, 1, 1.5, 2])
    assert frames.v.shape == (5, 7)
    assert frames.v.dtype == np.float32
    rows = np.isin(rec.t, frames.t)
    np.testing.assert_allclose(frames.v[:, 0], rec[rb.Location("soma", 0.5).v][rows], rtol=1e-6)
    np.testing.assert_allclose(frames.v[:, 3], rec[rb.Location("dend[0]", 1).v][rows], rtol=1e-6)


def test_many_traces_are_told_in_short(rec: rb.Results) -> None:
    sites = [rb.Location("soma", k / 99).v for k in range(100)]
    many = rb.Results(rec.t, tuple(sites), ("mV",) * 100, np.outer(np.arange(100), rec.t))
    np.testing.assert_array_equal(many[rb.Location("soma", 57 / 99).v], 57 * rec.t)
    assert repr(many).endswith("and 92 more>")
    with pytest.raises(KeyError, match="and 80 more"):
        many[rb.Location("soma", 0.501).v]
