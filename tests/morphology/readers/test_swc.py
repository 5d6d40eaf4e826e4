"""SWC files, good and bad: each is read, or repaired with a note of the line, or refused with the line."""

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from rheobase.morphology import Morphology, MorphologyError, load_morphology, read_swc, split_sections, write_swc
from rheobase.morphology.problem import shortened

GOOD = "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 9 0 0.75 2\n4 2 0 -9 0 1 1\n5 2 0 -12 0 1 4\n"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        "\ufeff" + GOOD,
        GOOD + "\x1a",
        "# a comment\n\n   \n" + GOOD + "# the end\n",
        GOOD.replace("0.75", "7.5e-1").replace("5 -1", "5.0 -1.0").replace("1 1", "1.0 1"),
        GOOD.replace(" ", "\t"),
        GOOD.replace(" ", "   ").replace("\n", "  # a sample\n"),
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    morphology = read_swc(text)
    assert morphology == read_swc(GOOD)
    assert morphology.problems == ()


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (GOOD.replace(" ", ","), "separators", 1),
        (GOOD.replace(" ", ", "), "separators", 1),
        (GOOD.replace(" ", ";"), "separators", 1),
        ("id type x y z r parent\n" + GOOD, "header", 1),
        (GOOD.replace("2 3 0 6", " ,\n2 3 0 6").replace(" -1\n", " -1,\n"), "separators", 1),
        (GOOD.replace("0.75 2", "0.75 2 0.5 soma"), "extra-columns", 3),
        (GOOD.replace("\n", " 8\n"), "extra-columns", 1),
        (GOOD + "3 3 0 9 0 0.75 2\n", "duplicate-point", 6),
        ("\n".join(reversed(GOOD.splitlines())), "unsorted-parents", 2),
        (GOOD.replace(" -1\n", " 0\n"), "root-as-zero", 1),
    ],
)
def test_what_is_repaired_gives_the_same_cell_and_a_note(text: str, code: str, line: int) -> None:
    morphology = read_swc(text)
    assert morphology == read_swc(GOOD)
    assert [(p.code, p.severity, p.line) for p in morphology.problems] == [(code, "note", line)]
    assert str(morphology.problems[0]).startswith(f"line {line}: ")


def test_a_parent_after_its_child_is_put_before() -> None:
    morphology = read_swc("1 3 0 9 0 1 5\n5 3 0 6 0 1 7\n7 1 0 0 0 5 -1\n")
    assert [(p.code, p.line) for p in morphology.problems] == [("unsorted-parents", 1)]
    assert morphology.samples.id.tolist() == [7, 5, 1]
    assert morphology.samples.parent.tolist() == [-1, 0, 1]
    assert morphology.samples.line.tolist() == [3, 2, 1]


def test_the_tree_of_the_soma_comes_first() -> None:
    morphology = read_swc("1 3 0 60 0 1 -1\n2 3 0 90 0 1 1\n3 1 0 0 0 5 -1\n4 3 0 9 0 1 3\n5 3 0 19 0 1 4\n")
    assert [(p.code, p.line) for p in morphology.problems] == [("several-roots", 1), ("soma-moved", 3)]
    assert split_sections(morphology)[0].name == "soma[0]"


@pytest.mark.parametrize(
    ("text", "line", "radius", "source"),
    [
        (GOOD.replace("0.75", "0"), 3, 1.0, 2),
        (GOOD.replace("6 0 1 1", "6 0 0 1"), 2, 0.75, 3),
        (GOOD.replace("6 0 1 1", "6 0 1e-50 1"), 2, 0.75, 3),
    ],
)
def test_a_radius_of_zero_is_taken_from_a_neighbour(text: str, line: int, radius: float, source: int) -> None:
    morphology = read_swc(text)
    ((code, severity, at, message),) = [(p.code, p.severity, p.line, p.message) for p in morphology.problems]
    assert (code, severity, at) == ("zero-diameter", "warning", line)
    assert f"{radius:g} um, that of line {source}" in message
    assert morphology.samples.diam[line - 1] == 2 * radius


