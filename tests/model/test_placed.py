from __future__ import annotations

from typing import Any

import pytest

import rheobase as rb
from rheobase.model import StaleHandle
from tests.model.cells import SAID, ball_and_stick


def test_parameters_are_attributes_and_each_setting_is_one_step() -> None:
    cell, soma, dend = ball_and_stick()
    ic = cell.process("ic")
    ic.amp = "500 pA"
    ic.set(delay=1, dur=2)
    ic.move(dend(1))
    assert (ic.amp, ic.delay, ic.dur, ic.location) == (0.5, 1, 2, dend(1))
    assert [cell.undo() for _ in range(3)] == ["Move ic", "Set delay, dur of ic", "Set amp of ic"]
    assert (ic.process, ic.location) == (rb.IClamp(5, 80, 0.3), soma(0.5))
    assert ic.i == rb.Recordable("ic", None, "i") == ic["i"]
    assert "amp" in dir(ic)


def test_default_names_count_the_processes_of_a_kind() -> None:
    cell, soma, _ = ball_and_stick()
    names = [cell.place(process(), soma(0)).name for process in (rb.IClamp, rb.SEClamp, rb.IClamp)]
    assert names == ["IClamp[0]", "SEClamp[0]", "IClamp[1]"]
    cell.process("IClamp[0]").remove()
    assert cell.place(rb.IClamp(), soma(0)).name == "IClamp[0]"


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        (lambda cell: cell.place(rb.IClamp(), cell.soma(0), name="ic"), "or a connection 'ic'"),
        (lambda cell: cell.place(rb.IClamp, cell.soma(0)), "IClamp(...), not the class"),
        (lambda cell: cell.place("IClamp", cell.soma(0)), "only a point process"),
        (lambda cell: cell.place(rb.IClamp(), cell.soma), "say where by a place such as soma(0.5)"),
        (lambda cell: cell.place(rb.IClamp(), rb.Location("nowhere", 0)), "no section 'nowhere'"),
        (lambda cell: cell.place(rb.IClamp(), cell.soma(0), name="a b"), "cannot name a placed process"),
        (lambda cell: cell.process("ik"), "did you mean 'ic'"),
        (lambda cell: setattr(cell.process("ic"), "amp", "3 mV"), "IClamp.amp = '3 mV'"),
        (lambda cell: setattr(cell.process("ic"), "dur", -1), "IClamp.dur = -1 ms"),
        (lambda cell: setattr(cell.process("ic"), "amp", True), "IClamp.amp = True"),
        (lambda cell: setattr(cell.process("ic"), "ampl", 1), "did you mean 'amp'"),
        (lambda cell: setattr(cell.process("ic"), "name", "x"), "cannot be set"),
        (lambda cell: cell.process("ic").gain, "IClamp has no 'gain'"),
        (lambda cell: cell.process("ic").move(rb.Location("nowhere", 0)), "no section 'nowhere'"),
        (lambda cell: cell.process("ic")["a b"], "is no variable"),
    ],
)
def test_what_cannot_be_is_refused_in_words(attempt: Any, said: str) -> None:
    cell, *_ = ball_and_stick()
    before = cell.copy()
    with pytest.raises((*SAID, AttributeError)) as refusal:
        attempt(cell)
    assert said in str(refusal.value)
    assert cell == before


def test_a_handle_to_what_is_gone_says_so_and_works_again_after_redo() -> None:
    cell, soma, _ = ball_and_stick()
    probe = cell.place(rb.IClamp(amp=1), soma(0))
    cell.undo()
    assert repr(probe) == "<IClamp[0]: no longer in the cell>"
    for attempt in (lambda: probe.amp, lambda: probe.i, lambda: setattr(probe, "amp", 2), probe.remove):
        with pytest.raises(StaleHandle, match="placing it was undone, or it was removed"):
            attempt()
    cell.redo()
    assert probe.amp == 1
