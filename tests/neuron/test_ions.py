"""Ions that move, laid over live NEURON's: the same mechanisms as NMODL that NEURON compiles, and as Python classes."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.fresh_process import in_fresh_process
from tests.neuron.library import CalciumSynapse
from tests.simulate.against_neuron import described
from tests.simulate.neuron_oracle import run_in_neuron

pytestmark = [pytest.mark.neuron, pytest.mark.usefixtures("mechanisms")]
METHODS = ["implicit_euler", "crank_nicolson"]


def soma_cell(*names: str) -> tuple[rb.Cell, Any]:
    cell = rb.Cell("soma")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", g=1e-4, e=-65)
    for name in names:
        cell["soma"].insert(name)
    cell.place(rb.IClamp(delay=1, dur=8, amp=0.15), soma(0.5))
    return cell, soma


def both(
    library: str, cell: rb.Cell, record: list[Any], concentrations: dict[str, float] | None = None, **run: Any
) -> tuple[Any, Any]:
    """The traces of Rheobase and of NEURON, by what was recorded."""
    run = {"tstop": 15, **run}
    model = described(cell, record, **run) | {"library": library}
    for section in model["sections"]:
        section["concentrations"] = concentrations or {}
    theirs = in_fresh_process(run_in_neuron, model)["traces"]
    ours = rb.run(cell, record=record, **run)
    return ours, {what: np.array(trace) for what, trace in zip(record, theirs, strict=True)}


def assert_agree(ours: Any, theirs: Any, *record: Any, lag: int = 0, to: float = 1e-6) -> None:
    """To a part of the peak; NEURON's currents and reversal potentials are those of the start of a step."""
    for what in record:
        a, b = ours[what][: len(ours) - lag], theirs[what][lag:]
        assert np.ptp(a) > 0, what
        np.testing.assert_allclose(a, b, rtol=0, atol=to * np.abs(b).max(), err_msg=str(what))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("channel", ["tcal", "tghk"])
def test_a_pool_that_calcium_enters_and_leaves(library: str, channel: str, method: str) -> None:
    cell, soma = soma_cell("tcapool", channel, "tsk")
    here = soma(0.5)
    moving, lagging = [here.v, here["cai"], here["tsk.q"]], [here["eca"], here["ica"], here["ik"]]
    ours, theirs = both(library, cell, moving + lagging, method=method)
    assert_agree(ours, theirs, *moving)
    if method == "implicit_euler":
        assert_agree(ours, theirs, *lagging, lag=1)


def test_a_pool_in_part_of_a_tree(library: str) -> None:
    cell = rb.Cell("tree")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=200, diam=2, nseg=5, parent=soma(1))
    cell["all"].insert("tcal", g=5e-4)
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["dend"].insert("tcapool", tau=3)
    cell["all"].insert("tsk")
    cell.place(rb.IClamp(delay=1, dur=8, amp=0.2), soma(0.5))
    moving = [soma(0.5).v, dend(0.1).v, dend(0.9).v, dend(0.1)["cai"], dend(0.9)["cai"]]
    ours, theirs = both(library, cell, [*moving, soma(0.5)["eca"], soma(0.5)["cai"]])
    assert_agree(ours, theirs, *moving)
    for constant in (soma(0.5)["eca"], soma(0.5)["cai"]):  # concentrations are read there, but not written
        np.testing.assert_allclose(ours[constant], theirs[constant], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_synapse_feeds_a_pool(library: str, method: str) -> None:
    cell, soma = soma_cell("tcapool", "tsk")
    cell.place(CalciumSynapse(onset=2, g=2e-3), soma(0.5), name="syn")
    here = soma(0.5)
    ours, theirs = both(library, cell, [here.v, here["cai"], here["ica"], here["eca"]], method=method)
    assert_agree(ours, theirs, here.v, here["cai"])
    if method == "implicit_euler":
        assert_agree(ours, theirs, here["eca"], lag=1)


@pytest.mark.parametrize("method", METHODS)
def test_a_pump_that_two_ions_share(library: str, method: str) -> None:
    cell, soma = soma_cell("tpump", "hh")
    here = soma(0.5)
    moving = [here.v, here["nai"], here["tpump.rate"]]
    ours, theirs = both(library, cell, [*moving, here["ena"]], method=method)
    # As the spike rises, differences in rounding grow.
    assert_agree(ours, theirs, *moving)
    assert_agree(ours, theirs, here["ena"], lag=1)


def test_an_ion_of_any_name_and_charge(library: str) -> None:
    cell, soma = soma_cell("tcl")
    cell["soma"].set_ion("cl", inside=8, outside=130)
    here = soma(0.5)
    ours, theirs = both(library, cell, [here.v, here["icl"], here["ecl"]], {"cli": 8, "clo": 130}, celsius=30)
    assert_agree(ours, theirs, here.v)
    assert_agree(ours, theirs, here["icl"], lag=1)
    np.testing.assert_allclose(ours[here["ecl"]], theirs[here["ecl"]], rtol=1e-12)
