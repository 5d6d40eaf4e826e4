"""Problems of morphologies: what is said of each, what each remedy does, and that it can be undone."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.morphology import Morphology, MorphologyError, Problem, Remedy, grow, load_morphology, read_swc
from rheobase.morphology.problem import CODES
from rheobase.morphology.repair import as_read

SHARED = Path(__file__).parents[3] / "shared" / "morphologies"
BRANCH = "".join(f"{k} 3 0 {6 * k} 0 1 {k - 1}\n" for k in range(2, 12))
GOOD = "1 1 0 0 0 5 -1\n" + BRANCH


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def the(morphology: Morphology, code: str) -> Problem:
    (problem,) = [p for p in morphology.problems if p.code == code]
    return problem


def taken(text: str, code: str, remedy: str | None = None) -> Morphology:
    """Open a text, repair all of a code, and see that the problem is settled and can be had back."""
    morphology = read_swc(text)
    problems, samples = morphology.problems, morphology.samples
    assert morphology.repair(code, remedy) is morphology
    assert not [p for p in morphology.problems if p.open and p.code == code]
    assert morphology.history.done == (f"Repair {code}",)
    after = morphology.copy()
    assert morphology.undo() == f"Repair {code}"
    assert (morphology.samples, morphology.problems) == (samples, problems)
    return after


def by_id(morphology: Morphology) -> dict[int, tuple[int, float, tuple[float, ...], int]]:
    """Type, diameter, place and parent's id of each sample."""
    s = morphology.samples
    ids = [*s.id.tolist(), -1]
    return {
        ids[k]: (int(s.type[k]), float(s.diam[k]), tuple(s.xyz[k].tolist()), ids[int(s.parent[k])])
        for k in range(len(s))
    }


LOST = GOOD.replace("6 3 0 36 0 1 5\n", "")
CYCLE = GOOD.replace("7 3 0 42 0 1 6", "7 3 0 42 0 1 9")
PIECE = GOOD + "20 3 0 70 0 1 -1\n21 3 0 76 0 1 20\n"
TWO_CELLS = GOOD + "20 1 0 500 0 5 -1\n21 3 0 510 0 1 20\n22 3 0 520 0 1 21\n"
TWIN = GOOD + "7 3 9 42 0 2 6\n"
JUMP = GOOD + "".join(f"{k} 3 0 {6 * k} 60 1 {k - 1}\n" for k in range(12, 16)).replace(
    "0 72 60 1 11", "0 66.5 60 1 11"
)
SPIKE = GOOD.replace("6 3 0 36 0", "6 3 0 31 60").replace("7 3 0 42 0", "7 3 0 32 0")
OUTLINE = (
    "".join(f"{k + 1} 1 {10 * np.cos(k / 2):.4f} {10 * np.sin(k / 2):.4f} 0 0.1 {k or -1}\n" for k in range(13))
    + "14 3 0 12 0 1 4\n15 3 0 30 0 1 14\n"
)
FAR = GOOD + "20 3 0 300 90 1 3\n" + "".join(f"{k} 3 {6 * k - 120} 300 90 1 {k - 1}\n" for k in range(21, 40))


