"""Factors between units: NEURON's own values."""

import re
from pathlib import Path

import pytest

from rheobase.mechanisms.nmodl.parse import parse
from rheobase.mechanisms.nmodl.units import UnitError, factor, sizes
from tests.mechanisms.nmodl.corpora import translated

ALIASES = {
    "mA": "milliamp", "nA": "nanoamp", "mV": "millivolt", "um": "micron", "molar": "1/liter", "mM": "millimolar",
    "uM": "micromolar", "S": "siemens", "uS": "microsiemens", "pS": "picosiemens",
}  # fmt: skip
FACTORS = [
    ("faraday", "coulomb"), ("faraday", "coulombs"), ("faraday", "kilocoulombs"), ("faraday", "10000 coulomb"),
    ("k-mole", "joule/degC"), ("k-mole", "joule/kelvin"), ("pi", "1"), ("e", "coulomb"), ("nA/um2", "mA/cm2"),
    ("mA/cm2", "nA/um2"), ("mA-ms/cm2", "coulomb/m2"), ("liter", "um3"), ("um3", "liter"), ("1", "1"),
    ("mM", "mole/m3"), ("mole", "1"), ("planck", "joule-sec"), ("hbar", "joule-sec"), ("c", "m/s"), ("volt", "mV"),
    ("day", "ms"), ("degree", "radian"), ("foot", "inch"), ("eV", "joule"), ("cm2", "um2"), ("dyne", "newton"),
    ("atm", "pascal"), ("cal", "joule"), ("mho", "siemens"), ("tesla", "gauss"), ("ohm-cm", "megohm-um"),
    ("/mM-ms", "liter/mole-sec"), ("R", "joule/degC"), ("angstrom", "nm"), ("amu", "kg"), ("percent", "1"),
    ("1|3 m", "m"), ("10+3 m", "km"), ("um/s", "m/s"), ("k-mole/mV", "joule/degC-mV"), ("mV/ms/cm", "1"),
    ("mV", "ms"), ("", "1"), ("10 mV", "volt"), ("mV ms", "volt-sec"), ("curie", "/sec"), ("torr", "pascal"),
    ("lb", "kg"), ("mile", "m"), ("rpm", "/sec"), ("lumen", "candela"), ("pS/um2", "mho/cm2"),
]  # fmt: skip


@pytest.mark.neuron
def test_factors_are_those_of_neuron(tmp_path: Path) -> None:
    lines = [f"({alias}) = ({meaning})" for alias, meaning in ALIASES.items()]
    lines += [f"q{index} = ({unit}) ({into})" for index, (unit, into) in enumerate(FACTORS)]
    text = "NEURON { SUFFIX u RANGE x }\nUNITS {\n" + "\n".join(lines) + "\n}\nASSIGNED { x }\nBREAKPOINT { x = 0 }"
    path = tmp_path / "u.mod"
    path.write_text(text)
    theirs = translated(path)
    assert theirs is not None
    factors = parse(text).factors
    for index, pair in enumerate(FACTORS):
        found = re.search(rf"\bq{index} = ([^;]+);", theirs)
        assert found is not None, pair
        expected = float.fromhex(found.group(1))
        assert factors[f"q{index}"] == pytest.approx(expected, rel=1e-14), pair


@pytest.mark.parametrize("unit", ["florp", "kilo", "mV^2", "1+999 m", "(", "x" * 1000])
def test_refusals(unit: str) -> None:
    with pytest.raises(UnitError):
        factor(unit, "1", {})
    with pytest.raises(UnitError):
        factor("1", unit, {})


def test_units_defined_by_themselves_end() -> None:
    own = sizes({"a": "b b b", "b": "a a a", "mM": "mM", "q": "2 volt", "r": "3 q"})
    assert own == {"q": 2.0, "r": 6.0}
    with pytest.raises(UnitError):
        factor("da" * 500, "1", {})
