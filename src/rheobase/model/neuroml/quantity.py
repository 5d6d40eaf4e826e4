"""NeuroML's quantities, such as `120.0 mS_per_cm2`, in the units of the field.

Source of the units: https://docs.neuroml.org/Userdocs/UnitsAndDimensions.html.
"""

import re

from rheobase.morphology import MorphologyError

# Each unit of NeuroML: the unit it is converted to, and how many of those it is.
_UNITS = {
    "V": ("mV", 1e3),
    "mV": ("mV", 1.0),
    "per_V": ("1/mV", 1e-3),
    "per_mV": ("1/mV", 1.0),
    "s": ("ms", 1e3),
    "ms": ("ms", 1.0),
    "per_s": ("1/ms", 1e-3),
    "Hz": ("1/ms", 1e-3),
    "per_ms": ("1/ms", 1.0),
    "S_per_m2": ("S/cm2", 1e-4),
    "mS_per_cm2": ("S/cm2", 1e-3),
    "S_per_cm2": ("S/cm2", 1.0),
    "F_per_m2": ("uF/cm2", 100.0),
    "uF_per_cm2": ("uF/cm2", 1.0),
    "ohm_cm": ("ohm cm", 1.0),
    "kohm_cm": ("ohm cm", 1e3),
    "ohm_m": ("ohm cm", 100.0),
    "degC": ("degC", 1.0),
    "mM": ("mM", 1.0),
    "mol_per_m3": ("mM", 1.0),
    "M": ("mM", 1e3),
    "mol_per_cm3": ("mM", 1e6),
    "": ("1", 1.0),
}
_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-z_0-9]*)\s*")
_LONGEST = 100


def quantity(text: str, unit: str, line: int) -> float:
    """Give a quantity of NeuroML in one of the field's units.

    **Raises:** `MorphologyError` with the line for what is no number of such a unit.

    >>> quantity("120.0 mS_per_cm2", "S/cm2", 1), quantity("-65mV", "mV", 1)
    (0.12, -65.0)
    """
    found = _QUANTITY.fullmatch(text[:_LONGEST])
    meant, factor = _UNITS.get(found[2], ("", 0.0)) if found else ("", 0.0)
    if found is None or meant != unit:
        raise MorphologyError(f"{text[:60]!r} is no quantity in {unit}", line=line, hint="as in '1.0 uF_per_cm2'")
    # Through text, so that 120 mS_per_cm2 is 0.12 S/cm2 and not a little beside it.
    value = float(found[1])
    return value if factor == 1 else float(f"{value * factor:.15g}")
