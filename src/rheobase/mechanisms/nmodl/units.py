"""Factors between units, with NEURON's values.

NMODL computes with bare numbers; only a UNITS block may ask for a factor, as in `FARADAY = (faraday) (coulomb)`. The values
are those of NEURON's table of units since 2019, in which a mole is a number, so that `k-mole` is the gas constant.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHAIN = 20  # aliases of aliases
MAX_POWER = 99


class UnitError(ValueError):
    """A unit that isn't known, or two that don't measure the same."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. **Fields:** `factor`, its size in m, kg, s, C, K and cd; `powers` of these."""

    factor: float
    powers: tuple[int, int, int, int, int, int]

    def times(self, other: "Unit", power: int) -> "Unit":
        """This unit times a power of another."""
        powers = tuple(mine + power * its for mine, its in zip(self.powers, other.powers, strict=True))
        try:
            factor = self.factor * other.factor**power
        except (OverflowError, ZeroDivisionError):
            factor = math.inf
        if not math.isfinite(factor) or max(map(abs, powers)) > MAX_POWER:
            raise UnitError("the unit is too large or too small")
        return Unit(factor, powers)  # type: ignore[arg-type]


_ONE = Unit(1.0, (0, 0, 0, 0, 0, 0))
_BASES = ("m", "kg", "sec", "coul", "K", "candela")
_PREFIXES = {
    "yotta": 1e24, "zetta": 1e21, "exa": 1e18, "peta": 1e15, "tera": 1e12, "giga": 1e9, "mega": 1e6, "myria": 1e4,
    "kilo": 1e3, "hecto": 1e2, "deka": 1e1, "deci": 1e-1, "centi": 1e-2, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9,
    "pico": 1e-12, "femto": 1e-15, "atto": 1e-18, "zopto": 1e-21, "yocto": 1e-24, "semi": 0.5, "demi": 0.5,
    "Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 1e1, "d": 1e-1,
    "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18, "z": 1e-21, "y": 1e-24,
}  # fmt: skip
# The defined units that mechanisms use, each by others. CODATA 2018, exact where the SI fixes the value.
_DEFINED = {
    "pi": "3.14159265358979323846", "c": "2.99792458e8 m/sec", "g": "9.80665 m/sec2", "mole": "6.02214076e23",
    "mol": "mole", "e": "1.602176634e-19 coul", "radian": "0.15915494309189535", "degree": "0.005555555555555556 pi-radian",
    "second": "sec", "s": "sec", "minute": "60 sec", "min": "minute", "hour": "60 min", "hr": "hour", "day": "24 hr",
    "week": "7 day", "year": "365.24219879 day", "ms": "millisec", "us": "microsec", "gram": "millikg", "gm": "gram",
    "mg": "milligram", "meter": "m", "metre": "m", "micron": "micrometer", "angstrom": "1e-10 m", "mm": "millimeter",
    "cm": "centimeter", "km": "kilometer", "um": "micrometer", "nm": "nanometer", "inch": "2.54 cm", "in": "inch",
    "foot": "12 in", "ft": "foot", "liter": "1e-3 m3", "litre": "liter", "l": "liter", "cc": "cm3", "ml": "milliliter",
    "newton": "kg-m/sec2", "nt": "newton", "joule": "nt-m", "cal": "4.1868 joule", "watt": "joule/sec",
    "erg": "1e-7 joule", "dyne": "erg/cm", "pascal": "nt/m2", "atm": "1.01325e5 pascal", "bar": "1e5 pascal",
    "coulomb": "coul", "ampere": "coul/sec", "amp": "ampere", "volt": "watt/amp", "V": "volt", "ohm": "volt/amp",
    "mho": "/ohm", "siemens": "/ohm", "farad": "coul/volt", "henry": "sec2/farad", "weber": "volt-sec",
    "tesla": "weber/m2", "gauss": "1e-4 tesla", "hertz": "/sec", "Hz": "hertz", "kelvin": "K", "degC": "K",
    "degK": "K", "degF": "0.5555555555555556 K", "celsius": "K",
    "boltzmann": "1.380649e-23 joule/degC", "k": "boltzmann", "faraday": "e-mole", "gasconstant": "k-mole",
    "R": "gasconstant", "avogadro": "mole", "planck": "6.62607015e-34 joule-sec", "eV": "e-V", "ev": "eV",
    "amu": "1.66053906660e-27 kg", "dalton": "amu", "mv": "millivolt", "molar": "mole/liter", "lumen": "candela",
    "percent": "0.01", "fuzz": "1", "two": "2",
}  # fmt: skip
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(?:[eE]?([-+]\d+)|[eE](\d+))?")
_WORD = re.compile(r"([A-Za-z%]+)(\d*)")


def factor(unit: str, into: str, aliases: Mapping[str, str]) -> float:
    """How many `into` one `unit` is.

    **Arguments:** `unit` and `into`, as written between parentheses; `aliases`, the units that the file defines itself.

    **Raises:** `UnitError` if a name isn't known, or they measure different things.

    >>> factor("faraday", "coulomb", {})
    96485.33212331001
    >>> factor("k-mole", "joule/degC", {})
    8.31446261815324
    """
    one, other = measure(unit, aliases), measure(into, aliases)
    if one.powers != other.powers:
        raise UnitError(f"({unit}) and ({into}) measure different things")
    if other.factor == 0.0:
        raise UnitError(f"({into}) is nothing")
    return one.factor / other.factor


def measure(text: str, aliases: Mapping[str, str], depth: int = 0) -> Unit:
    """The size of a unit as written, `mA/cm2`, `k-mole`, `/mM4-ms` or `60 sec`."""
    result, offset, sign, signs = _ONE, 0, 1, 0
    text = text.strip()
    while offset < len(text):
        character = text[offset]
        if character in " \t-*":
            offset += 1
        elif character == "/":
            # Everything behind the stroke divides.
            offset, sign, signs = offset + 1, -1, signs + 1
            if signs > 1:
                raise UnitError(f"({text}) has more than one '/'")
        elif found := _NUMBER.match(text, offset):
            power = found.group(2) or found.group(3) or "0"
            result = result.times(Unit(float(f"{found.group(1)}e{power[:5]}"), _ONE.powers), sign)
            offset = found.end()
        elif found := _WORD.match(text, offset):
            power = int(found.group(2)[:4] or 1)
            result = result.times(_named(found.group(1), aliases, depth), sign * power)
            offset = found.end()
        else:
            raise UnitError(f"({text}) has no place for {character!r}")
    return result


def _named(name: str, aliases: Mapping[str, str], depth: int) -> Unit:
    if depth > MAX_CHAIN:
        raise UnitError(f"({name}) is defined by itself")
    for word in (name, name.removesuffix("s")):
        if word in aliases and aliases[word] != word:
            return measure(aliases[word], {key: value for key, value in aliases.items() if key != word}, depth + 1)
        if word in _BASES:
            return Unit(1.0, tuple(int(word == base) for base in _BASES))  # type: ignore[arg-type]
        if word in _DEFINED:
            return measure(_DEFINED[word], {}, depth + 1)
    for prefix, size in _PREFIXES.items():
        rest = name.removeprefix(prefix)
        if rest and rest != name:
            try:
                return Unit(size, _ONE.powers).times(_named(rest, aliases, depth + 1), 1)
            except UnitError:
                continue
    raise UnitError(f"there is no unit ({name})")