@pytest.mark.parametrize(
    ("text", "code", "severity", "line", "sample", "words", "remedies"),
    [
        (LOST, "missing-parent", "error", 6, 5, "7 has the parent 6, which is not in the file", "join leave-out"),
        (BRANCH, "missing-parent", "error", 1, 0, "sample 2 has the parent 1", "root"),
        (CYCLE, "cycle", "error", 7, 6, "lines 7, 8, 9 form a cycle, cut here", "join leave-out"),
        (TWIN, "duplicate-id", "error", 12, 11, "id 7 was given on line 7 to another sample; this one is 12",
         "renumber drop"),
        (TWO_CELLS, "several-somata", "error", 12, 11, "the one on line 1 are not joined", "leave-out join"),
        (TWO_CELLS.replace("0 500 0 5", "0 9 0 5"), "several-somata", "error", 12, 11, "not joined", "join leave-out"),
        (GOOD.replace("9 3 0", "9 1 0"), "several-somata", "warning", 9, 8, "a second soma", "like-parent keep"),
        (PIECE, "several-roots", "warning", 12, 11, "a further root", "join leave-out keep"),
        (GOOD.replace("1 8", "-1 8"), "negative-diameter", "error", 9, 8, "radius -1 cannot be", "absolute neighbours"),
        (GOOD.replace("1 8", "-9 8"), "negative-diameter", "error", 9, 8, "radius -9 cannot be", "neighbours absolute"),
        ("1 1 0 0 0 -5 -1\n", "negative-diameter", "error", 1, 0, "radius -5 cannot be", "absolute"),
        ("1 1 0 0 0 0 -1\n", "zero-diameter", "error", 1, 0, "0.5 um stand in", "default"),
        (lines("1 3 0 0 0 0 -1", "2 2 0 9 0 1 1"), "zero-diameter", "error", 1, 0, "no neighbour of the same type",
         "neighbours default"),
        (GOOD.replace("1 8", "40 8"), "wild-diameter", "warning", 9, 8, "radius 40 um is unlike those around it, 1 um",
         "neighbours keep"),
        (GOOD.replace("1 8", "0.01 8"), "wild-diameter", "warning", 9, 8, "radius 0.01 um", "neighbours keep"),
        (JUMP, "z-jump", "warning", 12, 11, "z jumps by +60 um", "shift keep"),
        (SPIKE, "z-jump", "warning", 6, 5, "lies +60 um in z from the plane", "level keep"),
        (OUTLINE, "soma-contour", "warning", 1, 0, "13 samples go round it", "sphere keep"),
        (BRANCH.replace("2 3 0 12 0 1 1", "2 3 0 12 0 1 -1"), "no-soma", "note", 1, 0, "no soma", "make-soma keep"),
        (FAR, "dangling-tree", "warning", 12, 11, "begins 296 um from the surface", "keep leave-out"),
        (GOOD.replace("8 3 0", "8 4 0"), "type-change", "warning", 8, 7, "from dend to apic here", "like-parent keep"),
        ("1 1 9e6 0 0 0.1 -1\n2 3 9e6 50 0 1 1\n", "zero-length", "error", 1, 0, "so far from the origin", "centre"),
    ],
)  # fmt: skip
def test_what_is_found_and_offered(
    text: str, code: str, severity: str, line: int, sample: int, words: str, remedies: str
) -> None:
    found = [p for p in read_swc(text).problems if p.code == code]
    problem = found[0]
    assert (problem.severity, problem.line, problem.sample, problem.repaired) == (severity, line, sample, False)
    assert words in problem.message
    assert " ".join(each.name for each in problem.remedies) == remedies
    assert all(each.label[0].isupper() for each in problem.remedies)
    assert problem.xyz == tuple(read_swc(text).samples.xyz[sample])
    for remedy in problem.remedies:
        taken(text, code, remedy.name if len(found) == 1 else None)


def test_a_good_cell_has_nothing_to_repair() -> None:
    for morphology in (read_swc(GOOD), grow(), grow(seed=7)):
        assert morphology.problems == ()
        morphology.repair_all().repair_all(safe=False)
        for code in CODES:
            assert morphology.repair(code) is morphology
        assert morphology.history.done == ()


def test_a_tree_that_lost_its_parent_is_joined_to_the_nearest_surface() -> None:
    assert by_id(taken(LOST, "missing-parent"))[7][3] == 5
    assert set(by_id(taken(LOST, "missing-parent", "leave-out"))) == {1, 2, 3, 4, 5}
    # The dendrite of diameter 2 at y = 30 is nearer to (9, 24) than the soma's centre, but not than its surface.
    near = lines("1 1 0 0 0 20 -1", "2 3 0 24 0 1 1", "3 3 0 36 0 1 2", "9 3 20 9 0 1 8")
    assert by_id(taken(near, "missing-parent"))[9][3] == 1


def test_pieces_of_pieces_are_joined_to_what_is_nearest_first() -> None:
    """A branch broken in three is one again, though its last piece comes first in the file."""
    pieces = [f"{k} 3 0 {6 * k - 48} 0 1 {99 if k in (20, 26) else k - 1}" for k in (*range(26, 32), *range(20, 26))]
    text = GOOD + lines(*pieces)
    cell = taken(text, "missing-parent")
    assert (by_id(cell)[20][3], by_id(cell)[26][3]) == (11, 25)


def test_a_cycle_is_cut_at_its_longest_link() -> None:
    text = lines("1 1 0 0 0 5 -1", "2 3 0 9 0 1 1", "3 3 0 50 0 1 5", "4 3 0 54 0 1 3", "5 3 0 57 0 1 4")
    problem = the(read_swc(text), "cycle")
    assert problem.line == 3
    assert by_id(taken(text, "cycle"))[3][3] == 2
    assert set(by_id(taken(text, "cycle", "leave-out"))) == {1, 2}


