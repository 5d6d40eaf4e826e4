from __future__ import annotations

import rheobase as rb
from rheobase.documents import Change, Edit, History
from tests.model.cells import ball_and_stick


def _set(old: float, new: float, key: str | None = "drag") -> Edit:
    return Edit("set", (Change(("x",), old, new, "code"),), key)


def test_a_drag_is_one_edit_however_long() -> None:
    history = History()
    for value in range(1000):
        history.record(_set(value, value + 1))
    assert history.done == ("set",)
    edit = history.step_back()
    assert edit is not None
    assert edit.changes == (Change(("x",), 0, 1000, "code"),)


def test_another_key_or_none_is_another_edit() -> None:
    history = History()
    for key in ("a", "b", "b", None, None):
        history.record(_set(0, 1, key))
    assert len(history.done) == 4


def test_a_drag_does_not_reach_over_an_undo() -> None:
    history = History()
    history.record(_set(0, 1, "a"))
    history.record(_set(1, 2, "b"))
    history.step_back()
    history.record(_set(1, 3, "a"))
    assert len(history.done) == 2


def test_a_new_edit_forgets_what_was_undone() -> None:
    cell, soma, _ = ball_and_stick()
    soma.nseg = 3
    cell.undo()
    assert cell.history.undone == ("Set nseg of soma",)
    soma.L = 30
    assert list(cell.history.undone) == []
    assert cell.redo() is None
    assert soma.nseg == 1


def test_edits_of_different_values_in_one_drag_are_all_undone() -> None:
    cell, soma, dend = ball_and_stick()
    before = cell.copy()
    for k in range(3):
        with cell.edit("drag", coalesce="one"):
            soma.L = 30 + k
        with cell.edit("drag", coalesce="one"):
            dend.diam = 3 + k
    assert cell.undo() == "drag"
    assert cell == before
    cell.redo()
    assert (soma.L, dend.diam) == (32, 5)


def test_undoing_nothing_says_so_by_none() -> None:
    assert rb.Cell("empty").undo() is None
