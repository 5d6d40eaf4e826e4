"""Factors between units, with NEURON's values.

NMODL computes with bare numbers; only a UNITS block may ask for a factor, as in `FARADAY = (faraday) (coulomb)`. The
values are those of NEURON's table since 2019, in which a mole is a number, so that `k-mole` is the gas constant. As in
NEURON, whether the two units of a factor measure the same isn't asked.
"""

import math
import re
from collections.abc import Mapping
from contextlib import suppress

MAX_PREFIXES = 2

_BASES = frozenset(["m", "kg", "sec", "coul", "candela", "K", "dollar", "bit", "erlang"])
_PREFIXES = {
    "yotta": 1e24, "zetta": 1e21, "exa": 1e18, "peta": 1e15, "tera": 1e12, "giga": 1e9, "mega": 1e6, "myria": 1e4,
    "kilo": 1e3, "hecto": 1e2, "deka": 1e1, "deci": 1e-1, "centi": 1e-2, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9,
    "pico": 1e-12, "femto": 1e-15, "atto": 1e-18, "zopto": 1e-21, "yocto": 1e-24, "semi": 0.5, "demi": 0.5,
    "Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 1e1, "d": 1e-1,
    "c": 1e-2, "m": 1e-3, "p": 1e-12, "f": 1e-15, "a": 1e-18, "z": 1e-21, "y": 1e-24,
}  # fmt: skip
# The units that mechanisms use, each by others. CODATA 2018, exact where the SI fixes the value.
_DEFINED = {
    # constants
    "pi": "3.14159265358979323846", "two": "2", "fuzz": "1", "c": "2.99792458+8 m/sec", "g": "9.80665 m/sec2",
    "mole": "6.02214076+23", "e": "1.602176634-19 coul", "k": "1.380649-23 joule/degC", "boltzmann": "k",
    "faraday": "e-mole", "gasconstant": "k-mole", "R": "gasconstant", "planck": "6.62607015-34 joule-sec",
    "hbar": "planck/two-pi", "amu": "1.66044-27 kg", "dalton": "amu", "electronmass": "9.1095-31 kg",
    "protonmass": "1.6726-27 kg", "percent": ".01", "%": ".01", "mol": "mole", "avogadro": "mole",
    # angles
    "radian": ".5 / pi", "degree": "1|180 pi-radian", "circle": "2 pi-radian", "turn": "circle", "rev": "turn",
    "revolution": "turn", "arcmin": "1|60 degree", "arcsec": "1|60 arcmin", "steradian": "radian2", "sr": "steradian",
    # time
    "second": "sec", "s": "sec", "minute": "60 sec", "min": "minute", "hour": "60 min", "hr": "hour", "day": "24 hr",
    "week": "7 day", "year": "365.24219879 day", "yr": "year", "month": "1|12 year", "ms": "millisec", "us": "microsec",
    "hertz": "/sec", "Hz": "hertz", "rpm": "rev/minute", "becquerel": "/sec", "curie": "3.7+10 /sec",
    # mass
    "gram": "millikg", "gm": "gram", "mg": "milligram", "lb": ".45359237 kg", "pound": "lb", "ounce": "1|16 lb",
    "oz": "ounce", "tonne": "1+6 gm",
    # length, area and volume
    "meter": "m", "metre": "m", "micron": "micrometer", "angstrom": "decinanometer", "mm": "millimeter",
    "cm": "centimeter", "km": "kilometer", "um": "micrometer", "nm": "nanometer", "inch": "2.54 cm", "in": "inch",
    "foot": "12 in", "feet": "foot", "ft": "foot", "yard": "3 ft", "mile": "5280 ft", "cc": "cm3", "liter": "kilocc",
    "litre": "liter", "l": "liter", "ml": "milliliter",
    # force, energy and pressure
    "newton": "kg-m/sec2", "nt": "newton", "N": "newton", "dyne": "cm-gm/sec2", "joule": "nt-m", "J": "joule",
    "erg": "cm2-gm/sec2", "cal": "4.1868 joule", "calorie": "cal", "ev": "e-volt", "eV": "ev", "watt": "joule/sec",
    "pascal": "nt/m2", "atmosphere": "1.01325+5 nt/m2", "atm": "atmosphere", "bar": "1+5 nt/m2",
    "torr": "133.322 nt/m2",
    # electricity
    "coulomb": "coul", "C": "coul", "ampere": "coul/sec", "amp": "ampere", "volt": "watt/amp", "V": "volt",
    "ohm": "volt/amp", "mho": "/ohm", "siemens": "/ohm", "farad": "coul/volt", "henry": "sec2/farad",
    "weber": "volt-sec", "tesla": "weber/m2", "gauss": "1-4 weber/m2", "maxwell": "1-8 weber", "megohm": "megaohm",
    "kilohm": "kiloohm", "mv": "millivolt",
    # heat and light
    "degC": "K", "kelvin": "K", "degK": "K", "degF": "5|9 degC", "lumen": "candela sr", "cd": "candela",
}  # fmt: skip
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([-+]\d+)?(?:\|(\d+\.?\d*|\.\d+))?")
_WORD = re.compile(r"([A-Za-z%]+)(\d*)")


