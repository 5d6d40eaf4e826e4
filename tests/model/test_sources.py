"""Mechanisms that a document carries with it."""

from __future__ import annotations

import json
import pickle
import warnings
from typing import Any

import pytest

import rheobase as rb
from rheobase.mechanisms import (
    Mechanism,
    Parameter,
    PointProcess,
    Source,
    Translator,
    compiled,
    mechanism,
    register_loaded,
    register_source_kind,
)
from rheobase.model.file import from_data, to_data


def _compile(source: Source) -> type[Mechanism]:
    """A toy translator: the text is JSON of a name, a kind and parameters with their defaults."""
    given = json.loads(source.text)
    base: type[Mechanism] = PointProcess if given.get("kind") == "point" else Mechanism
    parameters = tuple(Parameter(key, value, "1", minimum=0) for key, value in given["parameters"].items())
    return type(given["name"], (base,), {"name": given["name"], "parameters": parameters, "made_from": source})


def _program(source: Source) -> str:
    return f"toy({source.text!r})"


register_source_kind("toy", Translator(_compile, _program))


def toy(name: str = "toy", kind: str = "density", **parameters: float) -> Any:
    return compiled(Source("toy", name, json.dumps({"name": name, "kind": kind, "parameters": parameters})))


def of_text(text: str) -> Any:
    return compiled(Source("toy", json.loads(text)["name"], text))


@pytest.fixture
def cell() -> rb.Cell:
    cell = rb.Cell("one")
    cell.add_section("soma", L=20, diam=20)
    return cell


def rebuilt(cell: rb.Cell) -> rb.Cell:
    scope: dict[str, Any] = {"toy": of_text}
    exec(cell.to_code(), scope)  # noqa: S102  the program is what is tested
    return scope["cell"]


def test_equal_sources_make_the_identical_class() -> None:
    assert toy(a=1.0) is toy(a=1.0)
    assert toy(a=1.0) is not toy(a=2.0)


def test_a_class_is_inserted_and_carried_along(cell: rb.Cell, tmp_path: Any) -> None:
    definition = toy("chan", g=1.0)
    cell["soma"].insert(definition, g=3)
    assert cell.document.sources == {"chan": definition.made_from}
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
        assert other.document.mechanism("chan") is definition
        assert other.values("chan.g").tolist() == [3]
    cell.undo()
    assert not cell.document.sources
    cell.redo()
    assert cell == others[0]
    cell["soma"].uninsert("chan")
    assert not cell.document.sources
    assert cell != others[0]


def test_a_point_process_is_carried_along(cell: rb.Cell) -> None:
    Syn = toy("syn", kind="point", tau=2.0)
    placed = cell.place(Syn(tau=5), cell.soma(0.5))
    other = from_data(json.loads(json.dumps(to_data(cell.document))))
    assert type(other.placements["syn[0]"].process) is Syn
    assert rebuilt(cell) == cell
    assert pickle.loads(pickle.dumps(Syn(tau=5))) == Syn(tau=5)  # noqa: S301  its own
    placed.remove()
    assert not cell.document.sources
    cell.undo()
    assert cell.document.sources


def test_another_of_the_same_name_replaces_it_in_the_whole_cell(cell: rb.Cell) -> None:
    cell["soma"].insert(toy("chan", g=1.0, h=1.0), g=3, h=2)
    before = cell.copy()
    with pytest.warns(UserWarning, match=r"'chan' replaces another.*no place for chan\.h"):
        cell["soma"].insert(toy("chan", g=2.0))
    assert cell.values("chan.g").tolist() == [3]
    assert [a.target for a in cell.assignments] == ["chan.g"]
    cell.undo()
    assert cell == before


def test_a_loaded_mechanism_replaces_one_of_its_name_and_says_so(cell: rb.Cell) -> None:
    first, second = toy("loaded", g=1.0), toy("loaded", g=2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        register_loaded(first)
        register_loaded(first)
    cell["soma"].insert("loaded")
    with pytest.warns(UserWarning, match="'loaded' that was just loaded replaces the one loaded before"):
        register_loaded(second)
    assert mechanism("loaded") is second
    assert cell.document.mechanism("loaded") is first
    other = cell.copy()
    other["soma"].insert("loaded")
    assert other.document.mechanism("loaded") is first
    fresh = rb.Cell("fresh")
    fresh.add_section("soma", L=20, diam=20)
    fresh["soma"].insert("loaded")
    assert fresh.document.mechanism("loaded") is second


def test_a_file_says_what_is_wrong_with_a_source(cell: rb.Cell) -> None:
    cell["soma"].insert(toy("chan", g=1.0))
    for change, said in (
        ({"kind": "other"}, "'other' is no kind of mechanism source"),
        ({"mechanism": "chin"}, "its text makes 'chan'"),
        ({"text": 5}, "unknown, or one that is no text"),
        ({"more": 5}, "unknown"),
        ({"tables": [["f", [True]]]}, "lists of numbers"),
    ):
        data = json.loads(json.dumps(to_data(cell.document)))
        data["sources"][0] |= change
        with pytest.raises(ValueError, match=r"sources\[0\]: .*") as refusal:
            from_data(data)
        assert said in str(refusal.value)


def test_what_cannot_be_inserted_is_refused(cell: rb.Cell) -> None:
    class Unknown(Mechanism):
        name = "unregistered"

    with pytest.raises(ValueError, match="not registered"):
        cell["soma"].insert(Unknown)
    with pytest.raises(ValueError, match="is a point process"):
        cell["soma"].insert(toy("syn", kind="point"))
    cell["soma"].insert(toy("chan", g=1.0))
    with pytest.raises(ValueError, match="has a density mechanism 'chan' already"):
        cell.place(toy("chan", kind="point")(), cell.soma(0.5))
