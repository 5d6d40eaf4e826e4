from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings, strategies as st

import rheobase as rb
from rheobase.model.distance import path_distance

NEURON = """
import json, sys
from neuron import h
given = json.load(sys.stdin)
sections = {}
for name, L, nseg, parent, x, end in given["sections"]:
    sections[name] = s = h.Section(name=name)
    s.L, s.diam, s.nseg = L, 1, nseg
    if parent:
        s.connect(sections[parent](x), end)
answers = []
for name, x in given["origins"]:
    h.distance(0, sections[name](x))
    answers.append([h.distance(seg) for s in sections.values() for seg in s])
print(json.dumps(answers))
"""


def test_distances_are_those_of_neuron_on_a_tree_with_every_kind_of_joint() -> None:
    rows = [
        ("root", 30, 3, None, 0, 0),
        ("a", 100, 5, "root", 1, 0),
        ("b", 50, 2, "root", 0, 0),
        ("c", 70, 4, "root", 0.5, 1),
        ("d", 10, 1, "a", 0.35, 0),
        ("e", 20, 2, "c", 0, 0),
        ("f", 20, 3, "c", 1, 0),
        ("g", 15, 2, "f", 0.2, 1),
    ]
    origins = [("root", 0.5), ("root", 0), ("a", 0.9), ("d", 1), ("c", 0.1), ("g", 0.3), ("e", 0)]
    cell = rb.Cell("tree")
    for name, L, nseg, parent, x, end in rows:
        where = cell.section(parent)(x) if parent else None
        cell.add_section(name, L=L, diam=1, nseg=nseg, parent=where, child_end=end)
    text = json.dumps({"sections": rows, "origins": origins})
    done = subprocess.run([sys.executable, "-c", NEURON], input=text, capture_output=True, text=True, check=True)
    for (name, x), expected in zip(origins, json.loads(done.stdout), strict=True):
        assert cell.path_distance(rb.Location(name, x)).tolist() == pytest.approx(expected, abs=1e-9)


def test_the_origin_is_by_default_the_middle_of_the_root() -> None:
    cell = rb.Cell("c")
    root = cell.add_section("root", L=100, diam=1, nseg=2)
    cell.add_section("dend", L=50, diam=1, parent=root(1))
    # The middle of two segments belongs to the second, as in NEURON.
    assert cell.path_distance().tolist() == [50, 0, 50]
    assert path_distance([]).tolist() == []
    with pytest.raises(KeyError, match="did you mean 'dend'"):
        cell.path_distance(rb.Location("dent", 0))


@settings(max_examples=50)
@given(st.data())
def test_distance_is_a_metric_of_the_tree(data: st.DataObject) -> None:
    cell = rb.Cell("tree")
    for k in range(data.draw(st.integers(1, 7))):
        where = None
        if k:
            above = data.draw(st.integers(0, k - 1))
            where = cell.sections[above](data.draw(st.sampled_from([0, 0.3, 0.5, 1])))
        end = data.draw(st.integers(0, 1))
        cell.add_section(
            f"s[{k}]",
            L=data.draw(st.integers(1, 50)),
            diam=1,
            nseg=data.draw(st.integers(1, 3)),
            parent=where,
            child_end=end,
        )
    middles = [section((i + 0.5) / section.nseg) for section in cell.sections for i in range(section.nseg)]
    table = [cell.path_distance(place).tolist() for place in middles]
    for i, row in enumerate(table):
        assert row[i] == 0
        for j, far in enumerate(row):
            assert math.isclose(far, table[j][i], abs_tol=1e-9)
            assert far <= min(row[k] + table[k][j] for k in range(len(row))) + 1e-9
