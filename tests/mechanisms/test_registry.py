"""Mechanisms are found by name."""

import pytest

from rheobase.mechanisms import IClamp, Mechanism, mechanism, names, register


def test_names_by_kind_are_all_names() -> None:
    assert {"hh", "pas"} <= set(names("density"))
    assert {"IClamp", "SEClamp", "VClamp", "AlphaSynapse"} <= set(names("point"))
    assert sorted(names("density") + names("point") + names("artificial")) == list(names())
    assert mechanism("IClamp") is IClamp


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("HH", "did you mean 'hh'"),
        ("iclamp", "did you mean 'IClamp'"),
        ("AlphaSynaps", "did you mean 'AlphaSynapse'"),
        ("quantum", "there are AMPA, APCount, AlphaSynapse"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(wrong: str, words: str) -> None:
    with pytest.raises(KeyError, match=words):
        mechanism(wrong)


def test_a_name_is_registered_once() -> None:
    class Impostor(Mechanism):
        name = "hh"

    before = mechanism("hh")
    with pytest.raises(ValueError, match="'hh' is registered already"):
        register(Impostor)
    assert mechanism("hh") is before
