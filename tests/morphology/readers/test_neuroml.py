"""NeuroML 2 cells: sections from segments and groups, and what is refused with its line."""

import time
from pathlib import Path

import numpy as np
import pytest

from rheobase.morphology import (
    Morphology,
    MorphologyError,
    load_morphology,
    read_neuroml,
    segment_geometry,
    split_sections,
)
from rheobase.morphology.readers.xml import parse_xml

SHARED = Path(__file__).parents[4] / "shared" / "morphologies" / "neuroml"


Spot = tuple[float, float, float]  # x, y and the diameter


def point(tag: str, x: float, y: float, d: float) -> str:
    return f'<{tag} x="{x}" y="{y}" z="0" diameter="{d}"/>'


def segment(number: int, end: Spot, parent: str = "", start: Spot | None = None, name: str = "s") -> str:
    link = f"<parent {parent}/>" if parent else ""
    proximal = point("proximal", *start) if start else ""
    return f'<segment id="{number}" name="{name}">{link}{proximal}{point("distal", *end)}</segment>\n'


def group(name: str, *members: int, meaning: str = "", more: str = "") -> str:
    inside = "".join(f'<member segment="{k}"/>' for k in members)
    return f'<segmentGroup id="{name}" neuroLexId="{meaning}">{inside}{more}</segmentGroup>\n'