def test_two_somata_in_one_tree_are_kept_and_told() -> None:
    morphology = read_swc("1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 9 0 1 2\n4 1 0 20 0 4 3\n5 1 0 29 0 4 4\n")
    assert [(p.code, p.line) for p in morphology.problems] == [("several-somata", 4)]
    assert [s.name for s in split_sections(morphology)] == ["soma[0]", "dend[0]", "soma[1]"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "ends without a sample"),
        ("\n \n", 2, "ends without a sample"),
        ("# only\n# comments\n", 2, "ends without a sample"),
        ("id type x y z r parent\n", 1, "ends without a sample"),
        (" , ;\n,#\n", 2, "ends without a sample"),
        (GOOD.replace("0.75", "thick"), 3, "radius is 'thick', not a number"),
        (GOOD.replace("0.75", "0_75"), 3, "radius is '0_75', not a number"),
        (GOOD + "6 3 0", 6, "only 3 of a sample's 7 columns.*cut off"),
        (GOOD.replace("0.75", "nan"), 3, "radius is nan: must be a finite number"),
        (GOOD.replace(" 9 ", " inf "), 3, "y is inf: must be a finite number"),
        (GOOD.replace(" 9 ", " -2e7 "), 3, r"y is -2e\+07: must not be beyond 1e\+07 um"),
        (GOOD.replace(" 9 ", " 1e400 "), 3, "y is inf: must be a finite number"),
        (GOOD.replace("3 3 ", "3 3.5 "), 3, "type is 3.5: must be a whole number"),
        (GOOD.replace("3 3 ", "3.5 3 "), 3, "id is 3.5: must be a whole number"),
        (GOOD.replace("3 3 ", "-3 3 "), 3, "id is -3: must not be negative"),
        (GOOD.replace("3 3 ", "1e300 3 "), 3, "must be a"),
        (GOOD.replace("0.75", "0,75"), 3, "decimal commas"),
        ("<?xml version='1.0'?>\n<neuroml/>\n", 1, "not a number"),
        ("1\n2\n3\n", 1, "only 1 of a sample's 7 columns"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(MorphologyError, match=words) as caught:
        read_swc(text)
    assert caught.value.line == line
    assert caught.value.message
    assert str(caught.value).startswith(f"line {line}: ")
    assert caught.value.hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        (GOOD.replace("0.75", "-0.75"), "negative-diameter", 3, "radius -0.75 cannot be"),
        (GOOD.replace("0.75 2", "0.75 99"), "missing-parent", 3, "has the parent 99, which is not in the file"),
        (GOOD.replace("0.75 2", "0.75 3"), "cycle", 3, "sample 3 is its own ancestor"),
        (GOOD.replace("1 1\n3", "1 3\n3"), "cycle", 2, "2 is its own ancestor: the parents on lines 2, 3 form a cycle"),
        (GOOD.replace("5 -1", "5 5"), "cycle", 1, "1 is its own ancestor: the parents on lines 1, 4, 5 form"),
        (GOOD + "3 3 0 9 0 0.8 2\n", "duplicate-id", 6, "id 3 was given on line 3 to another sample"),
        (GOOD + "6 1 0 99 0 5 -1\n", "several-somata", 6, "this soma and the one on line 1 are not joined"),
        ("1 1 0 0 0 0 -1\n", "zero-diameter", 1, "radius is 0, and no neighbour"),
        ("1 1 9e6 0 0 0.1 -1\n", "zero-length", 1, "a sphere 0.2 um wide cannot be told from a point"),
        ("1 1 0 0 0 5 -1\n2 3 0 9 0 0 1\n3 3 0 12 0 0 2\n", "zero-diameter", 2, "radius is 0, and no neighbour"),
    ],
)
def test_what_somebody_has_to_decide_is_an_error_with_remedies(text: str, code: str, line: int, words: str) -> None:
    morphology = read_swc(text)
    first = next(p for p in morphology.problems if p.severity == "error")
    assert (first.code, first.line) == (code, line)
    assert words in first.message
    assert first.remedies
    assert not [p for p in morphology.repair_all(safe=False).problems if p.severity == "error" and not p.repaired]


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    with pytest.raises(MorphologyError, match="not text"):
        read_swc(path)


def test_other_encodings_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    for data in (("# Müller\n" + GOOD).encode("latin-1"), GOOD.encode("utf-16"), GOOD.encode("utf-8-sig")):
        path.write_bytes(data)
        assert read_swc(path) == read_swc(data) == read_swc(GOOD)
    assert read_swc(str(path)).name == "cell"
    assert read_swc(path, name="mine").name == "mine"


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_swc(tmp_path / "none.swc")
    with pytest.raises(FileNotFoundError):
        read_swc(str(tmp_path / "none.swc"))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.swc"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    start = time.perf_counter()
    with pytest.raises(MorphologyError, match=r"200 MB; up to 64 MB are read.*raise max_bytes"):
        read_swc(path)
    assert time.perf_counter() - start < 1
    with pytest.raises(MorphologyError, match="up to 0 MB"):
        read_swc(GOOD, max_bytes=10)


