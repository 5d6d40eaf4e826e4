from typing import Any

import numpy as np

import rheobase as rb
from rheobase.widgets.code import program
from rheobase.widgets.session import Session


def executed(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the program under test is ours
    return names


def test_the_program_rebuilds_the_cell_and_its_run(cell: rb.Cell) -> None:
    cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), cell.section("soma")(0.5), name="ic")
    session = Session(cell, rb.Protocol(tstop=8, celsius=10), live=False)
    names = executed(program(session))
    assert names["cell"] == cell
    rec = names["rec"]
    assert rec.t[-1] == 8
    expected = rb.run(cell, tstop=8, celsius=10, record=[cell.section("soma")(0.5).v])
    v = cell.section("soma")(0.5).v
    np.testing.assert_array_equal(rec[v], expected[v])
    session.close()


def test_the_program_of_a_protocol_has_its_stimuli(cell: rb.Cell) -> None:
    soma = cell.section("soma")
    protocol = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(1, 2, 0.4))], record=[soma(0.5)["hh.m"]], tstop=4)
    session = Session(cell, protocol, live=False)
    names = executed(program(session))
    assert names["protocol"].stimuli == protocol.stimuli
    assert [item.label for item in names["rec"].recordables] == ["soma(0.5).v", "IClamp[0].i", "soma(0.5).hh.m"]
    session.close()


def test_default_settings_are_left_out(cell: rb.Cell) -> None:
    session = Session(cell, live=False)
    assert "rb.run(cell, record=record)" in program(session)
    session.close()


def test_the_program_has_what_the_simulation_had_that_the_session_was_made_of(cell: rb.Cell) -> None:
    soma = cell.section("soma")
    cell.place(rb.IClamp(delay=1, dur=2, amp=0.1), soma(0.5), name="ic")
    protocol = rb.Protocol(tstop=4, plays=rb.model.Play("ic.amp", [0, 2], [0.1, 0.3]))
    sim = rb.Simulation(cell, protocol, init="steady", every=4, record=[soma(0.5).v])
    sim.set("soma.hh.gnabar", 0.1)
    clamps = rb.widgets.Clamps(sim)
    names = executed(program(clamps.session))
    np.testing.assert_array_equal(names["rec"][soma(0.5).v], sim.run()[soma(0.5).v])
    clamps.close()
