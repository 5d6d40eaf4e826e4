from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

import rheobase as rb
from rheobase.model import Change, FrozenDocument
from tests.model.cells import ball_and_stick, chain


def test_observers_hear_of_each_change_once_and_of_undo_and_redo() -> None:
    cell, soma, _ = ball_and_stick()
    heard: list[Change] = []
    stop = cell.observe(heard.append)
    soma.nseg = 3
    cell.undo()
    cell.redo()
    assert [change.path for change in heard] == [("sections", "soma")] * 3
    assert [change.origin for change in heard] == ["code", "undo", "redo"]
    assert [(c.old.nseg, c.new.nseg) for c in heard] == [(1, 3), (3, 1), (1, 3)]
    stop()
    stop()
    soma.nseg = 5
    assert len(heard) == 3


def test_a_view_can_know_its_own_echo() -> None:
    cell, soma, _ = ball_and_stick()
    origins: list[str] = []
    cell.observe(lambda change: origins.append(change.origin))
    with cell.edit("from a slider", origin="clamps"):
        soma.L = 25
    assert origins == ["clamps"]


def test_a_grouped_observer_is_called_once_an_edit() -> None:
    cell = chain(5)
    groups: list[tuple[Change, ...]] = []
    cell.observe(groups.append, grouped=True)
    cell["all"].nseg = 3
    assert [len(group) for group in groups] == [5]


def test_nothing_is_told_of_an_edit_that_failed_or_changed_nothing() -> None:
    cell, soma, _ = ball_and_stick()
    heard: list[Change] = []
    cell.observe(heard.append)

    def edit_both() -> None:
        with cell.edit("both"):
            soma.L = 30
            soma.nseg = 0

    with pytest.raises(ValueError, match="nseg"):
        edit_both()
    cell.Ra = cell.Ra
    soma.nseg = 1
    assert heard == []
    assert soma.L == 20


def test_an_edit_within_an_edit_can_fail_alone() -> None:
    cell, soma, dend = ball_and_stick()

    def fail_inside() -> None:
        with cell.edit("inner"):
            dend.L = 500
            dend.nseg = 0

    with cell.edit("outer"):
        soma.L = 30
        with pytest.raises(ValueError, match="nseg"):
            fail_inside()
        dend.diam = 3
    assert (soma.L, dend.L, dend.diam) == (30, 400, 3)
    assert cell.undo() == "outer"
    assert (soma.L, dend.diam) == (20, 2)


def test_an_observer_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    cell, soma, _ = ball_and_stick()
    heard: list[Change] = []

    def fail(_: Change) -> None:
        raise RuntimeError("broken view")

    cell.observe(fail)
    cell.observe(heard.append)
    with caplog.at_level(logging.ERROR, "rheobase"):
        soma.nseg = 3
    assert "broken view" in caplog.text
    assert len(heard) == 1
    assert cell.undo() == "Set nseg of soma"


def test_every_observer_hears_edits_in_their_order_even_where_one_edits_in_reply() -> None:
    cell, soma, dend = ball_and_stick()
    heard: list[str] = []

    def reply(change: Change) -> None:
        if change.path == ("sections", "soma"):
            dend.nseg = soma.nseg

    cell.observe(reply)
    cell.observe(lambda change: heard.append(change.path[1]))
    soma.nseg = 7
    assert heard == ["soma", "dend"]
    assert dend.nseg == 7


def test_undo_within_an_edit_is_refused() -> None:
    cell, soma, _ = ball_and_stick()

    def undo_inside() -> None:
        with cell.edit("open"):
            soma.L = 30
            cell.undo()

    with pytest.raises(RuntimeError, match="finish it first"):
        undo_inside()
    assert soma.L == 20


def test_a_change_outside_an_edit_is_refused() -> None:
    with pytest.raises(RuntimeError, match="only within an edit"):
        rb.Cell("c").document.put(("name",), "d")


def test_a_snapshot_never_changes_and_refuses_to() -> None:
    cell, soma, _ = ball_and_stick()
    frozen = cell.freeze()
    assert frozen == cell
    soma.L = 33
    assert frozen != cell
    assert frozen.section("soma").L == 20
    for attempt in (
        lambda: setattr(frozen.soma, "nseg", 3),
        lambda: frozen["soma"].insert("pas"),
        frozen.undo,
        lambda: setattr(frozen.process("ic"), "amp", 1),
    ):
        with pytest.raises(FrozenDocument, match=r"frozen snapshot of cell 'ball and stick'.*copy\(\)"):
            attempt()
    copy = frozen.copy()
    copy.soma.nseg = 3
    assert frozen.soma.nseg == 1


def test_a_snapshot_is_shared_until_something_changes() -> None:
    cell, soma, _ = ball_and_stick()
    assert cell.freeze().document is cell.freeze().document
    before = cell.freeze()
    soma.nseg = 3
    assert cell.freeze().document is not before.document
    assert before.freeze().document is before.document


def test_a_snapshot_knows_its_places_after_the_cell_has_grown() -> None:
    cell, soma, _ = ball_and_stick()
    assert cell.sections_of("all") == ("soma", "dend")
    frozen = cell.freeze()
    cell.add_section("tuft", L=10, diam=1, parent=soma(0))
    assert frozen.sections_of("all") == ("soma", "dend")
    assert cell.sections_of("all") == ("soma", "dend", "tuft")
    assert frozen.section("soma").children == (frozen.section("dend"),)


def test_revisions_tell_numbers_from_structure() -> None:
    cell, soma, _ = ball_and_stick()
    ic = cell.process("ic")
    start = cell.structure_revision
    numbers: list[Callable[[], Any]] = [
        lambda: setattr(ic, "amp", 0.7),
        lambda: setattr(cell, "Ra", 120),
        lambda: cell["soma"].set("hh.gnabar", 0.2),
        lambda: setattr(cell, "name", "renamed"),
    ]
    for edit in numbers:
        before = cell.revision
        edit()
        assert cell.revision > before
        assert cell.structure_revision == start
    structure: list[Callable[[], Any]] = [
        lambda: ic.move(soma(0)),
        lambda: setattr(soma, "nseg", 3),
        lambda: setattr(soma, "diam", 3),
        lambda: cell["dend"].insert("hh"),
        lambda: cell.subset("both", "all"),
        ic.remove,
        cell.undo,
    ]
    for edit in structure:
        before = cell.structure_revision
        edit()
        assert cell.structure_revision > before


def test_edits_from_two_threads_all_arrive_and_are_all_told() -> None:
    cell = rb.Cell("shared")
    root = cell.add_section("root", L=1, diam=1)
    told: list[str] = []
    cell.observe(lambda change: told.append(change.path[1]))

    def grow(name: str) -> None:
        for k in range(100):
            cell.add_section(f"{name}[{k}]", L=1, diam=1, parent=root(1))

    threads = [threading.Thread(target=grow, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tuple(told) == tuple(cell.document.sections)[1:]
    assert len(told) == 200


def test_a_snapshot_waits_for_the_end_of_an_edit() -> None:
    cell, soma, dend = ball_and_stick()
    seen: list[tuple[float, float]] = []

    def look() -> None:
        frozen = cell.freeze()
        seen.append((frozen.soma.L, frozen.dend.L))

    with cell.edit("both"):
        soma.L = 30
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(0.05)
        dend.L = 300
    thread.join()
    assert seen == [(30, 300)]
