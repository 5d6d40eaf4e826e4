from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import rheobase as rb
from rheobase.model.file import from_data, to_data
from tests.model.cells import ball_and_stick


def test_a_saved_cell_is_equal_and_has_no_history(tmp_path: Path) -> None:
    cell, *_ = ball_and_stick()
    cell.save(tmp_path / "cell.json")
    again = rb.load_cell(tmp_path / "cell.json")
    assert again == cell
    assert again.undo() is None
    assert [path.name for path in tmp_path.iterdir()] == ["cell.json"]


def test_the_file_is_plain_data_with_a_schema_and_a_version(tmp_path: Path) -> None:
    cell, *_ = ball_and_stick()
    cell.save(str(tmp_path / "cell.json"))
    data = json.loads((tmp_path / "cell.json").read_text())
    assert (data["schema"], data["version"], data["name"]) == ("rheobase.cell", 2, "ball and stick")
    assert data["sections"][1] == {
        "name": "dend", "L": 400, "diam": 2, "nseg": 5, "parent": {"section": "soma", "x": 1}
    }  # fmt: skip
    assert data["placements"][0]["parameters"] == {"delay": 5, "dur": 80, "amp": 0.3}
    assert data == json.loads(json.dumps(to_data(cell.document)))


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell, *_ = ball_and_stick()
    path = tmp_path / "cell.json"
    cell.save(path)

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    cell.name = "other"
    with pytest.raises(OSError, match="disk full"):
        cell.save(path)
    assert rb.load_cell(path).name == "ball and stick"
    assert [entry.name for entry in tmp_path.iterdir()] == ["cell.json"]


def _change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in steps:
            data = data[step]
        data[last] = value

    return change


def _drop(path: str) -> Callable[[dict[str, Any]], None]:
    def drop(data: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in steps:
            data = data[step]
        del data[last]

    return drop


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_change("version", 3), "is of version 3, newer than 2"),
        (_change("version", True), "has version True"),
        (_change("version", "1"), "has version '1'"),
        (_change("schema", "other"), 'has no "schema": "rheobase.cell"'),
        (_drop("name"), "the name of a cell must be text"),
        (_change("name", "<b>"), "'<b>' cannot name a cell"),
        (_change("extra", 1), "unknown entry 'extra'"),
        (_change("sections", 3), "sections: must be a list"),
        (_change("sections/0", 3), "sections[0]: must be an object"),
        (_change("sections/0/L", "nan"), "sections[0]: L of section 'soma' = 'nan'"),
        (_change("sections/0/L", -1), "sections[0]: L of section 'soma' = -1"),
        (_change("sections/0/L", 10**400), "sections[0]: L of section 'soma'"),
        (_change("sections/0/colour", 1), "sections[0]: colour"),
        (_change("sections/1/nseg", 1e9), "nseg of section 'dend' = 1000000000.0"),
        (_change("sections/1/parent/section", "dend"), "sections[1]: section 'dend' cannot be its own parent"),
        (_change("sections/1/parent/section", "x"), "sections[1]: there is no section 'x'"),
        (_change("sections/1/parent/x", 2), "x = 2"),
        (_drop("sections/1/parent"), "sections[1]: section 'dend' has no parent"),
        (_change("sections/1/name", "soma"), "already a section 'soma'"),
        (_change("sections/1/name", "a'; import os"), "cannot name a section"),
        (_change("sections/1/name", ["a"]), "must be text"),
        (_change("insertions/0/mechanism", "os.system"), "insertions[0]: there is no mechanism 'os.system'"),
        (_change("insertions/0/mechanism", {}), "insertions[0]"),
        (_change("insertions/0/place", "nowhere"), "insertions[0]: there is no region, subset or section 'nowhere'"),
        (_change("insertions/1", {"place": "soma", "mechanism": "hh"}), "insertions[1]: is there twice"),
        (_drop("insertions/0/place"), "insertions[0]"),
        (_change("assignments/0/place", "soma"), "an assignment to the cell has the place 'all'"),
        (_change("assignments/0/scope", "planet"), "assignments[0]"),
        (_change("assignments/0/value", None), "assignments[0]: Ra of all = None"),
        (_change("assignments/0/value", "__import__('os')"), "must be a number, a list of numbers or a profile"),
        (_change("assignments/0/value", [[[1]]]), "assignments[0]: Ra is one number for a section"),
        (_drop("assignments/0/value"), "assignments[0]: has no 'value'"),
        (_change("assignments/4/value", {"profile": "evil"}), "'evil' is no kind of profile"),
        (_change("assignments/4/value", {"profile": "linear"}), "assignments[4]"),
        (_change("assignments/4/value/slope", []), "slope = ()"),
        (_change("assignments/4/value/origin/section", "x"), "there is no section 'x'"),
        (_change("placements/0/mechanism", "pas"), "pas is no point process"),
        (_change("placements/0/mechanism", "os"), "there is no mechanism 'os'"),
        (_change("placements/0/parameters", {"amp": "9 mV"}), "IClamp.amp = '9 mV'"),
        (_change("placements/0/parameters", {"volume": 1}), "IClamp has no parameter 'volume'"),
        (_change("placements/0/parameters", [1]), "placements[0]"),
        (_change("placements/0/name", "soma"), "region, subset or section"),
        (_change("placements/0/name", None), "has no name"),
        (_change("placements/0/colour", 1), "unknown entry 'colour'"),
        (_change("subsets", [{"name": "s", "sections": ["x"]}]), "names 'x', which is no section"),
        (_change("subsets", [{"name": "s", "sections": []}]), "give either sections or a rule"),
        (_change("subsets", [{"name": "s", "sections": None}]), "subsets[0]"),
    ],
)  # fmt: skip
def test_damage_is_told_with_its_place(tmp_path: Path, damage: Callable[[Any], None], said: str) -> None:
    cell, *_ = ball_and_stick()
    data = to_data(cell.document)
    damage(data)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match=r"^bad\.json: ") as refusal:
        rb.load_cell(path)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ('{"schema": NaN}', "contains NaN"),
        ('{"schema": -Infinity}', "contains -Infinity"),
        ('{"a":' + "[" * 100_000, "nested too deeply"),
        ('{"schema": "rheobase.cell", "version": ' + "9" * 5000 + "}", "bad.json"),
        ('{"a": "\ud800"}', "not UTF-8"),
    ],
)
def test_text_that_is_no_cell_is_refused_in_words(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError, match=said):
        rb.load_cell(path)


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(2**29)
    with pytest.raises(ValueError, match="512 MiB; a cell file has at most 256 MiB"):
        rb.load_cell(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_no_damage_gives_anything_but_a_cell_or_a_refusal(data: st.DataObject) -> None:
    cell, *_ = ball_and_stick()
    plain: Any = json.loads(json.dumps(to_data(cell.document)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = plain
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if isinstance(at[key], (dict, list)) and at[key] and data.draw(st.booleans()):
                at = at[key]
                continue
            at[key] = data.draw(json_values)
            break
    try:
        document = from_data(plain)
    except (ValueError, TypeError):
        return
    assert from_data(to_data(document)).content() == document.content()
