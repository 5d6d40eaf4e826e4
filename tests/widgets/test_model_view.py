"""ModelView in Python: what a click on a line shows, that it follows the cell, and what it tells of a place."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rheobase as rb


def lines(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry
        yield from lines(entry["children"])


def line(view: rb.ModelView, title: str, detail: str = "") -> dict[str, Any]:
    both = [*view.nodes, *(view.differences or [])]
    return next(entry for entry in lines(both) if entry["title"] == title and detail in entry["detail"])


@pytest.fixture
def view(cell: rb.Cell) -> Iterator[rb.ModelView]:
    cell.place(rb.IClamp(5, 80, 0.3), cell.soma(0.5), name="ic")
    view = rb.ModelView(cell)
    yield view
    view.close()


def test_a_group_stands_out_on_the_cell(view: rb.ModelView) -> None:
    group = line(view, "dend", "pas")
    assert view.perform("show", id=group["id"]) == {}
    assert view.highlighted == ["dend"]
    view.perform("clear")
    assert view.highlighted == []


def test_a_parameter_is_painted_and_plotted(view: rb.ModelView, cell: rb.Cell) -> None:
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7))
    found = line(view, "pas.g")
    assert found["detail"].startswith("inhomogeneous, ")
    view.perform("show", id=found["id"])
    values = np.frombuffer(view.values, np.float32)
    np.testing.assert_allclose(values, cell.values("pas.g"), rtol=1e-6)
    distance, value = np.frombuffer(view.space, np.float32).reshape(2, -1)
    assert (np.diff(distance) >= 0).all()
    np.testing.assert_allclose(value[1:], 1e-4 + 1e-7 * distance[1:], rtol=1e-5)
    assert view.space_info == {"label": "pas.g", "unit": "S/cm2"}


def test_a_placed_process_is_selected_and_a_place_tells_its_values(view: rb.ModelView) -> None:
    view.perform("show", id=line(view, "ic")["id"])
    assert view.selected == {"section": "soma", "x": 0.5}
    told = {value["name"]: value["value"] for value in view.here}
    assert told["hh.gnabar"] == "0.12"
    assert "pas.g" not in told
    view.select(rb.Location("dend", 0.9))
    assert {value["name"] for value in view.here} == {"Ra", "cm", "pas.g", "pas.e"}


def test_it_follows_the_cell_and_old_lines_are_refused(view: rb.ModelView, cell: rb.Cell) -> None:
    before = view.revision
    cell["soma"].uninsert("hh")
    assert view.revision > before
    assert all(entry["title"] != "hh.gnabar" for entry in lines(view.nodes))
    assert "no line" in view.perform("show", id=10_000)["error"]
    assert "no line" in view.perform("show", id="x")["error"]


def test_a_mechanism_is_read(view: rb.ModelView) -> None:
    mechanism = next(entry for entry in view.nodes if entry["title"] == "Mechanisms")["children"][0]
    reply = view.perform("show", id=mechanism["id"])
    assert "gnabar = 0.12 S/cm2" in reply["content"]


def test_differences_are_listed_and_shown(cell: rb.Cell) -> None:
    other = cell.copy("other")
    cell["dend"].set("pas.g", 3e-4)
    view = rb.ModelView(cell, other)
    found = line(view, "pas.g", "→")
    assert found["detail"] == "0.0003 → 0.0001"
    view.perform("show", id=found["id"])
    assert view.highlighted == ["dend"]
    assert "1 difference" in view.perform("text")["content"]
    cell["dend"].set("pas.g", 1e-4)
    assert view.differences == []
    view.close()


def test_text_and_table(view: rb.ModelView) -> None:
    assert "hh.gnabar = 0.12 S/cm2" in view.perform("text")["content"]
    assert view.perform("table")["content"].startswith("target,unit,kind,")


def test_only_cells_are_viewed() -> None:
    with pytest.raises(TypeError, match="ModelView needs a cell"):
        rb.ModelView("cell.swc")  # type: ignore[arg-type]


def test_a_large_cell_is_shown_quickly_and_without_a_line_a_section() -> None:
    cell = rb.Cell("large")
    soma = cell.add_section("soma", L=20, diam=20)
    with cell.edit("Grow"):
        for k in range(1500):
            cell.add_section(f"dend[{k}]", L=10, diam=1, parent=soma(1))
    cell["all"].insert("pas")
    view = rb.ModelView(cell)
    assert sum(1 for _ in lines(view.nodes)) < 200
    view.close()