def test_many_problems_of_a_kind_are_counted() -> None:
    rows = ["1 1 0 0 0 5 -1", *(f"{k} 3 {k} 0 0 1 -1" for k in range(2, 102))]
    problems = [p for p in read_swc("\n".join(rows)).problems if p.code == "several-roots"]
    assert len(problems) == 100
    shown = shortened(problems)
    assert len(shown) == 20
    assert shown[-1].message.endswith("(and 80 lines more)")


def ten_thousand() -> str:
    """A bushy cell of 10,000 samples."""
    random = np.random.default_rng(1)
    parents = [k - 1 if random.random() < 0.97 else int(random.integers(0, k)) for k in range(1, 10_000)]
    places = np.cumsum(random.normal(0, 2, (10_000, 3)), axis=0)
    rows = ["1 1 0 0 0 8 -1"]
    rows += [f"{k + 1} 3 {places[k, 0]:.4f} {places[k, 1]:.4f} {places[k, 2]:.4f} 0.4 {p + 1}"
             for k, p in enumerate(parents, start=1)]  # fmt: skip
    return "\n".join(rows)


def test_ten_thousand_samples_are_read_and_cut_linearly() -> None:
    text = ten_thousand()
    start = time.process_time()
    sections = split_sections(read_swc(text))
    assert time.process_time() - start < 2  # 0.05 s where it was measured; a quadratic step would take minutes
    assert len(sections) > 400


def test_a_written_file_reads_back_equal(tmp_path: Path) -> None:
    for text in (GOOD, ten_thousand(), GOOD + "9 3 0.1 1e-7 123456.789 0.333333333 -1\n10 3 1 1 1 1 9\n"):
        morphology = read_swc(text)
        write_swc(morphology, tmp_path / "again.swc", comment="two\nlines")
        again = read_swc(tmp_path / "again.swc")
        assert again == morphology
        assert again.name == "again"


def test_content_decides_how_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cell.txt"
    path.write_text(GOOD)
    assert load_morphology(path) == read_swc(GOOD)
    assert load_morphology(path).name == "cell"
    for text, words in (("<xml/>\n", "this is XML"), ('{"a": 1}\n', "this looks like JSON")):
        with pytest.raises(MorphologyError, match=words) as caught:
            load_morphology(text)
        assert caught.value.line == 1


def test_a_morphology_tells_what_it_is() -> None:
    assert repr(read_swc(GOOD, name="m")) == "<Morphology 'm': 5 samples (1 soma, 2 axon, 2 dend)>"
    assert repr(read_swc(GOOD.replace("0.75", "0"))).endswith(", 1 problem>")
    with pytest.raises(ValueError, match="read-only"):
        read_swc(GOOD).samples.diam[0] = 1
    assert read_swc(GOOD) != GOOD


lines = st.lists(
    st.one_of(
        st.tuples(
            st.integers(-1, 6),
            st.sampled_from([0, 1, 2, 3, 7]),
            *[st.sampled_from([0, 1, 2.5])] * 3,
            st.sampled_from([0, 0.5, 1]),
            st.integers(-1, 6),
        ).map(lambda row: " ".join(map(str, row))),
        st.text(max_size=12),
    ),
    max_size=7,
)


@given(lines.map("\n".join))
@example("1 1 0 0 0 1 -1\n" * 3)
@example("0 1 0 0 0 1 -1\n1 3 0 0 0 1 0\n2 3 0 0 0 1 1\n")
def test_any_text_is_a_cell_or_a_located_error(text: str) -> None:
    try:
        morphology = read_swc(text + "\n")
    except MorphologyError as refused:
        line, count = refused.line, text.count("\n") + 1
    else:
        assert isinstance(morphology, Morphology)
        sections = split_sections(morphology)
        assert sections[0].parent is None
        assert all(s.parent is not None and s.parent < k for k, s in enumerate(sections) if k)
        assert all((s.points[:, 3] > 0).all() for s in sections)
        line, count = 1, 1
    assert line is None or 1 <= line <= count + text.count("\r")


@given(st.permutations(range(8)), st.integers(0, 2**31))
def test_the_order_of_lines_does_not_matter(order: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = [f"{k} {1 if k == 0 else 3} {k} {k * k} 0 1 {random.integers(0, k) if k else -1}" for k in range(8)]
    assert read_swc("\n".join(rows[k] for k in order)) == read_swc("\n".join(rows))