def test_a_whole_cell_in_a_cycle_keeps_all_its_samples() -> None:
    cell = taken(GOOD.replace("5 -1", "5 11"), "cycle")
    assert by_id(cell) == by_id(read_swc(GOOD))


def test_two_samples_of_one_id_are_both_kept_or_one_is_left_out() -> None:
    kept = by_id(taken(TWIN, "duplicate-id"))
    assert kept[12] == (3, 4.0, (9.0, 42.0, 0.0), 6)
    assert by_id(taken(TWIN, "duplicate-id", "drop")) == by_id(read_swc(GOOD))


def test_two_cells_in_one_file_under_the_same_ids_stay_two_trees() -> None:
    other = GOOD.replace(" 0 0 5", " 0 800 5").replace(" 0 1 ", " 800 1 ")
    morphology = read_swc(GOOD + other)
    assert [p.line for p in morphology.problems if p.code == "several-somata"] == [12]
    assert sum(p.code == "duplicate-id" for p in morphology.problems) == 11
    first = morphology.preview("several-somata", "leave-out")
    assert np.array_equal(first.samples.xyz, read_swc(GOOD).samples.xyz)
    morphology.repair_all(safe=False)
    assert morphology == read_swc(GOOD)


def test_somata_are_told_apart_by_how_far_they_are() -> None:
    touching = TWO_CELLS.replace("0 500 0 5", "0 9 0 5")
    joined = taken(touching, "several-somata")
    assert (joined.samples.parent < 0).sum() == 1
    assert by_id(joined)[20][3] == 1
    assert 20 not in by_id(taken(TWO_CELLS, "several-somata"))


@pytest.mark.parametrize(
    ("text", "code", "remedy", "at", "diam"),
    [
        (GOOD.replace("1 8", "-0.9 8"), "negative-diameter", "absolute", 9, 1.8),
        (GOOD.replace("1 8", "-0.9 8"), "negative-diameter", "neighbours", 9, 2.0),
        (lines("1 3 0 0 0 0 -1", "2 2 0 9 0 1.5 1"), "zero-diameter", "neighbours", 1, 3.0),
        (lines("1 1 0 0 0 6 -1", "2 3 0 9 0 0 1"), "zero-diameter", "default", 2, 1.0),
        (GOOD.replace("1 8", "40 8").replace("1 9", "2 9"), "wild-diameter", "neighbours", 9, 3.0),
        (GOOD.replace("1 7", "80 7").replace("1 8", "80 8"), "wild-diameter", "neighbours", 9, 2.0),
    ],
)
def test_diameters_come_from_what_is_around(text: str, code: str, remedy: str, at: int, diam: float) -> None:
    assert by_id(taken(text, code, remedy))[at][1] == np.float32(diam)


def test_jumps_in_depth_are_closed() -> None:
    shifted = taken(JUMP, "z-jump")
    assert (shifted.samples.xyz[:, 2] == 0).all()
    assert np.array_equal(shifted.samples.xyz[:, :2], read_swc(JUMP).samples.xyz[:, :2])
    level = taken(SPIKE, "z-jump", "level")
    assert (level.samples.xyz[:, 2] == 0).all()
    kept = taken(JUMP, "z-jump", "keep")
    assert kept == read_swc(JUMP)
    assert the(kept, "z-jump").repaired


def test_a_second_jump_beyond_the_first_is_closed_too() -> None:
    text = JUMP + "16 3 0 90.5 120 1 15\n17 3 0 97 120 1 16\n18 3 0 105 120 1 17\n"
    morphology = read_swc(text)
    assert sum(p.code == "z-jump" for p in morphology.problems) == 2
    assert (morphology.repair("z-jump").samples.xyz[:, 2] == 0).all()


def test_an_outline_becomes_a_sphere() -> None:
    cell = taken(OUTLINE, "soma-contour")
    s = cell.samples
    assert s.type.tolist() == [1, 3, 3]
    assert s.parent.tolist() == [-1, 0, 1]
    assert abs(s.diam[0] - 20) < 0.5
    assert np.linalg.norm(s.xyz[0]) < 1


def test_types_are_made_like_the_parents() -> None:
    flip = GOOD.replace("8 3 0", "8 4 0").replace("9 3 0", "9 4 0")
    morphology = read_swc(flip)
    assert [p.line for p in morphology.problems if p.code == "type-change"] == [8, 10]
    morphology.repair("type-change", "like-parent", line=8)
    assert set(morphology.samples.type.tolist()) == {1, 3}
    assert not [p for p in morphology.problems if p.open]
    axon = GOOD.replace("8 3 0", "8 2 0") + "30 2 9 60 0 1 7\n"  # an axon leaves a dendrite where this branches
    assert not [p for p in read_swc(axon).problems if p.code == "type-change" and p.line == 8]
    second_soma = taken(GOOD.replace("9 3 0", "9 1 0"), "several-somata")
    assert second_soma == read_swc(GOOD)