def document(*parts: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="d">\n'
    return head + '<cell id="c">\n<morphology id="m">\n' + "".join(parts) + "</morphology>\n</cell>\n</neuroml>\n"


SEGMENTS = (
    segment(0, (10, 0, 10), start=(0, 0, 10)),
    segment(1, (20, 0, 10), 'segment="0"'),
    segment(2, (20, 50, 2), 'segment="1"', (20, 0, 2)),
    segment(3, (20, 90, 1), 'segment="2"'),
    segment(4, (20, 95, 0.5), 'segment="3" fractionAlong="0.5"', (20, 70, 0.5)),
    segment(5, (5, -50, 1), 'segment="0" fractionAlong="0.5"', (5, -5, 1)),
    segment(6, (0, -9, 1), 'segment="0" fractionAlong="0"', (0, 0, 1)),
)
GROUPS = (
    group("soma_group", 0, 1),
    group("dendrite_group", 2, 3, 4, meaning="GO:0030425"),
    group("apical", more='<include segmentGroup="spine"/>', meaning="GO:0097440"),
    group("spine", 4),
    group("axon_group", more='<subTree><from segment="5"/></subTree><path><from segment="6"/><to segment="6"/></path>'),
)


def tree(morphology: Morphology) -> list[tuple[str, str | None, float, int]]:
    sections = split_sections(morphology)
    names = [section.name for section in sections]
    return [(s.name, None if s.parent is None else names[s.parent], s.parent_x, len(s.points)) for s in sections]


def test_unbranched_rows_of_segments_are_sections() -> None:
    cell = read_neuroml(document(*SEGMENTS, *GROUPS))
    assert (cell.name, cell.format) == ("c", "neuroml")
    assert cell.problems == ()
    assert tree(cell) == [
        ("soma[0]", None, 1.0, 3),
        ("axon[0]", "soma[0]", 0.25, 2),
        ("axon[1]", "soma[0]", 0.0, 2),
        ("dend[0]", "soma[0]", 1.0, 3),
        ("apic[0]", "dend[0]", round(70 / 90, 9), 2),
    ]
    assert cell.samples.line.tolist() == [5, 5, 6, 7, 7, 8, 9, 9, 10, 10, 11, 11]


VERSION_1 = """<?xml version="1.0"?>
<neuroml xmlns="http://morphml.org/neuroml/schema" xmlns:mml="http://morphml.org/morphml/schema" xmlns:meta="m">
<cells><cell name="old">
<mml:segments>
<mml:segment id="0" name="Soma" cable="0"><mml:proximal x="0" y="0" z="0" diameter="10"/>
<mml:distal x="10" y="0" z="0" diameter="10"/></mml:segment>
<mml:segment id="1" name="D0" cable="1" parent="0"><mml:proximal x="5" y="0" z="0" diameter="2"/>
<mml:distal x="5" y="50" z="0" diameter="2"/></mml:segment>
<mml:segment id="2" name="D1" cable="1" parent="1"><mml:distal x="5" y="90" z="0" diameter="1"/></mml:segment>
<mml:segment id="3" name="A0" cable="2" parent="2"><mml:distal x="5" y="99" z="0" diameter="1"/></mml:segment>
</mml:segments>
<mml:cables>
<mml:cable id="0" name="Body"><meta:group>soma_group</meta:group></mml:cable>
<mml:cable id="1" name="First" fractAlongParent="0.5"><meta:group>dendrite_group</meta:group></mml:cable>
<mml:cable id="2" name="Second"/>
<mml:cablegroup name="axon_group"><mml:cable id="2"/></mml:cablegroup>
</mml:cables>
</cell></cells></neuroml>
"""


def test_version_1_has_cables() -> None:
    cell = load_morphology(VERSION_1)
    assert {p.code for p in cell.problems} == {"type-change"}
    assert tree(cell) == [
        ("soma[0]", None, 1.0, 2),
        ("dend[0]", "soma[0]", 0.5, 3),
        ("axon[0]", "dend[0]", 1.0, 2),
    ]
    with pytest.raises(MorphologyError, match="y of <distal> is 'x', not a number") as caught:
        load_morphology(VERSION_1.replace('y="90"', 'y="x"'))
    assert caught.value.line == 9


def test_marked_groups_are_sections() -> None:
    row = [segment(k, (9 * k, 0, 1 + k), f'segment="{k - 1}"') for k in range(1, 6)]
    segments = [segment(0, (0, 0, 5), start=(-9, 0, 5)), *row]
    groups = [group("a", 0, 1, 2, meaning="sao864921383"), group("b", 3, 4, 5, meaning="sao864921383")]
    assert [(s[1], s[3]) for s in tree(read_neuroml(document(*segments, *groups)))] == [(None, 4), ("dend_0[0]", 4)]
    assert len(tree(read_neuroml(document(*segments)))) == 1


def test_a_step_of_the_diameter_within_a_section_stays() -> None:
    segments = [segment(0, (9, 0, 5), start=(0, 0, 5)), segment(1, (20, 0, 2), 'segment="0"', (9, 0, 2))]
    apart = split_sections(read_neuroml(document(*segments)))
    (together,) = split_sections(read_neuroml(document(*segments, group("a", 0, 1, meaning="sao864921383"))))
    assert [len(s.points) for s in apart] == [2, 2]
    np.testing.assert_array_equal(together.points[:, 3], [5, 5, 2, 2])


def test_a_segment_without_a_length_is_a_sphere() -> None:
    cell = read_neuroml(document(segment(0, (3, 0, 10), start=(3, 0, 10), name="Soma")))
    (soma,) = split_sections(cell)
    assert soma.name == "soma[0]"
    assert segment_geometry(points=soma.points).area.sum() == pytest.approx(np.pi * 100)
    cell = read_neuroml(document(segment(0, (3, 0, 10), start=(3, 0, 10)), segment(1, (9, 0, 10), 'segment="0"')))
    assert [(p.code, p.line) for p in cell.problems if p.severity == "warning"] == [("zero-length", 5)]


def test_the_order_of_segments_does_not_matter() -> None:
    there, back = (read_neuroml(document(*parts, *GROUPS)) for parts in (SEGMENTS, SEGMENTS[::-1]))
    assert sorted((s[1], *s[2:]) for s in tree(there)[1:]) == sorted((s[1], *s[2:]) for s in tree(back)[1:])


def test_one_of_several_cells_is_chosen() -> None:
    text = document(SEGMENTS[0]).replace("</cell>", '</cell><cell id="d">{}</cell>')
    other = f'<morphology id="n">{segment(0, (70, 0, 1), start=(0, 0, 1))}</morphology>'
    assert read_neuroml(text.format(other), cell="d").samples.xyz[-1, 0] == 70
    with pytest.raises(MorphologyError, match="has 2 cells: 'c', 'd'; choose one: read_neuroml") as caught:
        load_morphology(text.format(other))
    assert caught.value.line == 7
    assert load_morphology(text.format("")).samples.xyz[-1, 0] == 10
    with pytest.raises(MorphologyError, match="no cell 'e'"):
        read_neuroml(text.format(other), cell="e")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (document(*SEGMENTS[:4], SEGMENTS[4].replace('"3"', '"33"')), "missing-parent", 9),
        (document(*SEGMENTS, SEGMENTS[6]), "duplicate-id", 12),
        (document(*SEGMENTS[:2], segment(2, (1, 1, 1), 'segment="3"', (0, 1, 1)),
                  segment(3, (2, 2, 2), 'segment="2"', (0, 0, 1))), "cycle", 7),
        (document(SEGMENTS[0], segment(1, (5, 5, 5), start=(0, 5, 1))), "several-roots", 6),
    ],
)  # fmt: skip
def test_what_no_sound_cell_can_be_made_of_is_told(text: str, code: str, line: int) -> None:
    problems = [(p.code, p.line) for p in load_morphology(text).problems]
    assert (code, line) in problems


