"""Connections and pointers, as part of the document."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import rheobase as rb
from rheobase.mechanisms import Parameter, PointProcess, registry
from rheobase.model.file import from_data, to_data


class Pointing(PointProcess):
    name = "Pointing"
    parameters = (Parameter("g", 0.0, "uS"),)
    pointers = ("vpre",)
    weights = ("w", "u")
    receives = True


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    for definition in (Pointing,):
        monkeypatch.setitem(registry._written, definition.name, definition)


@pytest.fixture
def cell() -> rb.Cell:
    cell = rb.Cell("two")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=200, diam=2, parent=soma(1))
    cell.place(rb.ExpSyn(tau=2), dend(0.5))
    cell.place(Pointing(), dend(0.7), name="p")
    return cell


def rebuilt(cell: rb.Cell) -> rb.Cell:
    scope: dict[str, Any] = {}
    exec(cell.to_code().replace("rb.Pointing", "Pointing"), {"Pointing": Pointing}, scope)  # noqa: S102
    return scope["cell"]


def test_all_kinds_of_source(cell: rb.Cell, tmp_path: Any) -> None:
    syn, p = cell.process("ExpSyn[0]"), cell.process("p")
    soma = cell.section("soma")
    first = rb.connect(soma(0.5), syn, weight="1 nS", delay="0.5 ms", threshold=-20)
    assert (first.weight, first.delay, first.threshold) == (0.001, 0.5, -20)
    rb.connect(rb.NetStim(start=5), syn)
    assert [placed.name for placed in cell.placed] == ["ExpSyn[0]", "p", "NetStim[0]"]
    assert cell.history.done[-1] == "Connect to ExpSyn[0]"
    rb.connect(cell.process("NetStim[0]"), p, weight=2, u=0.5)
    rb.connect(soma(0.5)["hh.m"], p, threshold=0.5)
    rb.connect(rb.VecStim(times=[3, 1.5]), p, name="mine")
    cell.bind("p.vpre", soma(0.5))
    assert [c.name for c in cell.connections] == ["NetCon[0]", "NetCon[1]", "NetCon[2]", "NetCon[3]", "mine"]
    assert repr(first) == "<NetCon[0]: soma(0.5).v above -20 to ExpSyn[0], weight 0.001, delay 0.5 ms>"
    assert repr(cell.connection("NetCon[2]")) == "<NetCon[2]: NetStim[0] to p, weight 2, delay 1 ms>"
    cell.connection("NetCon[1]").remove()
    cell.save(tmp_path / "cell.json")
    others = [
        rb.load_cell(tmp_path / "cell.json"),
        pickle.loads(pickle.dumps(cell)),  # noqa: S301  its own
        cell.copy(),
        cell.freeze(),
        rebuilt(cell),
    ]
    for other in others:
        assert other == cell
        assert other.pointers == {"p.vpre": soma(0.5).v}
    first.weight = 5
    assert cell != others[0]
    cell.undo()
    assert cell == others[0]


def test_values_are_set_checked_and_undone(cell: rb.Cell) -> None:
    nc = rb.connect(cell.soma(0.5), cell.process("p"), weight=1)
    assert dir(nc)[-5:] == ["threshold", "u", "values", "w", "weight"] or "u" in dir(nc)
    nc.set(weight=2, u=3)
    assert nc.values() == {"weight": 2, "u": 3, "delay": 1, "threshold": 10}
    nc.w = 7
    assert nc.weight == 7
    cell.undo()
    cell.undo()
    assert nc.values() == {"weight": 1, "u": 0, "delay": 1, "threshold": 10}
    with pytest.raises(ValueError, match=r"NetCon\[0\]\.delay = -1 ms: must be 0 or more"):
        nc.delay = -1
    with pytest.raises(AttributeError, match="has no 'wieght'; did you mean 'weight'"):
        nc.set(wieght=1)
    with pytest.raises(AttributeError, match="has no 'x'"):
        nc.x  # noqa: B018
    nc.remove()
    with pytest.raises(rb.model.section.StaleHandle, match=r"'NetCon\[0\]' is not in cell"):
        nc.weight = 3
    assert repr(nc) == "<NetCon[0]: no longer in the cell>"


def test_what_is_joined_goes_in_the_same_step_of_undo(cell: rb.Cell) -> None:
    dend, soma = cell.section("dend"), cell.section("soma")
    syn = cell.place(rb.ExpSyn(), soma(0.5), name="at_soma")
    rb.connect(dend(0.5), syn)
    rb.connect(soma(0.5), cell.process("p"))
    cell.bind("p.vpre", soma(0.5).v)
    before = cell.copy()
    syn.remove()
    assert [c.name for c in cell.connections] == ["NetCon[1]"]
    cell.undo()
    assert cell == before
    dend.remove()
    assert not cell.connections
    assert not cell.pointers
    cell.undo()
    assert cell == before
    source = cell.place(rb.NetStim())
    rb.connect(source, syn)
    source.remove()
    assert len(cell.connections) == 2


def test_what_cannot_be_joined_is_refused(cell: rb.Cell) -> None:
    soma, syn = cell.section("soma"), cell.process("ExpSyn[0]")
    clamp = cell.place(rb.IClamp(), soma(0.5))
    before = cell.copy()
    refused: tuple[Any, ...] = (
        (soma(0.5), clamp, ValueError, "receives no events"),
        (soma, syn, TypeError, "name a place such as"),
        (soma(0.5), rb.ExpSyn(), TypeError, "connect to a placed process"),
        (rb.ExpSyn(), syn, ValueError, "needs a place"),
        (rb.Location("none", 0.5), syn, KeyError, "no section 'none'"),
        (rb.Cell("x").place(rb.NetStim()), syn, ValueError, "in another cell"),
    )
    for source, target, error, said in refused:
        with pytest.raises(error, match=said):
            rb.connect(source, target)
    with pytest.raises(AttributeError, match="has no 'u'"):
        rb.connect(rb.NetStim(), syn, u=3)
    with pytest.raises(ValueError, match="name 'soma' is taken"):
        rb.connect(soma(0.5), syn, name="soma")
    with pytest.raises(ValueError, match="artificial cell, which is nowhere"):
        cell.place(rb.NetStim(), soma(0.5))
    with pytest.raises(TypeError, match="say where"):
        cell.place(rb.IClamp())
    assert cell == before


def test_pointers(cell: rb.Cell) -> None:
    soma = cell.section("soma")
    cell.bind("p.vpre", soma(0.5).v)
    with pytest.raises(KeyError, match="no pointer of 'p' called 'vpost'"):
        cell.bind("p.vpost", soma(0.5).v)
    with pytest.raises(KeyError, match=r"no pointer 'q\.vpre'; did you mean 'p\.vpre'"):
        cell.bind("q.vpre", soma(0.5).v)
    with pytest.raises(KeyError, match="no section 'axon'"):
        cell.bind("p.vpre", rb.Location("axon", 0.5).v)
    cell.unbind("p.vpre")
    assert not cell.pointers
    with pytest.raises(ValueError, match="is not bound"):
        cell.unbind("p.vpre")
    cell.undo()
    assert cell.pointers


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("connections", {"target": "none"}, "no placed process 'none'"),
        ("connections", {"weights": {"weight": "1"}}, "weight = '1': must be a number"),
        ("connections", {"weights": {"mass": 1}}, "has no 'mass'"),
        ("connections", {"delay": -2}, "must be 0 or more"),
        ("connections", {"source": {"place": "none", "variable": "spikes"}}, "no placed process 'none'"),
        ("connections", {"colour": 1}, "unknown entry"),
        ("pointers", {"pointer": "p.x"}, "no pointer of 'p'"),
        ("pointers", {"colour": 1}, "unknown entry"),
    ],
)
def test_damage_in_a_file_is_told(cell: rb.Cell, kind: str, change: dict[str, Any], said: str) -> None:
    rb.connect(cell.soma(0.5), cell.process("p"), weight=1)
    cell.bind("p.vpre", cell.soma(0.5).v)
    data = json.loads(json.dumps(to_data(cell.document)))
    data[kind][0] |= change
    with pytest.raises(ValueError, match=rf"{kind}\[0\]: ") as refusal:
        from_data(data)
    assert said in str(refusal.value)
