"""Simulations: what they are given, what they refuse, how they break down, and how they are stopped."""

import signal
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.simulate import Cancelled, Progress, Simulation, SimulationError
from tests.simulate.cells import forked


def test_defaults_are_those_of_the_field() -> None:
    cell, soma, _ = forked()
    p = Simulation(cell).protocol
    assert (p.tstop, p.dt, p.v_init, p.celsius, p.method) == (100, 0.025, -65, 6.3, "implicit_euler")
    assert Simulation(cell).recordables == (soma(0.5).v,)
    assert repr(Simulation(cell)) == "<Simulation of 'forked': 100 ms at dt 0.025 ms, implicit_euler>"


def test_what_is_given_beside_a_protocol_wins() -> None:
    cell, soma, (left, _) = forked()
    protocol = rb.Protocol(record=[soma(0.5).v], tstop=3, dt=0.05, v_init=-70, celsius=20)
    plain = rb.run(cell, protocol)
    assert plain.t[-1] == pytest.approx(3)
    assert plain.values[0, 0] == -70
    changed = rb.run(cell, protocol, tstop="2 ms", record=left(1).v, v_init=-60)
    assert changed.recordables == (left(1).v,)
    assert changed.t[-1] == pytest.approx(2)
    assert changed.values[0, 0] == -60
    assert protocol.tstop == 3


def test_a_protocols_stimuli_join_the_cells_and_are_named_on() -> None:
    cell, soma, (left, _) = forked()
    cell.place(rb.IClamp(delay=1, dur=1, amp=0.1), soma(0.5))
    protocol = rb.Protocol(
        stimuli=[
            (soma(0.5), rb.IClamp(dur=1, amp=0.2)),
            (left(1), rb.IClamp(dur=1, amp=0.05)),
            (soma(0), rb.SEClamp()),
        ],
        record=[rb.Recordable(f"IClamp[{k}]", None, "i") for k in range(3)],
        tstop=1,
    )
    assert [trace[-1] for trace in rb.run(cell, protocol).values] == [0, 0.2, 0.05]
    sim = Simulation(cell, protocol)
    assert {"IClamp[0].amp", "IClamp[1].amp", "IClamp[2].amp", "ic.amp", "SEClamp[0].rs"} <= set(sim.function()[1])
    many = sim.batch({"IClamp[2].amp": [0.1, 0.3]})
    assert many[:, 2, -1].tolist() == [0.1, 0.3]
    assert [p.name for p in cell.placements] == ["ic", "IClamp[0]"]  # the cell itself has no more than before


def test_a_stimulus_nowhere_is_refused() -> None:
    cell, *_ = forked()
    protocol = rb.Protocol(stimuli=[(rb.Location("soam", 0.5), rb.IClamp())])
    with pytest.raises(KeyError, match=r"no section for IClamp\[0\] called 'soam'; did you mean 'soma'"):
        Simulation(cell, protocol)


def test_samples_are_every_so_many_steps() -> None:
    cell, soma, _ = forked()
    dense, sparse = rb.run(cell, tstop=3), rb.run(cell, tstop=3, every=7)
    np.testing.assert_array_equal(sparse.values, dense.values[:, ::7])
    np.testing.assert_allclose(sparse.t, dense.t[::7])
    assert soma(0.5).v in sparse.recordables


def test_every_sample_of_a_long_run_is_there() -> None:
    cell, *_ = forked()
    sim = Simulation(cell, tstop=150)
    seen = [0.0]
    rec = sim.run(progress=lambda news: seen.append(news.fraction))
    assert len(rec.t) == 6001
    assert seen[-1] == 1
    assert np.diff(seen).min() > 0
    assert np.isfinite(rec.values).all()


def test_float32_by_choice() -> None:
    cell, *_ = forked()
    single = rb.run(cell, tstop=2, precision="float32")
    assert single.values.dtype == np.float32
    np.testing.assert_allclose(single.values, rb.run(cell, tstop=2).values, atol=0.05)


def test_frames_do_not_change_the_traces() -> None:
    cell, *_ = forked()
    plain, filmed = rb.run(cell, tstop=3), rb.run(cell, tstop=3, frames=11)
    np.testing.assert_array_equal(plain.values, filmed.values)
    assert plain.frames is None
    assert filmed.frames is not None
    assert filmed.frames.v.shape == (11, 7)


