"""Edits that change names or cut between segments leave every trace as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.model import Section
from tests.simulate.cells import forked

pytestmark = pytest.mark.usefixtures("small_mechanisms")


def electrical() -> tuple[rb.Cell, Section, Section]:
    """A forked cell in which much hangs on one dendrite: channels, a gap, a synapse, a spike source, a branch."""
    cell, soma, (left, right) = forked(nseg=6)
    cell.add_section("tuft[0]", L=80, diam=1, nseg=2, parent=left(0.6), child_end=1)
    cell["tuft"].insert("pas", g=2e-4, e=-60)
    left.insert("hh", gnabar=0.2)
    left.set("cm", [1, 1.1, 1.2, 1.3, 1.4, 1.5])
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-6, origin=left(0.4)))
    left.insert("gap")
    cell.bind(f"{left.name}.gap.vpre", right(0.4).v)
    cell["tuft"].insert("gap", g=2e-4)
    cell.bind("tuft.gap.vpre", left(0.7).v)
    synapse = cell.place(rb.ExpSyn(tau=2, e=-20), right(0.7), name="syn")
    rb.connect(left(0.9), synapse, weight=0.01, delay=0.5, threshold=-40)
    cell.place(rb.IClamp(1, 4, 0.2), left(0.55), name="more")
    return cell, soma, left


def traces(cell: rb.Cell, places: list[Any]) -> Any:
    return rb.run(cell, tstop=12, record=[place.v for place in places]).values


def named(cell: rb.Cell, left: Section) -> list[Any]:
    new = left.rename("trunk")
    return [cell.soma(0.5), new(0.2), new(0.95), cell.section("tuft[0]")(0.9)]


def cut(edge: int, **name: Any) -> Callable[[rb.Cell, Section], list[Any]]:
    def edit(cell: rb.Cell, left: Section) -> list[Any]:
        at = edge / 6
        other = left.split(at, **name)
        found = [left(0.2 / at) if at > 0.2 else other((0.2 - at) / (1 - at)), other((0.95 - at) / (1 - at))]
        return [cell.soma(0.5), *found, cell.section("tuft[0]")(0.9)]

    return edit


def cut_from_afar(cell: rb.Cell, left: Section) -> list[Any]:
    other = cell.section("tuft[0]").split(0.5)
    return [cell.soma(0.5), left(0.2), left(0.95), cell.section("tuft[0]")(0.8), other(0.5)]


def copied_and_removed(cell: rb.Cell, left: Section) -> list[Any]:
    copy = left.copy(left(1))
    copy.remove()
    cell.section("tuft[0]").rename("oblique")
    return [cell.soma(0.5), left(0.2), left(0.95), cell.section("oblique")(0.9)]


@pytest.mark.parametrize(
    "edit",
    [named, cut(1), cut(3), cut(5, name="far"), cut_from_afar, copied_and_removed],
    ids=lambda edit: edit.__name__,
)
def test_a_trace_is_what_it_was(edit: Callable[[rb.Cell, Section], list[Any]]) -> None:
    cell, soma, left = electrical()
    before = traces(cell, [soma(0.5), left(0.2), left(0.95), cell.section("tuft[0]")(0.9)])
    assert before[1].max() > 0  # it fires, so that what is compared has been through everything
    after = traces(cell, edit(cell, left))
    np.testing.assert_allclose(after[:4], before, rtol=0, atol=1e-8)


def test_a_cut_splits_the_root_too() -> None:
    cell, soma, left = electrical()
    soma.nseg = 4
    before = traces(cell, [soma(0.1), soma(0.9), left(0.95)])
    other = soma.split(0.25)
    np.testing.assert_allclose(traces(cell, [soma(0.5), other(0.9), left(0.95)]), before, rtol=0, atol=1e-8)


def test_a_copy_in_the_same_place_does_what_the_original_does() -> None:
    cell, soma, left = electrical()
    for name in ("more", "syn"):
        cell.process(name).remove()
    cell["dend"].set("pas.g", 1e-4)  # for a profile tells another value in another place
    copy = left.copy(soma(1))
    one, other = traces(cell, [left(0.95), copy(0.95)])
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)
