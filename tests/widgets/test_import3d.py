"""Import3D without a browser: what it tells the page, and what the page may ask."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rheobase.model import Cell
from rheobase.morphology import MorphologyError, load_morphology, neuromorpho
from rheobase.widgets import Import3D
from rheobase.widgets.import3d.excerpts import excerpt, lines_of

SOUND = """# a cell
1 1 0 0 0 5 -1
2 3 10 0 0 1 1
3 3 50 0 0 1 2
4 3 90 30 0 0.5 3
5 3 90 -30 0 0.5 3
6 2 -60 0 0 0.5 1
"""
BROKEN = """1 1 0 0 0 5 -1
2 3 10 0 0 1 1
3 3 50 0 0 1 2
5 3 60 5 0 1 4
6 3 90 9 0 0.5 5
7 3 55 0 80 0.5 3
8 3 60 0 80 0.5 7
"""


@pytest.fixture
def tool() -> Iterator[Import3D]:
    tool = Import3D()
    yield tool
    tool.close()


def upload(tool: Import3D, name: str, text: str, size: int = 40) -> dict[str, Any]:
    parts = [text[start : start + size] for start in range(0, len(text), size)] or [""]
    reply: dict[str, Any] = {}
    for part, piece in enumerate(parts):
        reply = tool.perform("open.upload", file=name, text=piece, part=part, parts=len(parts))
    return reply


def facts(tool: Import3D) -> np.ndarray[Any, Any]:
    return np.frombuffer(tool.point_facts, np.int32).reshape(-1, 4)


def places(tool: Import3D) -> np.ndarray[Any, Any]:
    return np.frombuffer(tool.points, np.float32).reshape(-1, 4)


def test_begins_empty_and_refuses_what_needs_a_morphology(tool: Import3D) -> None:
    assert tool.morphology is None
    assert tool.file_name == ""
    for name, fields in [
        ("make", {}),
        ("edit.remove", {"sample": 0}),
        ("history.undo", {}),
        ("problem.repair_all", {}),
        ("export.swc", {}),
        ("statistics", {}),
        ("code", {}),
    ]:
        assert "open a morphology first" in tool.perform(name, **fields)["error"]


def test_an_upload_in_parts_shows_points_and_sections(tool: Import3D) -> None:
    revision = tool.revision
    assert upload(tool, "small.swc", SOUND) == {}
    assert tool.file_name == "small.swc"
    assert tool.morphology is not None
    assert tool.morphology == load_morphology(SOUND)
    assert tool.morphology.name == "small"
    assert tool.revision > revision
    assert places(tool)[3].tolist() == [90, 30, 0, 1]
    assert facts(tool)[:, 0].tolist() == [-1, 0, 1, 2, 2, 0]
    assert facts(tool)[:, 2].tolist() == [2, 3, 4, 5, 6, 7]
    stretch = facts(tool)[:, 3]
    assert stretch[1] == stretch[2]
    assert len(set(stretch)) == 5
    names = [section["name"] for section in tool.sections]
    assert names == [shape.name for shape in tool.morphology.sections]
    segments = np.frombuffer(tool.segments, np.int32)
    assert sorted(set(segments.tolist())) == list(range(len(names)))
    assert np.frombuffer(tool.geometry, np.float32).size == 8 * segments.size
    assert tool.kinds == [{"type": 1, "name": "soma"}, {"type": 2, "name": "axon"}, {"type": 3, "name": "dend"}]


def test_paths_and_morphologies_are_taken_too(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(SOUND)
    morphology = load_morphology(SOUND, name="mine")
    for source, name in ((path, "cell.swc"), (str(path), "cell.swc"), (morphology, "mine")):
        tool = Import3D(source)
        assert tool.file_name == name
        assert tool.morphology == morphology
        tool.close()
    with pytest.raises(TypeError, match="needs a path or a morphology"):
        Import3D(3)  # type: ignore[arg-type]


ASC = """; a soma's outline and one dendrite
("CellBody" (Color Red) (CellBody)
  (5 0 0 0.1) (0 5 0 0.1) (-5 0 0 0.1) (-3 -4 0 0.1) (3 -4 0 0.1))
((Color Blue) (Dendrite)
  (4 0 0 1) (20 0 0 1) (60 5 0 1))