def test_a_simulation_is_of_the_cell_as_it_was() -> None:
    cell, soma, _ = forked()
    sim = Simulation(cell, tstop=2)
    before = sim.run().values
    soma.L = 50
    cell.process("ic").amp = 3
    np.testing.assert_array_equal(sim.run().values, before)
    assert (Simulation(cell, tstop=2).run().values != before).any()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"tstop": -5}, ValueError, "tstop = -5 ms: must be greater than 0"),
        ({"tstop": float("nan")}, ValueError, "tstop = nan: must be a finite number in ms"),
        ({"dt": 0}, ValueError, "dt = 0 ms: must be greater than 0"),
        ({"dt": "3 mV"}, ValueError, "another dimension than ms"),
        ({"v_init": None, "celsius": -300}, ValueError, "above absolute zero"),
        ({"v_init": True}, TypeError, "v_init = True"),
        ({"method": "euler"}, KeyError, "no integrator is named 'euler'; there are .*crank_nicolson"),
        ({"method": 3}, ValueError, "method = 3"),
        ({"every": 0}, ValueError, "every = 0: give a whole number of at least 1"),
        ({"every": 2.5}, ValueError, r"every = 2.5"),
        ({"every": 1000}, ValueError, "every = 1000: the run has only 40 steps"),
        ({"frames": -1}, ValueError, "frames = -1: give a whole number of at least 0"),
        ({"frames": True}, ValueError, "frames = True"),
        ({"precision": "float16"}, ValueError, "precision = 'float16': give 'float64' or 'float32'"),
        ({"tstop": 1e6, "dt": 1e-5}, ValueError, r"makes 100000000000 samples; sample less often"),
        ({"record": 5}, TypeError, "record = 5: must be a list"),
    ],
)
def test_a_bad_number_is_refused_in_words(options: dict[str, Any], error: type[Exception], words: str) -> None:
    cell, *_ = forked()
    with pytest.raises(error, match=words):
        rb.run(cell, **{"tstop": 1, **options})


def test_a_cell_without_sections_is_refused() -> None:
    with pytest.raises(ValueError, match="cell 'empty' has no sections; add one with add_section"):
        rb.run(rb.Cell("empty"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "equally many values"),
        ({"ic.amp": []}, "equally many values"),
        ({"ic.amp": [1, 2], "v_init": [1]}, "equally many values of each parameter; got {'ic.amp': 2, 'v_init': 1}"),
        ({"ic.amp": ["a"]}, r"ic.amp = \['a'\]: give one number a run"),
        ({"dend.pas.g": [[1, 2], [3]]}, "dend.pas.g = .*: give one number a run"),
        ({"dend.pas.g": np.zeros((2, 2, 2))}, r"array of shape \(2, 2, 2\)"),
    ],
)
def test_a_batch_of_no_sense_is_refused(values: dict[str, Any], words: str) -> None:
    cell, *_ = forked()
    with pytest.raises(ValueError, match=words):
        Simulation(cell, tstop=1).batch(values)


def test_whole_numbers_serve_as_parameters() -> None:
    cell, *_ = forked()
    sim = Simulation(cell, tstop=1, v_init=-60, celsius=7)
    f, params = Simulation(cell, tstop=1).function()
    np.testing.assert_allclose(f(params | {"v_init": -60, "celsius": 7}), sim.run().values, atol=1e-9)


@pytest.mark.parametrize("every", [1, 7])
def test_a_run_that_blows_up_says_when_and_where(every: int) -> None:
    cell, _, (_, right) = forked()
    cell.place(rb.IClamp(delay=0.5, dur=9, amp=1e7), right(0.5))
    with pytest.raises(SimulationError, match=r"at dend\[1\]\(0.5\) blew up at t = 0.525 ms; try") as caught:
        rb.run(cell, tstop=5, every=every)
    assert caught.value.t == pytest.approx(0.525)
    assert caught.value.place == "dend[1](0.5)"
    assert isinstance(caught.value, RuntimeError)


def test_a_batch_that_blows_up_says_which_run() -> None:
    cell, *_ = forked()
    amplitudes = np.full(70, 0.1)  # more than one tile
    amplitudes[66] = 1e8
    with pytest.raises(SimulationError, match=r"in run 66 of the batch, .* soma\(0.5\) blew up at t = 1.025"):
        Simulation(cell, tstop=2).batch({"ic.amp": amplitudes})


def test_after_a_failure_the_next_run_is_as_ever() -> None:
    cell, *_ = forked()
    before = rb.run(cell, tstop=2).values
    clamp = cell.process("ic")
    clamp.amp = 1e8
    with pytest.raises(SimulationError):
        rb.run(cell, tstop=2)
    cell.undo()
    np.testing.assert_array_equal(rb.run(cell, tstop=2).values, before)


def test_progress_brings_the_results_until_now() -> None:
    cell, soma, _ = forked()
    news: list[Progress] = []
    rec = Simulation(cell, tstop=100).run(progress=news.append)
    assert [n.fraction for n in news] == sorted(n.fraction for n in news)
    assert len(news) > 1
    for step in news:
        part = step.results
        assert len(part.t) == round(step.fraction * 4000) + 1
        np.testing.assert_array_equal(part[soma(0.5).v], rec[soma(0.5).v][: len(part.t)])


def test_a_run_is_cancelled_between_chunks() -> None:
    cell, *_ = forked()
    sim = Simulation(cell, tstop=1000)
    news: list[Progress] = []
    with pytest.raises(Cancelled):
        sim.run(progress=news.append, cancelled=lambda: len(news) == 3)
    assert len(news) == 3
    assert news[-1].fraction < 1


def test_an_interrupt_leaves_everything_usable() -> None:
    cell, *_ = forked()
    sim = Simulation(cell, tstop=100)
    whole = sim.run().values

    def interrupt(news: Progress) -> None:
        if news.fraction > 0.02:
            signal.raise_signal(signal.SIGINT)

    # A shell that starts the tests in the background has them ignore interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            sim.run(progress=interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    np.testing.assert_array_equal(sim.run().values, whole)
    cell.process("ic").amp = 0.2
    assert (rb.run(cell, tstop=100).values != whole).any()
