"""States in files: a run that is saved, restored and continued is the run that was not interrupted, to the last bit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Simulation, StateError
from tests.simulate.cells import forked


def busy() -> tuple[rb.Cell, list[rb.Recordable]]:
    """A cell in which everything moves: random spikes with delays, shells of calcium, a spike back to itself."""
    cell, soma, (left, _) = forked()
    soma.insert("ca_decay", tau=20)
    soma.insert("cahva_reuveni")
    syn = cell.place(rb.Exp2Syn(tau1=0.5, tau2=3), left(0.7), name="syn")
    rb.connect(rb.NetStim(start=0.5, interval=0.8, number=1e9, noise=1), syn, weight=0.002, delay=3.3)
    rb.connect(soma(0.5), syn, weight=0.01, delay=2, threshold=-20)
    return cell, [soma(0.5).v, left(0.7).v, soma(0.5)["cai"], soma(0.5)["ica"], syn["g"]]


@pytest.mark.parametrize("method", ["implicit_euler", "adaptive"])
def test_a_restored_run_goes_on_as_if_it_had_not_been_interrupted(tmp_path: Path, method: str) -> None:
    cell, record = busy()
    options: Any = {"record": record, "tstop": 12, "method": method}
    whole = Simulation(cell, **options)
    first = whole.run_until(5)
    whole.save_state(tmp_path / "half.state")
    rest = whole.run_until(12).values[:, len(first.t) :]

    other = Simulation(cell, **options)
    other.restore_state(tmp_path / "half.state")
    assert other.t == 5
    again = other.run_until(12)
    np.testing.assert_array_equal(again.values[:, 0], first.values[:, -1])
    np.testing.assert_array_equal(again.values[:, 1:], rest)
    assert np.ptp(rest[4]) > 0  # spikes arrived after the state was saved
    whole.restore_state(tmp_path / "half.state")
    np.testing.assert_array_equal(whole.run_until(12).values[:, 1:], rest)


def test_what_was_set_in_a_run_is_restored_with_it(tmp_path: Path) -> None:
    cell, record = busy()
    sim = Simulation(cell, record=record)
    sim.at(1, lambda s: s.set("dend.pas.g", 5e-4))
    sim.run_until(2)
    sim.save_state(tmp_path / "state")
    rest = sim.run_until(3).values[:, -40:]
    other = Simulation(cell, record=record)
    other.restore_state(tmp_path / "state")
    np.testing.assert_array_equal(other.run_until(3).values[:, 1:], rest)
    other.init()
    assert other.get("dend.pas.g") == 1e-4


def test_a_state_of_another_model_is_refused_with_what_differs(tmp_path: Path) -> None:
    cell, _, dends = forked()
    Simulation(cell).save_state(tmp_path / "state")
    dends[0].insert("hh")
    cell.add_section("axon", L=50, diam=1, parent=dends[0](1))
    with pytest.raises(StateError, match=r"state: .*segments: only here axon\(0.5\).*hh: only here dend\[0\]"):
        Simulation(cell).restore_state(tmp_path / "state")


def test_a_time_between_steps_is_refused(tmp_path: Path) -> None:
    cell, *_ = forked()
    sim = Simulation(cell, dt=0.01)
    sim.run_until(0.03)
    sim.save_state(tmp_path / "state")
    with pytest.raises(StateError, match=r"t = 0.03 ms is no multiple of dt = 0.025 ms \(it was saved under dt = 0.01"):
        Simulation(cell).restore_state(tmp_path / "state")


def test_files_that_are_no_states_are_refused_in_words(tmp_path: Path) -> None:
    cell, *_ = forked()
    sim, path = Simulation(cell), tmp_path / "state"
    path.write_bytes(b"nothing")
    with pytest.raises(StateError, match="state: File is not a zip file"):
        sim.restore_state(path)
    sim.save_state(path)
    with np.load(path, allow_pickle=False) as saved:
        arrays = dict(saved)
    manifest = json.loads(arrays["manifest"].tobytes())
    assert manifest["rheobase"] == rb.__version__
    for broken, words in (
        ({"v": arrays["v"][:-1]}, r"v is \(\d+,\) of float64, where the model has \(\d+,\) of float64"),
        ({"v": arrays["v"].astype(object)}, "v is .* of object"),
        ({"manifest": np.frombuffer(b"{}", np.uint8)}, 'is no state of a run: it has no "schema"'),
    ):
        with path.open("wb") as stream:
            np.savez(stream, allow_pickle=True, **{**arrays, **broken})
        with pytest.raises(StateError, match=words):
            sim.restore_state(path)
