"""Where on a cell something is, and what can be recorded there."""

import re
from typing import Annotated, Any, SupportsFloat

from pydantic import BeforeValidator

from rheobase.documents import Value
from rheobase.units import to_float

_VARIABLE = re.compile(r"[A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99})?(?:\[\d{1,6}\])?", re.ASCII)


def checked_fraction(x: Any) -> float:
    """Give `x` as a float if it is a place along a section: 0 is its start and 1 its end."""
    number = to_float(x, "1", "x")
    if not 0 <= number <= 1:
        raise ValueError(f"x = {x!r}: a place along a section lies between 0 (its start) and 1 (its end)")
    return number


def checked_variable(variable: Any) -> str:
    """Give `variable` if it can be the name of something recorded: `v`, `hh.m`, `ina`, `CaT.ica`, `ca_shells.ca[0]`."""
    if not isinstance(variable, str) or _VARIABLE.fullmatch(variable) is None:
        raise ValueError(f"{variable!r} is no variable; write for example 'v', 'hh.m', 'hh.gna', 'ina', 'cai' or 'eca'")
    return variable


class Recordable(Value):
    """A variable at a place, or of a placed process: what `record=` takes and results are indexed by.

    Hashable and equal by content, so that `rec[soma(0.5).v]` finds what `record=[soma(0.5).v]` asked for.

    - `place`: the name of a section or of a placed process.
    - `x`: where along the section; `None` for a placed process.
    - `variable`: `v` (mV), a state `hh.m`, a conductance `hh.gna` (S/cm2), an ionic current `ina` (mA/cm2), a
      concentration `cai` (mM), a reversal potential `ena` (mV), or a process's own, such as `i` (nA).

    >>> Location("soma", 0.5)["hh.m"].label
    'soma(0.5).hh.m'
    """

    place: str
    x: Annotated[float, BeforeValidator(checked_fraction)] | None
    variable: Annotated[str, BeforeValidator(checked_variable)]

    def __init__(self, place: str, x: float | None, variable: str) -> None:
        super().__init__(place=place, x=x, variable=variable)

    @property
    def label(self) -> str:
        """The name that plots and tables show: `soma(0.5).v`, `ic.i`."""
        where = self.place if self.x is None else f"{self.place}({self.x:g})"
        return f"{where}.{self.variable}"

    def __repr__(self) -> str:
        return f"<{self.label}>"


class Location(Value):
    """A place on a cell: a section's name and `x` from 0 (its start) to 1 (its end).

    A location keeps its `x` when `nseg` changes; it is matched to a segment only when the cell is simulated.
    Hashable and equal by content.

    >>> here = Location("dend[3]", 0.25)
    >>> here
    dend[3](0.25)
    >>> here.v, here["ina"]
    (<dend[3](0.25).v>, <dend[3](0.25).ina>)
    """

    section: str
    x: Annotated[float, BeforeValidator(checked_fraction)]

    def __init__(self, section: str, x: SupportsFloat) -> None:
        super().__init__(section=section, x=x)

    @property
    def v(self) -> Recordable:
        """The membrane potential here, mV."""
        return Recordable(self.section, self.x, "v")

    def __getitem__(self, variable: str) -> Recordable:
        """Name something to record here.

        A state (`"hh.m"`), conductance (`"hh.gna"`), current (`"ina"`), concentration (`"cai"`) or reversal
        potential (`"eca"`).
        """
        return Recordable(self.section, self.x, variable)

    def __repr__(self) -> str:
        return f"{self.section}({self.x!r})"
