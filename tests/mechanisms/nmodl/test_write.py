"""Trees as text: read again they are the same, and NEURON compiles them."""

from pathlib import Path

import pytest

from rheobase.mechanisms.nmodl import NmodlError
from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.source import decode
from rheobase.mechanisms.nmodl.walk import unplaced
from rheobase.mechanisms.nmodl.write import write
from tests.mechanisms.nmodl.corpora import accepted, accepts
from tests.mechanisms.nmodl.fuzz import own


@pytest.mark.parametrize(
    "expression",
    ["-g^2", "(-g)^2", "2^-g", "(2^3)^g", "2^3^g", "g-(v-1)", "g-v-1", "g/(v/2)", "!(g == 1)", "!g == 1", "-(g + v)*2",
     "(g < v) == 1", "(g || v) && 1", "1e-30 + 1e300 + 123456789012345678", "exp(-(v + 40)/10(mV))"],
)  # fmt: skip
def test_expressions_keep_their_meaning(expression: str) -> None:
    file = parse(
        f"NEURON {{ SUFFIX x RANGE g }} PARAMETER {{ g = 1 }} ASSIGNED {{ v i }} BREAKPOINT {{ i = {expression} }}"
    )
    assert unplaced(parse(write(file))) == unplaced(file)


def test_every_construct_is_written() -> None:
    file = parse(own()[0])
    text = write(file)
    assert unplaced(parse(text)) == unplaced(file)
    assert write(parse(text)) == text


@pytest.mark.neuron
def test_neuron_takes_every_construct(tmp_path: Path) -> None:
    path = tmp_path / "x.mod"
    path.write_text(write(parse(own()[0])))
    assert accepts(path)


@pytest.mark.slow
@pytest.mark.neuron
def test_published_files_are_written(tmp_path: Path) -> None:
    path = tmp_path / "x.mod"
    for published in accepted():
        try:
            file = parse(decode(published.path.read_bytes()), published.path.name, published.path.parent)
        except NmodlError:
            continue  # test_corpora counts these
        text = write(file)
        assert unplaced(parse(text)) == unplaced(file), published
        path.write_text(text)
        assert accepts(path), published
