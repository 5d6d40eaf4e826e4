"""What the values of a channel's description have in common: positions, numbers with units, names."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from rheobase.documents import Value
from rheobase.expressions import FUNCTIONS
from rheobase.units import to_float

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")

# What NMODL, NEURON or the compiled mechanism itself means by these words.
_WORDS = """
v t dt celsius area diam g i e gbar pbar q10 n_channels seed draws stream exprelr fabs sinh cosh sin cos tan acos asin
atan atan2 ceil floor fmod if else while for forall local table read write threadsafe rates states kin inside outside
current reversal q_ a_ b_ linoid exprelr_ flux field least most all global initial steadystate solve using method to
from by with sum step
ASSIGNED BREAKPOINT COMMENT CONSTANT CONSERVE COMPARTMENT DEFINE DERIVATIVE ELECTRODE_CURRENT ELSE FROM FUNCTION GLOBAL
IF INCLUDE INDEPENDENT INITIAL KINETIC LINEAR LOCAL METHOD NET_RECEIVE NEURON NONLINEAR NONSPECIFIC_CURRENT PARAMETER
POINTER POINT_PROCESS PROCEDURE RANGE READ SOLVE STATE STEADYSTATE STEP SUFFIX SWEEP TABLE TITLE UNITS UNITSOFF UNITSON
USEION VALENCE VERBATIM WATCH WHILE WRITE PI FARADAY
"""
# What NMODL, NEURON or the compiled mechanism itself means by these words.
RESERVED = frozenset(_WORDS.split()) | FUNCTIONS


class Part(Value):
    """A frozen value whose fields may be given by position, in their order."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        kind, fields_there = type(self).__name__, type(self).model_fields
        inherited: Any = getattr(type(self).__base__, "model_fields", {})
        names = [name for name in fields_there if name != "form" and name not in inherited] + list(inherited)
        if len(args) > len(names):
            raise TypeError(f"{kind} takes at most {len(names)} values: {', '.join(names)}")
        for name, value in zip(names, args, strict=False):
            if name in fields:
                raise TypeError(f"{kind} was given {name} twice")
            fields[name] = value
        unknown = next((name for name in fields if name not in fields_there), None)
        if unknown is not None:
            raise TypeError(f"{kind} has no {unknown!r}; it has {', '.join(names)}")
        missing = [name for name, field in fields_there.items() if field.is_required() and name not in fields]
        if missing:
            raise TypeError(f"{kind} needs {', '.join(missing)}")
        super().__init__(**fields)


def number(unit: str, minimum: float | None = None, maximum: float | None = None) -> BeforeValidator:
    """A check that takes numbers, text with a unit and quantities, within inclusive limits."""

    def check(value: Any, info: ValidationInfo) -> float:
        found = to_float(value, unit, str(info.field_name))
        if (minimum is not None and found < minimum) or (maximum is not None and found > maximum):
            limits = f"at least {minimum:g}" if maximum is None else f"from {minimum:g} to {maximum:g}"
            raise ValueError(f"{info.field_name} = {found:g}: must be {limits}{'' if unit == '1' else ' ' + unit}")
        return found

    return BeforeValidator(check)


def checked_word(value: Any, what: str) -> str:
    """Give `value` if it can name a channel, gate or state, in NMODL too.

    **Raises:** TypeError if it is no text; ValueError if it is no name or has a meaning of its own.
    """
    if not isinstance(value, str):
        raise TypeError(f"the name of a {what} must be text such as 'm', not {value!r}")
    if NAME.fullmatch(value) is None:
        raise ValueError(
            f"{value[:60]!r} cannot name a {what}: use up to 40 letters, digits and underscores, a letter first"
        )
    if value in RESERVED:
        raise ValueError(f"{value!r} cannot name a {what}: the word has a meaning of its own; choose another")
    return value


Voltage = Annotated[float, number("mV")]
Slope = Annotated[float, number("1/mV")]
Positive = Annotated[float, number("1", 0)]