def test_marks_of_forks_and_ends_are_told_once() -> None:
    text = lines(
        "1 1 0 0 0 5 -1", "2 3 0 9 0 1 1", "3 5 0 19 0 1 2", "4 3 9 29 0 1 3", "5 6 9 39 0 1 4", "6 6 -9 29 0 1 3"
    )
    problem = the(read_swc(text), "type-change")
    assert (problem.severity, problem.line) == ("note", 3)
    assert taken(text, "type-change").samples.type.tolist() == [1, 3, 3, 3, 3, 3]


def test_a_tree_far_away_is_joined_where_something_is_nearer() -> None:
    text = FAR + "50 3 0 180 80 1 11\n51 3 0 290 80 1 50\n"
    assert by_id(taken(text, "dangling-tree"))[20][3] == 51
    assert 20 not in by_id(taken(FAR, "dangling-tree", "leave-out"))


# Repairs as edits


def test_one_line_or_all_of_a_code() -> None:
    text = GOOD + "20 3 0 70 0 1 -1\n21 3 30 70 0 1 -1\n"
    morphology = read_swc(text)
    morphology.repair("several-roots", "leave-out", line=13)
    assert max(by_id(morphology)) == 20
    assert [p.line for p in morphology.problems if p.open] == [12]
    morphology.repair("several-roots", line=999)
    assert morphology.history.done == ("Repair several-roots",)
    morphology.repair("several-roots")
    assert by_id(morphology)[20][3] == 11
    assert [p.remedy for p in morphology.problems] == ["join", "leave-out"]
    assert morphology.undo()
    assert morphology.undo()
    assert morphology == read_swc(text)


def test_what_is_unknown_is_refused_with_what_there_is() -> None:
    morphology = read_swc(LOST)
    with pytest.raises(KeyError, match="did you mean 'missing-parent'"):
        morphology.repair("missing_parent")
    with pytest.raises(KeyError, match=r"no remedy 'glue'.*join, leave-out"):
        morphology.repair("missing-parent", "glue")
    assert morphology.history.done == ()


def test_safe_repairs_alone_guess_nothing() -> None:
    morphology = read_swc(LOST + "5 3 0 99 9 1 4\n" + "40 3 0 66.5 0 1 -1\n")
    morphology.repair_all()
    assert {p.code for p in morphology.problems if p.open} == {"missing-parent", "duplicate-id", "several-roots"}
    whole = read_swc(BRANCH)
    whole.repair_all(safe=True)
    assert not [p for p in whole.problems if p.severity == "error" and not p.repaired]
    assert rb.Cell.from_morphology(whole).sections


def test_a_preview_changes_nothing() -> None:
    morphology = read_swc(LOST)
    heard: list[Any] = []
    morphology.observe(heard.append)
    tried = morphology.preview("missing-parent", "leave-out", line=6)
    assert len(tried.samples) == 5
    assert morphology == read_swc(LOST)
    assert (heard, morphology.history.done) == ([], ())


def test_views_hear_of_repairs_and_of_their_undoing() -> None:
    morphology = read_swc(LOST)
    heard: list[tuple[Any, ...]] = []
    morphology.observe(lambda changes: heard.append((changes[0].origin, *(c.path[0] for c in changes))), grouped=True)
    morphology.repair_all(safe=False)
    morphology.undo()
    morphology.redo()
    assert heard == [
        ("code", "samples", "problems"),
        ("undo", "problems", "samples"),
        ("redo", "samples", "problems"),
    ]


def test_a_problem_set_right_by_hand_is_settled() -> None:
    morphology = read_swc(LOST)
    morphology.reattach(5, 2)
    problem = the(morphology, "missing-parent")
    assert (problem.repaired, problem.remedy) == (True, "hand")
    assert rb.Cell.from_morphology(morphology).sections
    assert morphology.undo() == "Reattach"
    assert the(morphology, "missing-parent").open


# Cells of morphologies with problems


