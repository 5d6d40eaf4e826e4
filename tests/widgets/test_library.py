from collections.abc import Callable, Iterator

import numpy as np
import pytest

import rheobase as rb
from rheobase.widgets.library import LibraryTraits
from rheobase.widgets.uploads import MOST_BYTES, Uploads

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def widget(cell: rb.Cell) -> Iterator[LibraryTraits]:
    widget = LibraryTraits(cell, live=False)
    yield widget
    widget.close()


def test_every_mechanism_is_listed_with_where_it_comes_from(widget: LibraryTraits) -> None:
    listed = {entry["name"]: entry for entry in widget.library}
    assert listed["hh"]["origin"] == "built in"
    assert listed["hh"]["ions"] == ["na", "k"]
    assert "Hodgkin and Huxley 1952" in listed["hh"]["source"]
    assert listed["hh"]["title"].startswith("Fast sodium")
    assert listed["AlphaSynapse"]["kind"] == "point"


def test_the_chosen_one_is_described_with_units_and_limits(widget: LibraryTraits) -> None:
    assert widget.perform("library.choose", name="hh") == {}
    gnabar = next(each for each in widget.described["parameters"] if each["name"] == "gnabar")
    assert (gnabar["value"], gnabar["unit"], gnabar["limits"]) == ("0.12", "S/cm2", "from 0 to 1e+09 S/cm2")
    assert widget.described["currents"] == ["ina (na)", "ik (k)", "il (non-specific)"]
    assert "did you mean 'hh'" in widget.perform("library.choose", name="HHH")["error"]


def test_its_curves_follow_the_temperature(widget: LibraryTraits, until: Until) -> None:
    def curves() -> dict[tuple[str, str], np.ndarray]:
        until(lambda: widget.rates_of == "hh")
        rows = np.frombuffer(widget.rates, dtype=np.float32).reshape(1 + len(widget.rates_info), -1)
        assert rows[0, 0] == -100
        return {(i["name"], i["panel"]): row for i, row in zip(widget.rates_info, rows[1:], strict=True)}

    widget.perform("library.choose", name="hh")
    cold = curves()
    assert set(cold) == {(gate, what) for gate in "mhn" for what in ("inf", "tau")}
    widget.session.set("celsius", 16.3)
    assert curves()["m", "tau"] == pytest.approx(cold["m", "tau"] / 3, rel=1e-5)
    assert curves()["m", "inf"] == pytest.approx(cold["m", "inf"])


def test_the_curves_of_the_mechanism_chosen_last_are_shown(widget: LibraryTraits, until: Until) -> None:
    widget.perform("library.choose", name="hh")
    widget.perform("library.choose", name="pas")
    until(lambda: widget.rates_of == "pas")
    assert widget.rates_info == []
    assert widget.rates_problem == ""


KDR = """
NEURON { SUFFIX kdr_test USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.036 (S/cm2) q10 = 3 }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) }
STATE { n }
INITIAL { n = 1/(1 + exp(-(v + 50)/10)) }
BREAKPOINT { SOLVE states METHOD cnexp ik = gbar*n^4*(v - ek) }
DERIVATIVE states { n' = (1/(1 + exp(-(v + 50)/10)) - n)/(q10*2) }
"""


def test_a_file_becomes_a_mechanism_that_can_be_inserted(widget: LibraryTraits) -> None:
    half = len(KDR) // 2
    assert widget.perform("library.load", file="kdr_test.mod", text=KDR[:half], part=0, parts=2) == {}
    reply = widget.perform("library.load", file="kdr_test.mod", text=KDR[half:], part=1, parts=2)
    assert reply == {"name": "kdr_test", "notes": []}
    assert widget.described["origin"] == "kdr_test.mod"
    assert {each["name"]: each["scope"] for each in widget.described["parameters"]} == {
        "gbar": "range",
        "q10": "global",
    }
    assert widget.perform("library.insert", name="kdr_test", place="soma") == {"notes": []}


def test_a_file_that_is_wrong_is_told_by_line_and_column(widget: LibraryTraits) -> None:
    reply = widget.perform("library.load", file="broken.mod", text=KDR.replace("n' = (", "n' = ("[:-1] + ")"))
    assert "broken.mod, line 8, column" in reply["error"]


def test_insert_and_remove_are_one_step_each(widget: LibraryTraits) -> None:
    cell = widget.session.cell
    assert widget.perform("library.insert", name="hh", place="dend") == {"notes": []}
    assert ("dend", "hh") in cell.document.insertions
    assert "already" in widget.perform("library.insert", name="hh", place="dend")["error"]
    assert widget.perform("library.remove", name="hh", place="dend") == {}
    cell.undo()
    assert ("dend", "hh") in cell.document.insertions
    cell.undo()
    assert ("dend", "hh") not in cell.document.insertions


@pytest.mark.parametrize(
    ("name", "place", "says"), [("IClamp", "soma", "point"), ("hh", "somaa", "'soma'"), ("hhh", "soma", "'hh'")]
)
def test_what_cannot_be_inserted_is_told_in_words(widget: LibraryTraits, name: str, place: str, says: str) -> None:
    revision = widget.session.cell.revision
    assert says in widget.perform("library.insert", name=name, place=place)["error"]
    assert widget.session.cell.revision == revision


def test_a_point_process_goes_to_a_place(widget: LibraryTraits) -> None:
    reply = widget.perform("library.place", name="AlphaSynapse", section="dend", x=0.25)
    assert reply == {"name": "AlphaSynapse[0]", "where": "dend(0.25)", "notes": []}
    widget.session.cell.undo()
    assert widget.session.cell.placements == ()


def test_the_places_are_regions_and_sections(widget: LibraryTraits) -> None:
    assert set(widget.places["regions"]) >= {"soma", "dend"}
    widget.session.cell.add_section("axon[0]", L=10, diam=1, parent=widget.session.cell.section("soma")(0))
    assert "axon[0]" in widget.places["sections"]


def test_a_file_arrives_in_parts_in_their_order() -> None:
    uploads = Uploads()
    assert uploads.take("a", "1", 0, 3) is None
    with pytest.raises(ValueError, match="disorder"):
        uploads.take("a", "3", 2, 3)
    with pytest.raises(ValueError, match="disorder"):
        uploads.take("b", "1", 1, 2)
    assert uploads.take("a", "2", 1, 3) is None
    assert uploads.take("a", "3", 2, 3) == "123"


def test_a_file_that_is_too_long_is_refused() -> None:
    uploads = Uploads()
    with pytest.raises(ValueError, match="longer than 2 MB"):
        uploads.take("a", "x" * (MOST_BYTES + 1), 0, 1)