BOMB = '<?xml version="1.0"?>\n<!DOCTYPE a [\n<!ENTITY a "lol">\n<!ENTITY b "&a;&a;">\n]>\n<neuroml>&b;</neuroml>'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (document(*SEGMENTS).replace("</cell>", "", 1), 14, "no sound XML: mismatched tag"),
        (document(*SEGMENTS)[:400], 7, "no sound XML"),
        ("\n\n" + document(*SEGMENTS)[:400], 9, "no sound XML"),
        (BOMB, 3, "declares entities"),
        (BOMB.replace('"lol"', 'SYSTEM "/etc/passwd"'), 3, "declares entities"),
        (BOMB.replace("<!ENTITY a", "<!ENTITY % a"), 3, "declares entities"),
        ("<neuroml>" + "<a>" * 1000 + "</a>" * 1000 + "</neuroml>", 1, "more than 100 levels deep"),
        ("<neuroml/>", 1, "no cell with a morphology"),
        ("<html/>", 1, "XML of another kind: <html> is not <neuroml>; of XML, NeuroML is read"),
        (document(), 4, "no segments"),
        (document(*SEGMENTS).replace('id="2"', 'id="two"'), 7, "the id of a segment is 'two'"),
        (document(*SEGMENTS).replace('y="50"', 'y="fifty"'), 7, "y of <distal> is 'fifty', not a number"),
        (document(*SEGMENTS).replace('y="50"', 'y="inf"'), 7, "must be a finite number"),
        (document(*SEGMENTS).replace('y="50" ', ""), 7, "<distal> has no y"),
        (document(*SEGMENTS).replace('fractionAlong="0.5"', 'fractionAlong="1.5"'), 9, "must be from 0 to 1"),
        (document(segment(0, (1, 1, 1))), 5, "neither a proximal point nor a parent"),
        (document('<segment id="0"/>'), 5, "no distal point"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MorphologyError, match=words) as caught:
        load_morphology(text)
    assert caught.value.line == line


def test_groups_that_include_each_other_end() -> None:
    names = [f"g{k}" for k in range(300)]
    every = "".join(f'<include segmentGroup="{name}"/>' for name in names)
    start = time.process_time()
    with pytest.raises(MorphologyError, match="include each other too often"):
        read_neuroml(document(SEGMENTS[0], *(group(name, 0, more=every) for name in names)))
    few = document(SEGMENTS[0], *(group(name, 0, more=every) for name in names[:20]))
    assert len(read_neuroml(few).samples) == 2
    assert time.process_time() - start < 5


def test_entities_of_xml_itself_are_text() -> None:
    element = parse_xml("<a b='&lt;&quot;'>&amp;&#65;</a>")
    assert (element.get("b"), element.text) == ('<"', "&A")


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of morphologies is not beside this checkout")
def test_real_files() -> None:
    sections = {}
    for path in sorted(SHARED.glob("*.nml")):
        cell = load_morphology(path)
        assert not [p for p in cell.problems if p.severity == "error"]
        sections[path.name] = len(split_sections(cell))
        assert sum(segment_geometry(points=s.points).area.sum() for s in split_sections(cell)) > 100
    assert sections["OpenSourceBr__L23_morph.cell.nml"] == 106  # as many as comments in the file tell of
    assert sections["OpenSourceBr__Mitral_0_1.cell.nml"] == 30
    assert sections["NeuralEnsemb__Purk2M9s.nml"] > 1000
