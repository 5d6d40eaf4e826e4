"""Diffusion along the tree, laid over live NEURON's."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.neuron.test_ions import METHODS, assert_agree, both

pytestmark = [pytest.mark.neuron, pytest.mark.usefixtures("mechanisms")]


def branched() -> tuple[rb.Cell, dict[str, Any]]:
    """Sections joined by either end, at ends and in the middle, and at the start of the root."""
    cell = rb.Cell("branched")
    root = cell.add_section("root", L=10, diam=2, nseg=2)
    line = cell.add_section("line", L=20, diam=3, nseg=2, parent=root(1))
    fork = cell.add_section("fork", L=8, diam=1, parent=root(1), child_end=1, nseg=2)
    taper = cell.add_section("taper", points=[(0, 0, 0, 3), (6, 0, 0, 1), (20, 0, 0, 5)], nseg=3, parent=line(1))
    side = cell.add_section("side", L=12, diam=1.5, nseg=3, parent=line(0.25))
    back = cell.add_section("back", L=9, diam=1.2, nseg=1, parent=root(0))
    return cell, {"root": root, "line": line, "fork": fork, "taper": taper, "side": side, "back": back}


def everywhere(sections: dict[str, Any], variable: str) -> list[Any]:
    return [section((k + 0.5) / section.nseg)[variable] for section in sections.values() for k in range(section.nseg)]


def test_a_tracer_spreads_through_every_kind_of_joint(library: str) -> None:
    cell, sections = branched()
    cell["all"].insert("pas")
    cell["all"].insert("tdif")
    cell.set("tdif.D", 2)
    cell["root"].set("tdif.k", [0.1, 0.0])
    cell["side"].set("tdif.D", 5)
    record = everywhere(sections, "tdif.c")
    ours, theirs = both(library, cell, record, tstop=20, dt=0.1)
    assert_agree(ours, theirs, *record, to=1e-10)


def test_a_tracer_stays_where_its_mechanism_is(library: str) -> None:
    cell, sections = branched()
    cell["all"].insert("pas")
    cell[["line", "taper", "side"]].insert("tdif", k=0.1)
    cell["line"].set("tdif.k", 0.0)
    record = everywhere({name: sections[name] for name in ("line", "taper", "side")}, "tdif.c")
    ours, theirs = both(library, cell, record, tstop=20, dt=0.1)
    assert_agree(ours, theirs, *record, to=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_calcium_spreads_from_where_it_enters(library: str, method: str) -> None:
    cell, sections = branched()
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["all"].insert("tdifca")
    cell["fork"].insert("tcal", g=1e-3)
    cell["all"].insert("tsk", g=1e-4)
    cell.place(rb.IClamp(delay=1, dur=8, amp=0.05), sections["root"](0.5))
    record = [*everywhere(sections, "cai"), sections["root"](0.75).v]
    ours, theirs = both(library, cell, record, method=method)
    assert_agree(ours, theirs, *record)


def test_what_spreads_is_kept() -> None:
    cell, sections = branched()
    cell["all"].insert("pas")
    cell["all"].insert("tdif", k=0.0)
    cell["root"].set("tdif.k", [0.1, 0.0])
    record = everywhere(sections, "tdif.c")
    sim = rb.Simulation(cell, record=record, tstop=10)
    grid = sim.assembly.grid
    held = np.pi * grid.diam**2 / 4 * grid.dx
    entered = 0.1 * held[0] * sim.run().t
    np.testing.assert_allclose(held @ sim.run().values, entered, rtol=1e-9, atol=1e-12)
