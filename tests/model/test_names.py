from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

import rheobase as rb
from rheobase.model.names import (
    UnknownName,
    checked_name,
    checked_title,
    matches,
    suggestion,
    title_from,
)
from tests.model.cells import ball_and_stick


@pytest.mark.parametrize("name", ["soma", "dend[0]", "a_1[12]", "_x", "Dend"])
def test_a_name_is_an_identifier_with_at_most_one_index(name: str) -> None:
    assert checked_name(name, "section") == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "3d",
        "a b",
        "a.b",
        "a[",
        "a[]",
        "a[-1]",
        "a[01]",
        "a[1][2]",
        "a'",
        'a"',
        "a\n",
        "<a>",
        "dénd",
        "a[1]x",
        "a" * 201,
    ],
)
def test_what_could_be_mistaken_for_markup_or_code_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a section: use letters"):
        checked_name(name, "section")


@pytest.mark.parametrize("name", ["all", "global"])
def test_words_with_a_meaning_are_no_names(name: str) -> None:
    with pytest.raises(ValueError, match="meaning of its own"):
        checked_name(name, "subset")


def test_a_name_is_text() -> None:
    with pytest.raises(TypeError, match="must be text"):
        checked_name(3, "section")


@pytest.mark.parametrize("title", ["", "  ", "a\nb", "<b>", "it's", 'a"b', "a\\b", "\ud800", "a\u202eb", "x" * 201])
def test_a_cells_name_has_no_markup_controls_or_quotes(title: str) -> None:
    with pytest.raises(ValueError, match="cannot name a cell"):
        checked_title(title)


@given(st.text(max_size=300))
def test_any_text_can_be_made_a_cells_name(text: str) -> None:
    assert checked_title(title_from(text))


@given(st.text("ab*", max_size=12), st.text("ab", max_size=12))
def test_a_pattern_matches_as_a_regular_expression_would(pattern: str, name: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name)
    if "*" in pattern:
        assert matches(pattern, name) == bool(expected)


def test_an_unknown_name_reads_as_a_sentence() -> None:
    assert str(UnknownName("section", "sma", ["soma", "dend"])) == "there is no section 'sma'; did you mean 'soma'?"
    assert suggestion("q", ["a", "b"]) == "; there are 'a', 'b'"
    assert suggestion("q", ["a"]) == "; there is 'a'"
    assert suggestion("q", []) == "; there are none yet"


def test_a_name_means_one_thing_and_connections_have_names_too() -> None:
    cell, soma, dend = ball_and_stick()
    synapse = cell.place(rb.ExpSyn(), soma(0.5), name="syn")
    rb.connect(soma(0.5), synapse, name="wire")
    for attempt in (
        lambda: cell.add_section("wire", L=1, diam=1, parent=soma(1)),
        lambda: cell.add_section("wire[0]", L=1, diam=1, parent=soma(1)),
        lambda: cell.add_section("twig", L=1, diam=1, parent=soma(1), region="wire"),
        lambda: dend.rename("wire"),
        lambda: dend.split(0.5, "wire"),
        lambda: dend.copy(soma(0), "wire"),
        lambda: dend.insert_before("wire", L=1, diam=1),
        lambda: setattr(dend, "region", "wire"),
        lambda: cell.subset("wire", "soma"),
        lambda: cell.subset("wire", rb.where(region="dend")),
        lambda: cell.place(rb.ExpSyn(), soma(0.5), name="wire"),
    ):
        with pytest.raises(ValueError, match="connection"):
            attempt()
    cell.subset("tip", "dend")
    with pytest.raises(ValueError, match="connection"):
        cell.rename_subset("tip", "wire")
    rb.connect(soma(0.5), synapse, name="ExpSyn[0]")
    assert cell.place(rb.ExpSyn(), soma(0.5)).name == "ExpSyn[1]"
