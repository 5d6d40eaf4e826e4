"""Whatever is done to a cell, undo and redo, files and code give it back."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import rheobase as rb
from rheobase.model.file import from_data, json_text
from rheobase.model.places import Places
from tests.model.cells import SAID, edits, starting_cell


class Editing(RuleBasedStateMachine):
    """Edits, undo and redo in any order, against a list of what the cell was after each edit."""

    @initialize()
    def begin(self) -> None:
        self.cell = starting_cell()
        self.states = [self.cell.document.content()]
        self.at = 0
        self.replica = self.cell.copy()
        self.cell.observe(self.follow)

    def follow(self, change: rb.model.Change) -> None:
        """Keep a second cell in step with the first by its changes alone."""
        with self.replica.edit("follow") as document:
            if change.path[0] == "order":
                document.reorder(change.path[1], list(change.new))
            else:
                assert document._get(change.path) == change.old
                document.put(change.path, change.new)

    @rule(edit=edits())
    def edit(self, edit: Callable[[rb.Cell], Any]) -> None:
        before = self.cell.document.content()
        done = len(self.cell.history.done)
        try:
            edit(self.cell)
        except SAID:
            assert self.cell.document.content() == before
        if len(self.cell.history.done) > done:
            del self.states[self.at + 1 :]
            self.states.append(self.cell.document.content())
            self.at += 1
        else:
            assert self.cell.document.content() == before

    @rule(edit=edits())
    def fail(self, edit: Callable[[rb.Cell], Any]) -> None:
        before = self.cell.document.content()
        try:
            with self.cell.edit("in vain"):
                edit(self.cell)
                raise RuntimeError
        except (RuntimeError, *SAID):
            pass
        assert self.cell.document.content() == before

    @rule()
    def undo(self) -> None:
        name = self.cell.undo()
        assert (name is None) == (self.at == 0)
        self.at = max(self.at - 1, 0)

    @rule()
    def redo(self) -> None:
        name = self.cell.redo()
        assert (name is None) == (self.at == len(self.states) - 1)
        self.at = min(self.at + 1, len(self.states) - 1)

    @invariant()
    def is_as_remembered(self) -> None:
        if hasattr(self, "cell"):
            assert self.cell.document.content() == self.states[self.at]
            assert self.replica == self.cell

    @invariant()
    def is_sound(self) -> None:
        if not hasattr(self, "cell"):
            return
        document = self.cell.document
        fresh = Places(document.sections, document.subsets)
        assert (fresh.regions, fresh.children) == (document.places.regions, document.places.children)
        seen: set[str] = set()
        for name, spec in document.sections.items():
            assert spec.parent is None if not seen else spec.parent is not None and spec.parent.section in seen
            seen.add(name)
        for place in [*(key[0] for key in document.insertions), *(key[1] for key in document.assignments)]:
            assert place == "all" or document.places.of(place) == fresh.of(place)
        assert document.listed == {k for k, a in document.assignments.items() if isinstance(a.value, tuple)}

    @invariant()
    def comes_back(self) -> None:
        if not hasattr(self, "cell"):
            return
        assert from_data(json.loads(json_text(self.cell.document))).content() == self.cell.document.content()
        found: dict[str, Any] = {}
        exec(self.cell.to_code(), found)  # noqa: S102  # that this is safe and exact is what is tested
        assert found["cell"] == self.cell

    def teardown(self) -> None:
        if not hasattr(self, "cell"):
            return
        frozen = self.cell.freeze()
        last = self.cell.copy()
        while self.cell.undo() is not None:
            pass
        assert self.cell.document.content() == self.states[0]
        while self.cell.redo() is not None:
            pass
        assert self.cell.document.content() == self.states[-1]
        assert frozen == last


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)


@settings(max_examples=30)
@given(st.lists(edits(), max_size=25))
def test_a_copy_of_any_kind_is_equal_and_independent(made: list[Callable[[rb.Cell], Any]]) -> None:
    cell = starting_cell()
    for edit in made:
        try:
            edit(cell)
        except SAID:
            continue
    for other in (cell.copy(), copy.deepcopy(cell), cell.freeze().copy()):
        assert other == cell
        other.name = "another"
        assert other != cell