def test_no_cell_is_made_of_an_error_until_somebody_decided(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(LOST)
    ways: list[Callable[[], rb.Cell]] = [
        lambda: rb.load_cell(path),
        lambda: rb.Cell.from_morphology(load_morphology(path)),
    ]
    for make in ways:
        with pytest.raises(MorphologyError) as refused:
            make()
        assert refused.value.line == 6
        assert refused.value.message.startswith("sample 7 has the parent 6")
        assert "repair('missing-parent', 'join')" in refused.value.hint
        assert "leave-out" in refused.value.hint
    cell = rb.Cell.from_morphology(load_morphology(path).repair("missing-parent"))
    assert [note.code for note in cell.notes] == ["missing-parent"]
    assert len(cell.sections) == 2


def test_what_only_looks_odd_is_a_note_of_the_cell_and_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(GOOD.replace("1 8", "40 8"))
    assert [note.code for note in rb.load_cell(path).notes] == ["wild-diameter"]


# What readers give


def test_what_a_reader_tells_gets_its_place_and_remedies() -> None:
    samples = read_swc(GOOD).samples
    told = [
        Problem("left-out", "note", 3, "a marker was left out"),
        Problem("dangling-tree", "warning", 4, "begins far away"),
        Problem("zero-length", "warning", 5, "is a sphere"),
        Problem("missing-parent", "error", 7, "hangs on nothing"),
    ]
    morphology = as_read("m", samples, told, text=GOOD, format="neurolucida")
    assert (morphology.format, morphology.source_line(2), morphology.source_line(99)) == (
        "neurolucida", "2 3 0 12 0 1 1", "")  # fmt: skip
    left_out, dangling, lengthless, missing = morphology.problems
    assert (left_out.repaired, lengthless.repaired) == (True, True)
    assert (dangling.sample, dangling.remedies[0].name, dangling.open) == (3, "keep", True)
    assert (missing.sample, missing.open) == (6, True)
    assert morphology.repair("dangling-tree").problems[1].repaired


def test_a_remedy_is_a_value() -> None:
    assert Remedy("join", "Join it") == Remedy("join", "Join it", safe=False)
    assert str(Problem("cycle", "error", 3, "goes round")) == "line 3: goes round"


# Figures


def test_ten_thousand_samples_are_opened_and_judged_fast() -> None:
    random = np.random.default_rng(3)
    parents = [k - 1 if random.random() < 0.97 else int(random.integers(0, k)) for k in range(1, 10_000)]
    places = np.zeros((10_000, 3))
    for k, above in enumerate(parents, start=1):
        places[k] = places[above] + random.normal(0, 2, 3)
    rows = [f"{k + 1} 3 {x:.3f} {y:.3f} {z:.3f} 0.4 {p + 1}"
            for k, ((x, y, z), p) in enumerate(zip(places[1:], parents, strict=True), start=1)]  # fmt: skip
    text = lines("1 1 0 0 0 8 -1", *rows)
    for damaged in (text, text.replace(" 0.4 77\n", " 0.4 99999\n").replace("5000 3 ", "5000 4 ")):
        start = time.process_time()
        morphology = read_swc(damaged)
        problems, sections = morphology.problems, morphology.sections
        assert time.process_time() - start < 2  # 0.1 s where it was measured
        assert len(sections) > 300
        assert len(problems) < 40


@pytest.mark.parametrize(("kind", "radius", "parent"), [(3, 1, -1), (3, 1, 77_777), (3, -1, 1), (1, 0, -1), (3, 0, 0)])
def test_thousands_of_faults_take_no_time_either(kind: int, radius: int, parent: int) -> None:
    places = np.random.default_rng(4).normal(0, 90, (4000, 3)).round(2)
    rows = [f"{k} {kind} {x} {y} {z} {radius} {parent}" for k, (x, y, z) in enumerate(places.tolist(), start=2)]
    start = time.process_time()
    morphology = read_swc(lines("1 3 0 0 0 1 -1", *rows))
    assert len(morphology.problems) > 3000
    morphology.repair_all(safe=False)
    assert not [p for p in morphology.problems if p.severity == "error" and not p.repaired]
    assert time.process_time() - start < 10  # 0.2 to 1 s where it was measured


@pytest.mark.skipif(not SHARED.exists(), reason="the collection of morphologies is not beside this checkout")
def test_published_cells_are_not_drowned_in_notes() -> None:
    asked = {}
    for path in sorted([*SHARED.glob("swc/*"), *SHARED.glob("asc/*")]):
        try:
            morphology = load_morphology(path)
        except MorphologyError:
            continue
        asked[path.name] = [p for p in morphology.problems if p.open]
        morphology.repair_all(safe=False)
        assert rb.Cell.from_morphology(morphology).sections
    assert len(asked) > 10
    assert max(map(len, asked.values())) <= 5
    assert sum(not each for each in asked.values()) >= 0.5 * len(asked)