class UnitError(ValueError):
    """A unit that isn't known."""


def sizes(aliases: Mapping[str, str]) -> dict[str, float]:
    """The sizes of the units that a file defines, each by those before it; without those that aren't known."""
    found: dict[str, float] = {}
    for alias, meaning in aliases.items():
        with suppress(UnitError):
            found[alias] = measure(meaning, found)
    return found


def factor(unit: str, into: str, own: Mapping[str, float]) -> float:
    """How many `into` one `unit` is.

    **Arguments:** `unit` and `into`, as written between parentheses; `own`, the `sizes` of the file's units.

    **Raises:** `UnitError` if a name isn't known.

    >>> factor("faraday", "coulomb", {})
    96485.33212331001
    >>> round(factor("nA/um2", "mA/cm2", sizes({"nA": "nanoamp", "mA": "milliamp"})), 9)
    100.0
    """
    one, other = measure(unit, own), measure(into, own)
    return _finite(one / other if other else math.inf, f"{unit}) and ({into}")


def measure(text: str, own: Mapping[str, float]) -> float:
    """The size in SI units of a unit as written: `mA/cm2`, `k-mole`, `/mM4-ms` or `60 sec`.

    A number's own exponent has a sign and no letter, as in `1+3 m`; `e` is the elementary charge.
    """
    result, offset, sign = 1.0, 0, 1
    text = text.strip()
    while offset < len(text):
        if text[offset] in " \t-":
            offset += 1
        elif text[offset] == "/":
            offset, sign = offset + 1, -1  # all behind the first stroke divides
        elif found := _NUMBER.match(text, offset):
            number = float(f"{found.group(1)}e{(found.group(2) or '0')[:5]}") / float(found.group(3) or 1)
            result = _times(result, number, sign, text)
            offset = found.end()
        elif found := _WORD.match(text, offset):
            power = int(found.group(2)[:4] or 1)
            result = _times(result, _named(found.group(1), own), sign * power, text)
            offset = found.end()
        else:
            raise UnitError(f"({text}) has no place for {text[offset]!r}")
    return result


def _times(result: float, size: float, power: int, text: str) -> float:
    try:
        return _finite(result * size**power, text)
    except (OverflowError, ZeroDivisionError):
        return _finite(math.inf, text)


def _finite(value: float, text: str) -> float:
    if not math.isfinite(value):
        raise UnitError(f"({text}) is too large or too small")
    return value


def _named(name: str, own: Mapping[str, float], prefixes: int = 0) -> float:
    for word in (name, name.removesuffix("s")):
        if word in _BASES:
            return 1.0
        if word in _DEFINED:
            return measure(_DEFINED[word], {})
        if word in own:
            return own[word]
    if prefixes < MAX_PREFIXES:
        for prefix, size in _PREFIXES.items():
            rest = name.removeprefix(prefix)
            if rest and rest != name:
                with suppress(UnitError):
                    return size * _named(rest, own, prefixes + 1)
    raise UnitError(f"there is no unit ({name})")
