import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets.session import Event, Session
from tests.widgets.conftest import the

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def session(cell: rb.Cell) -> Iterator[Session]:
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), cell.section("soma")(0.5), name="ic")
    session = Session(cell, rb.Protocol(tstop=10))
    yield session
    session.close()


def test_a_change_of_the_cell_starts_a_run_of_the_changed_cell(session: Session, until: Until) -> None:
    session.request()
    until(lambda: not session.busy)
    before = the(session.results)[session.cell.section("soma")(0.5).v].max()
    session.cell.process("ic").amp = 0.0
    until(lambda: not session.busy)
    after = the(session.results)[session.cell.section("soma")(0.5).v]
    assert before > 0
    assert np.abs(after + 65).max() < 3


def test_the_newest_of_many_changes_wins_and_nothing_queues(session: Session, until: Until) -> None:
    runs: list[Event] = []
    session.listen(lambda event: runs.append(event) if event.kind == "run" else None)
    for amp in np.linspace(0.01, 0.4, 40):
        session.cell.process("ic").amp = float(amp)
    until(lambda: not session.busy)
    assert the(session.results)[session.cell.process("ic").i].max() == pytest.approx(0.4)
    assert len(runs) < 40


def test_a_session_that_is_not_live_waits_to_be_asked(cell: rb.Cell) -> None:
    session = Session(cell, live=False)
    cell.place(rb.IClamp(), cell.section("soma")(0.5))
    assert not session.busy
    session.close()


def test_settings_are_checked_and_run(session: Session, until: Until) -> None:
    with pytest.raises(ValueError, match="tstop"):
        session.set("tstop", -1)
    with pytest.raises(KeyError, match="no run setting 'stop'"):
        session.set("stop", 1)
    session.set("tstop", "0.02 s")
    until(lambda: not session.busy)
    assert the(session.results).t[-1] == pytest.approx(20)
    assert session.initial("tstop") == 10


def test_cancel_is_heard_at_once_and_the_last_picture_stays(session: Session, until: Until) -> None:
    session.request()
    until(lambda: not session.busy)
    picture = session.picture
    session.set("tstop", 100_000)
    assert session.busy
    session.cancel()
    assert session.state == "idle"
    assert the(session.results).t[-1] == pytest.approx(10)
    session.set("tstop", 10)
    until(lambda: not session.busy)
    assert session.picture is not picture


def test_a_run_that_fails_is_told_in_words_and_the_last_picture_stays(session: Session, until: Until) -> None:
    session.request()
    until(lambda: not session.busy)
    picture = session.picture
    session.cell.process("ic").amp = 1e9
    until(lambda: not session.busy)
    assert [session.state] == ["error"]
    assert "soma(0.5)" in session.message
    assert session.picture is picture
    session.cell.process("ic").amp = 0.1
    until(lambda: not session.busy)
    assert session.state == "idle"


def test_a_movie_is_made_on_request_and_does_not_count_as_a_run(session: Session, until: Until) -> None:
    events: list[Event] = []
    session.request()
    until(lambda: not session.busy)
    picture = session.picture
    session.listen(events.append)
    session.request_movie()
    assert not session.busy
    until(lambda: bool(events))
    session.request_movie()
    assert [event.kind for event in events] == ["movie"]
    movie = the(the(events[0].update).results)
    assert movie.values.shape == (session.cell.n_segments, len(movie.t))
    assert len(movie.t) <= 400
    assert session.picture is picture


def test_a_kept_run_is_kept_once(session: Session, until: Until) -> None:
    assert not session.keep()
    session.request()
    until(lambda: not session.busy)
    assert session.keep()
    assert not session.keep()
    assert len(session.kept) == 1
    session.forget()
    assert not session.kept


def test_each_electrode_has_a_voltage_and_a_current(session: Session) -> None:
    session.cell.place(rb.SEClamp(dur1=1), session.cell.section("dend")(0.3))
    found = [(trace.name, trace.letter) for trace in session.traces()]
    assert found == [("soma(0.5)", "A"), ("ic", "A"), ("dend(0.3)", "B"), ("SEClamp[0]", "B")]


def test_a_protocol_adds_its_stimuli_and_recordings(cell: rb.Cell) -> None:
    soma = cell.section("soma")
    protocol = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(1, 2, 0.1))], record=[soma(0.5)["hh.m"], soma(0.5).v])
    session = Session(cell, protocol)
    assert [trace.name for trace in session.traces()] == ["soma(0.5)", "IClamp[0]", "soma(0.5).hh.m"]
    session.close()


def test_a_closed_session_has_no_thread_and_no_observer(session: Session, until: Until) -> None:
    session.request()
    until(lambda: not session.busy)
    session.close()
    session.close()
    until(lambda: not any(thread.name == "rheobase-live" for thread in threading.enumerate()))
    assert session.cell.document._observers == {}
    session.cell.process("ic").amp = 0.2
    session.request()
    assert not session.busy