"""


def test_outlines_of_the_soma_are_shown_as_the_file_has_them(tool: Import3D) -> None:
    upload(tool, "a.txt", ASC)
    assert tool.failure == {}
    assert tool.contour_sizes == [5]
    assert np.frombuffer(tool.contours, np.float32).reshape(-1, 3)[:2].tolist() == [[5, 0, 0], [0, 5, 0]]
    assert "Neurolucida" in tool.size
    upload(tool, "a.swc", SOUND)
    assert (tool.contour_sizes, tool.contours) == ([], b"")


def test_distances_are_those_of_the_cell(tool: Import3D) -> None:
    upload(tool, "small.swc", SOUND)
    cell = tool.make_cell()
    for section in cell.sections:
        section.nseg = 1
    shown = np.frombuffer(tool.segment_distance, np.float32)
    assert shown == pytest.approx(cell.path_distance(), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "line"),
    [("1 1 0 0 0 five -1\n", 1), ("1 1 0 0 0 5 -1\n2 3 0 9 0 nan 1\n", 2), ("1 1 0 0 0 5 -1\n2 3 0 9", 2)],
)
def test_a_failed_file_is_told_with_its_line_and_leaves_the_tool_as_it_was(
    tool: Import3D, text: str, line: int
) -> None:
    upload(tool, "good.swc", SOUND)
    points = tool.points
    assert upload(tool, "<script>.swc", text) == {}
    assert tool.state == "error"
    assert tool.failure["words"].startswith("<script>.swc could not be opened")
    assert tool.failure["line"] == line
    assert tool.failure["excerpt"]["lines"] == lines_of(text)[: line + 4]
    assert tool.points == points
    assert tool.file_name == "good.swc"
    upload(tool, "next.swc", SOUND)
    assert (tool.state, tool.failure, tool.file_name) == ("idle", {}, "next.swc")


def test_missing_empty_and_hostile_files_are_told(tool: Import3D, tmp_path: Path) -> None:
    for path in (tmp_path / "none.swc", tmp_path):
        tool.perform("open.path", path=str(path))
        assert "could not be opened" in tool.failure["words"]
    assert "path" in tool.perform("open.path", path=" \0")["error"]
    for text in ("", "\n\n", "\0\0\0", "<!DOCTYPE html><html></html>", "PK\x03\x04"):
        upload(tool, "x.swc", text)
        assert tool.state == "error", text
        tool.perform("failure.close")
        assert (tool.state, tool.failure) == ("idle", {})


def test_no_mutilated_file_breaks_the_tool(tool: Import3D) -> None:
    chance = random.Random(4)  # noqa: S311  the same files each time
    for number in range(120):
        text = chance.choice([SOUND, BROKEN, ASC])
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(text))
            cut = at + chance.choice([0, 1, 20])
            text = text[:at] + "".join(chance.choices('0123456789-. ()\n;"e<', k=chance.randint(0, 4))) + text[cut:]
        assert upload(tool, f"{number}.swc", text) == {}
        if tool.failure:
            continue
        deeds: list[tuple[str, dict[str, Any]]] = [
            ("statistics", {}),
            ("problem.repair_all", {"safe": False}),
            ("edit.median", {"window": 3}),
            ("export.swc", {}),
            ("history.undo", {}),
        ]
        for name, fields in deeds:
            assert "error" not in tool.perform(name, **fields), (name, text)
        tool.perform("make")


def test_problems_lead_to_their_points_and_lines(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    problem = next(each for each in tool.problems if each["code"] == "missing-parent")
    assert (problem["group"], problem["line"]) == ("error", 4)
    assert problem["xyz"] == [60, 5, 0]
    assert facts(tool)[problem["sample"], 2] == 4
    assert [remedy["name"] for remedy in problem["remedies"]]
    assert tool.problem_counts["group"]["error"] == 1
    assert tool.perform("source.lines", line=4)["lines"][3] == "5 3 60 5 0 1 4"
    assert "to repair" in tool.status
    assert "line 4" in tool.perform("make")["error"]
    assert tool.cell is None


def test_a_preview_shows_and_does_not_do(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    before, shape, history = tool.point_facts, tool.geometry, tool.undo_label
    assert tool.perform("problem.preview", code="missing-parent", remedy="join", line=4) == {}
    assert tool.preview["words"].startswith("Preview: ")
    assert tool.point_facts != before
    assert tool.morphology is not None
    assert (tool.morphology.samples.parent < 0).sum() == 2
    assert tool.undo_label == history
    tool.perform("problem.leave")
    assert (tool.preview, tool.point_facts, tool.geometry) == ({}, before, shape)


def test_repairs_are_undone_and_made_again(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    before = tool.point_facts
    tool.perform("problem.preview", code="missing-parent", remedy="join", line=4)
    assert tool.perform("problem.repair", code="missing-parent", remedy="join", line=4) == {}
    assert tool.preview == {}
    after = tool.point_facts
    assert after != before
    assert not [each for each in tool.problems if each["group"] == "error"]
    assert tool.undo_label
    tool.perform("history.undo")
    assert (tool.point_facts, tool.undo_label) == (before, "")
    assert tool.redo_label
    tool.perform("history.redo")
    assert tool.point_facts == after
    assert "sections" in tool.perform("make")["words"]
    assert isinstance(tool.cell, Cell)


def test_repairing_everything_is_one_step(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    before = tool.points, tool.point_facts
    assert tool.perform("problem.repair_all", safe=False) == {}
    assert tool.problem_counts["group"].get("error", 0) == 0
    assert tool.perform("history.undo") == {}
    assert (tool.points, tool.point_facts) == before
    assert tool.undo_label == ""


def test_unknown_repairs_are_refused_in_words(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    assert "no problem 'nonsense'" in tool.perform("problem.repair", code="nonsense")["error"]
    assert "no remedy" in tool.perform("problem.repair", code="missing-parent", remedy="pray")["error"]
    assert "no problem" in tool.perform("problem.preview", code="nonsense")["error"]


def test_what_code_does_to_the_morphology_shows(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    assert tool.morphology is not None
    measured = tool.measured
    tool.morphology.repair("missing-parent", "join")
    assert not [each for each in tool.problems if each["code"] == "missing-parent" and each["group"] != "done"]
    assert tool.undo_label
    assert tool.measured > measured


def test_a_point_is_chosen_by_its_line_and_described(tool: Import3D) -> None:
    upload(tool, "small.swc", SOUND)
    assert tool.perform("point.at_line", line=4) == {"sample": 2}
    assert tool.perform("point.at_line", line=1) == {"sample": 0}
    assert "last point is on line 7" in tool.perform("point.at_line", line=8)["error"]
    assert "whole number" in tool.perform("point.at_line", line="four")["error"]
    tool.choose(line=4)
    assert tool.chosen == 2
    wanted = {"id": "3", "line": 4, "kind": "dend", "x": 50, "diam": 2, "parent": "2", "parent_line": 3, "beyond": 2}
    assert wanted.items() <= tool.point.items()
    tool.chosen = 99
    assert tool.point == {}


def test_the_chosen_point_stays_chosen_through_edits(tool: Import3D) -> None:
    upload(tool, "small.swc", SOUND)
    tool.choose(line=7)
    assert tool.perform("edit.remove", sample=3) == {}
    assert (tool.chosen, tool.point["line"]) == (4, 7)
    tool.perform("edit.remove", sample=4)
    assert (tool.chosen, tool.point) == (-1, {})


def test_points_are_edited_by_hand_and_the_code_does_the_same(
    tool: Import3D, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(tool, "small.swc", SOUND)
    original = tool.points, tool.point_facts
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("edit.shift", {"sample": 2, "dz": 12.5}),
        ("edit.average", {"sample": 2}),
        ("edit.median", {"window": 3}),
        ("edit.diam", {"sample": 3, "diam": 1.5}),
        ("edit.type", {"sample": 2, "type": 4, "subtree": True}),
        ("edit.reattach", {"sample": 4, "line": 3}),
        ("edit.remove", {"sample": 3}),
    ]
    for name, fields in deeds:
        assert tool.perform(name, **fields) == {}, name
    m = tool.morphology
    assert m is not None
    (tmp_path / "small.swc").write_text(SOUND)
    monkeypatch.chdir(tmp_path)
    program = tool.perform("code")["content"].removeprefix("import rheobase as rb")
    space: dict[str, Any] = {"rb": SimpleNamespace(Cell=Cell, load_morphology=load_morphology)}
    exec(program, space)  # noqa: S102  the tool's own code
    assert space["m"] == m
    for _ in deeds:
        tool.perform("history.undo")
    assert (tool.points, tool.point_facts) == original


def test_a_tree_is_brought_level_with_its_parent(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    jump = tool.perform("edit.z_jump")["sample"]
    assert facts(tool)[jump, 2] == 6
    assert tool.perform("edit.level", sample=jump) == {}
    assert np.ptp(places(tool)[:, 2]) == 0
    assert "no parent" in tool.perform("edit.level", sample=0)["error"]


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("edit.shift", {"sample": 2, "dz": "much"}, "give a number"),
        ("edit.shift", {"sample": 2, "dz": float("inf")}, "give a number"),
        ("edit.diam", {"sample": 2, "diam": -1}, "diam"),
        ("edit.type", {"sample": 2, "type": 1.5}, "whole number"),
        ("edit.reattach", {"sample": 1, "parent": 3}, ""),
        ("edit.reattach", {"sample": 1, "line": 99}, "no point on line 99"),
        ("edit.reattach", {"sample": 1, "line": ""}, "give the line"),
        ("edit.remove", {"sample": 99}, "choose a point"),
        ("edit.median", {"window": 2.5}, "whole number"),
    ],
)
def test_impossible_edits_are_refused_in_words(tool: Import3D, name: str, fields: dict[str, Any], said: str) -> None:
    upload(tool, "small.swc", SOUND)
    before = tool.points, tool.point_facts
    error = tool.perform(name, **fields)["error"]
    assert said in error
    assert (tool.points, tool.point_facts) == before


def test_the_swc_that_is_saved_opens_as_the_same_shape(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    tool.perform("problem.repair_all", safe=False)
    reply = tool.perform("export.swc")
    assert reply["name"] == "broken.swc"
    assert load_morphology(reply["content"]) == tool.morphology


def test_excerpts_are_short_and_show_no_control_characters() -> None:
    lines = lines_of("a\r\nb\rc\n" + "x" * 1000 + "\n\u202eevil\x07\ty")
    assert excerpt(lines, 1) == {
        "first": 1,
        "lines": ["a", "b", "c", "x" * 299 + "…", "\N{REPLACEMENT CHARACTER}evil\N{REPLACEMENT CHARACTER}\ty"],
    }
    assert excerpt(lines, 6) == excerpt(lines, None) == {"first": 1, "lines": []}


def settled(tool: Import3D) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while tool.found["state"] in ("searching", "downloading"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return tool.found


def test_a_search_lists_what_the_site_has(tool: Import3D, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}
    path = tmp_path / "n1.CNG.swc"
    path.write_text(SOUND)

    def search(**wanted: Any) -> pd.DataFrame:
        asked.update(wanted)
        table = pd.DataFrame([{"name": "n1", "species": "rat", "cell_type": None, "extra": 1}])
        table.attrs["total"] = 1234
        return table

    monkeypatch.setattr(neuromorpho, "search", search)
    monkeypatch.setattr(neuromorpho, "download", lambda _: path)
    assert "say what to look for" in tool.perform("site.search", species=" ")["error"]
    assert tool.perform("site.search", species="rat, mouse", region="", cell_type="pyramidal") == {}
    found = settled(tool)
    assert (asked["species"], asked["cell_type"]) == (["rat", "mouse"], ["pyramidal"])
    assert "region" not in asked
    assert found["state"] == "done"
    assert "1,234" in found["message"]
    assert found["rows"] == [{"name": "n1", "species": "rat", "cell_type": "", "brain_region": "", "archive": ""}]
    assert tool.perform("site.open", name="n1") == {}
    assert settled(tool)["rows"] == found["rows"]
    assert tool.file_name == "n1.CNG.swc"
    assert tool.morphology == load_morphology(SOUND)


def test_a_site_that_cannot_be_reached_is_told(tool: Import3D, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> Any:
        raise neuromorpho.Offline("NeuroMorpho.Org cannot be reached (no route)")

    monkeypatch.setattr(neuromorpho, "search", offline)
    monkeypatch.setattr(neuromorpho, "download", offline)
    upload(tool, "small.swc", SOUND)
    tool.perform("site.search", species="rat")
    assert (settled(tool)["state"], tool.found["rows"]) == ("error", [])
    assert "cannot be reached" in tool.found["message"]
    tool.perform("site.open", name="n1")
    assert settled(tool)["state"] == "error"
    assert tool.file_name == "small.swc"


def test_make_cell_raises_with_the_line_in_code(tool: Import3D) -> None:
    upload(tool, "broken.swc", BROKEN)
    with pytest.raises(MorphologyError) as raised:
        tool.make_cell()
    assert raised.value.line == 4
