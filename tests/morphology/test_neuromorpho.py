"""The client of NeuroMorpho.Org against a stand-in that speaks its API, and without any site at all."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import rheobase as rb
from tests.morphology.neuromorpho_site import SWC, Site, neuromorpho_site

neuromorpho = rb.neuromorpho


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with neuromorpho_site() as site:
        monkeypatch.setenv("RHEOBASE_NEUROMORPHO_SITE", site.url)
        monkeypatch.setenv("RHEOBASE_NEUROMORPHO", str(tmp_path / "kept"))
        yield site


def go_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHEOBASE_NEUROMORPHO_SITE", "http://127.0.0.1:9")  # where nobody listens


@pytest.mark.usefixtures("site")
def test_a_search_gives_a_row_for_each_neuron_that_fits_all_criteria() -> None:
    found = neuromorpho.search(species="rat", cell_type="pyramidal")
    assert list(found["name"]) == ["first_1", "second 2"]
    assert list(found.columns[:5]) == ["name", "species", "brain_region", "cell_type", "archive"]
    assert found.loc[0, "brain_region"] == "neocortex, layer 3"
    assert found.attrs["total"] == 2
    assert list(neuromorpho.search(region=["CA1", "neocortex"], archive="Amaral")["name"]) == ["second 2"]


def test_pages_are_fetched_until_there_is_enough(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rheobase.morphology.neuromorpho._PAGE", 1)
    assert len(neuromorpho.search(species="rat", limit=2)) == 2
    assert len(site.asked) == 2
    only = neuromorpho.search(species="rat", limit=1)
    assert (len(only), only.attrs["total"]) == (1, 2)


@pytest.mark.usefixtures("site")
def test_nothing_found_is_an_empty_table() -> None:
    found = neuromorpho.search(species="unicorn")
    assert found.empty
    assert "name" in found.columns


def test_a_file_is_downloaded_once_and_loads(site: Site) -> None:
    path = neuromorpho.download("second 2")
    assert path.read_text() == SWC
    asked = len(site.asked)
    assert neuromorpho.download("second 2") == path
    assert len(site.asked) == asked
    assert neuromorpho.downloaded() == ("second 2",)
    assert len(rb.load_cell(path).sections) == 2


@pytest.mark.usefixtures("site")
def test_without_the_site_the_kept_answers_serve_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    neuromorpho.search(region=["hippocampus", "neocortex"])
    path = neuromorpho.download("first_1")
    go_offline(monkeypatch)
    began = time.monotonic()
    with pytest.warns(UserWarning, match=r"cannot be reached.*among the 3 descriptions kept"):
        found = neuromorpho.search(species="RAT", region="hippocampus")
    assert list(found["name"]) == ["second 2"]
    assert neuromorpho.download("first_1") == path
    assert neuromorpho.metadata("third")["species"] == "mouse"
    assert neuromorpho.values("species") == ("mouse", "rat")
    with pytest.raises(neuromorpho.Offline, match="cannot be reached"):
        neuromorpho.download("third")
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("site")
def test_without_the_site_and_with_nothing_kept_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    go_offline(monkeypatch)
    for ask in (
        lambda: neuromorpho.search(species="rat"),
        lambda: neuromorpho.metadata("first_1"),
        lambda: neuromorpho.values("species"),
    ):
        with pytest.raises(neuromorpho.Offline, match=r"NeuroMorpho\.Org cannot be reached"):
            ask()


def test_descriptions_are_whole_and_kept(site: Site) -> None:
    assert neuromorpho.metadata("first_1")["reference_pmid"] == ["1"]
    asked = len(site.asked)
    assert neuromorpho.metadata("first_1")["archive"] == "Wearne_Hof"
    assert len(site.asked) == asked
    with pytest.raises(KeyError, match="no reconstruction 'nobody'"):
        neuromorpho.metadata("nobody")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, b"<html>"), "answered 500"),
        ((200, b"<html>moved</html>"), "no JSON object"),
        ((200, b"[" * 100_000), "no JSON object"),
        ((200, b'{"_embedded": {"neuronResources": [{"neuron_id": 7}]}}'), "without a name"),
    ],
)
def test_what_the_site_should_not_answer_is_told_in_words(site: Site, answer: tuple[int, bytes], words: str) -> None:
    site.answer = answer
    with pytest.raises(neuromorpho.NeuromorphoError, match=words):
        neuromorpho.search(species="rat")


def test_a_page_of_html_is_no_morphology(site: Site) -> None:
    neuromorpho.metadata("third")
    site.answer = (200, b"<html>log in</html>")
    with pytest.raises(neuromorpho.NeuromorphoError, match="is no morphology"):
        neuromorpho.download("third")
    assert neuromorpho.downloaded() == ()


def test_a_hostile_name_stays_in_the_folder(site: Site, tmp_path: Path) -> None:
    name = "../../evil"
    site.answer = (200, b'{"neuron_name": "../../evil", "archive": "../x"}')
    neuromorpho.metadata(name)
    site.answer = (200, SWC.encode())
    path = neuromorpho.download(name)
    assert path.parent == tmp_path / "kept" / "swc"
    assert all(".." not in address.split("/") for address in site.asked)


@pytest.mark.parametrize(
    "bad", [{}, {"species": ""}, {"species": 3}, {"colour": "red"}, {"species": "rat", "limit": 0}]
)
def test_what_cannot_be_asked_is_refused_before_asking(site: Site, bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        neuromorpho.search(**bad)  # type: ignore[arg-type]
    assert not site.asked
