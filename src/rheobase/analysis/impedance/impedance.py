"""Impedance: the whole model, linearised exactly at an operating point, answering to sines.

A small current of frequency f at one place moves the voltage of every other by Z times as much. Z follows from the
linearised equations of voltages, gates, concentrations and synapses, solved on the tree at i 2 pi f (Koch 1984, Biol
Cybern 50:15; Carnevale, Tsai, Claiborne and Brown 1997, J Neurophysiol 78:703), for all frequencies at once.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis.dynamics.operating_point import OperatingPoint
from rheobase.analysis.dynamics.spectrum import leading_modes, residues
from rheobase.analysis.dynamics.steady import SteadyState, examined
from rheobase.analysis.impedance.electrotonic import ElectrotonicTree, electrotonic_tree
from rheobase.analysis.impedance.resonance import Resonance, resonance
from rheobase.analysis.impedance.responses import (
    Responses,
    checked_frequencies,
    end_resistance,
    path_between,
    responses,
    same_place,
    ways_from,
)
from rheobase.model import Location
from rheobase.model.section import Section
from rheobase.units import to_float

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Complex = NDArray[np.complex128]
Floats = NDArray[np.float64]
Direction = Literal["out", "in"]

QUANTITIES = {
    "input": "Input impedance (MΩ)",
    "input_phase": "Phase of the input impedance (rad)",
    "transfer": "Transfer impedance (MΩ)",
    "transfer_phase": "Phase of the transfer impedance (rad)",
    "ratio_out": "Voltage ratio outwards",
    "ratio_in": "Voltage ratio inwards",
    "attenuation_out": "Log attenuation outwards",
    "attenuation_in": "Log attenuation inwards",
}
"""What an impedance tells of each place, for axes and menus."""


@dataclass(frozen=True, eq=False, repr=False)
class Impedance:
    """How a cell's voltage answers to small sines of current.

    Places are locations such as `soma(0.5)`; what is returned has one number a frequency. Impedances are complex, in
    megohm; their phase is negative where the voltage lags behind the current.

    **Fields:**

    - `at`: the electrode. `frequencies`: Hz.
    - `gates`: `"active"`, or `"frozen"` with channels and concentrations held as they are.
    - `point`: the operating point. `warnings`: what is to be known about it.
    """

    at: Location
    frequencies: Floats
    gates: str
    point: OperatingPoint
    warnings: tuple[str, ...] = ()
    _responses: Responses = field(kw_only=True)

    def input(self, loc: Location | None = None) -> Complex:
        """The voltage at a place for a current at the same place; by default the electrode's."""
        return self._own(self.at if loc is None else loc)

    def transfer(self, loc: Location) -> Complex:
        """The voltage at a place for a current at the electrode, and the other way round: they are equal."""
        return self._across(loc)

    def phase(self, loc: Location | None = None, of: Literal["transfer", "input"] = "transfer") -> Floats:
        """The phase of an impedance, radians."""
        loc = self.at if loc is None else loc
        if of not in ("transfer", "input"):
            raise ValueError(f"of = {of!r}: give 'transfer' or 'input'")
        return np.angle(self.transfer(loc) if of == "transfer" else self.input(loc))

    def ratio(self, loc: Location, direction: Direction = "out") -> Complex:
        """How much of a voltage arrives.

        **Arguments:** `direction`: `"out"`, at `loc` of one at the electrode; `"in"`, at the electrode of one at `loc`.
        """
        source = self.at if _checked(direction) == "out" else loc
        return self.transfer(loc) / self.input(source)

    def attenuation(self, loc: Location, direction: Direction = "out") -> Floats:
        """The log attenuation of a voltage, the logarithm (base e) of what there is over what arrives."""
        return -np.log(np.abs(self.ratio(loc, direction)))

    def values(self, quantity: str, frequency: Any = None) -> Floats:
        """One of `QUANTITIES` in every segment, in document order.

        **Arguments:** `frequency`: Hz, any; by default the lowest.
        """
        model = self.point.model
        return self._at(frequency).quantity(quantity)[model.assembly.grid.node, 0]

    def along(self, to: Location, start: Location | None = None, frequency: Any = None) -> "pd.DataFrame":
        """Every quantity along the way to a place, from the electrode or from another place.

        **Arguments:** `frequency`: Hz, any; by default the lowest.

        **Returns:** a row a node, from `start` on: `distance` from it (um) and the quantities; the index is the place.
        """
        import pandas as pd

        model = self.point.model
        grid = model.assembly.grid
        begin = model.node(self.at if start is None else start)
        nodes = path_between(grid, begin, model.node(to))
        here = self._at(frequency)
        columns = {name: here.quantity(name)[nodes, 0] for name in QUANTITIES}
        places = pd.Index([grid.place_of(node) for node in nodes.tolist()], name="place")
        return pd.DataFrame({"distance": ways_from(model, begin)[nodes], **columns}, index=places)

    def to_dataframe(self, frequency: Any = None) -> "pd.DataFrame":
        """Every quantity of every segment at all frequencies, or at one.

        **Returns:** a row a segment and frequency, with `distance` from the electrode along the tree (um); the index is
        place and frequency.
        """
        import pandas as pd

        model = self.point.model
        grid = model.assembly.grid
        here = self._responses if frequency is None else self._at(frequency)
        places = [grid.place_of(int(node)) for node in grid.node]
        columns = {name: here.quantity(name)[grid.node].ravel() for name in QUANTITIES}
        index = pd.MultiIndex.from_product([places, here.frequencies], names=["place", "frequency"])
        distance = np.repeat(ways_from(model, model.node(self.at))[grid.node], len(here.frequencies))
        return pd.DataFrame({"distance": distance, **columns}, index=index)

    def electrotonic_tree(self, frequency: Any = 0.0) -> ElectrotonicTree:
        """The cell with log attenuations for lengths, seen from the electrode.

        **Arguments:** `frequency`: Hz, any; by default that of steady currents.
        """
        here = self._at(frequency)
        return electrotonic_tree(self.point.model, self.at, here)

    def resonance(self, loc: Location | None = None) -> Resonance:
        """Where the impedance is largest: of the input at the electrode, or of the transfer to a place."""
        return resonance(self, loc)

    def time_constants(self, count: int = 10) -> "pd.DataFrame":
        """The time constants of the linearised model, the slowest first.

        In a passive cell the first is the membrane's and the others are the equalising ones, in which charge spreads
        (Rall 1969, Biophys J 9:1483).

        **Returns:** `tau` (ms), negative where it grows; `frequency` (Hz) of what oscillates; `eigenvalue` (per ms);
        and `resistance` (megohm), the part of the input resistance at the electrode that builds up so slowly.
        """
        import pandas as pd

        frozen = self.gates == "frozen"
        modes = leading_modes(self.point, count, frozen=frozen)
        parts = residues(self.point, modes, self.point.model.node(self.at), frozen=frozen)
        return pd.DataFrame(
            {
                "tau": -1 / modes.values.real,
                "frequency": np.abs(modes.values.imag) * 1e3 / (2 * np.pi),
                "eigenvalue": modes.values,
                "resistance": parts.real,
            }
        )

    def at_frequencies(self, frequencies: ArrayLike) -> "Impedance":
        """The same at other frequencies, Hz."""
        frequencies = checked_frequencies(frequencies)
        found = responses(self.point, self.at, frequencies, frozen=self.gates == "frozen")
        return Impedance(self.at, frequencies, self.gates, self.point, self.warnings, _responses=found)

    @cached_property
    def steady(self) -> SteadyState:
        """The operating point with its eigenvalues."""
        return examined(self.point)

    def figure(self, *locs: Location) -> "go.Figure":
        """Magnitude and phase against frequency: of the input at the electrode, and of the transfer to each place."""
        from rheobase.analysis.impedance.figures import frequency_figure

        return frequency_figure(self, locs)

    def profile_figure(self, to: Location, start: Location | None = None, frequency: Any = None) -> "go.Figure":
        """Impedance and log attenuation along the way to a place; the arguments are those of `along`."""
        from rheobase.analysis.impedance.figures import profile_figure

        return profile_figure(self, to, start, frequency)

    def attenuation_figure(self, frequency: Any = None) -> "go.Figure":
        """Log attenuation both ways, of every place, against distance from the electrode along the tree."""
        from rheobase.analysis.impedance.figures import attenuation_figure

        return attenuation_figure(self, frequency)

    def _own(self, loc: Location) -> Complex:
        loc, model = as_location(loc), self.point.model
        return self._responses.own[model.node(loc)] + end_resistance(model, loc)

    def _across(self, loc: Location) -> Complex:
        loc, model = as_location(loc), self.point.model
        if same_place(model, loc, self.at):
            return self._responses.source
        return self._responses.across[model.node(loc)]

    def _at(self, frequency: Any) -> Responses:
        """The responses at one frequency, computed for it if need be."""
        if frequency is None:
            wanted = float(self.frequencies.min())
        else:
            wanted = float(checked_frequencies(to_float(frequency, "Hz", "frequency"))[0])
        near = np.flatnonzero(np.isclose(self.frequencies, wanted, rtol=1e-9, atol=0))
        if len(near):
            return self._responses.single(int(near[0]))
        if wanted not in self._others:
            found = responses(self.point, self.at, np.array([wanted]), frozen=self.gates == "frozen")
            self._others[wanted] = found
        return self._others[wanted]

    @cached_property
    def _others(self) -> dict[float, Responses]:
        return {}

    def __repr__(self) -> str:
        low, high = self.frequencies.min(), self.frequencies.max()
        warned = "; " + self.warnings[0].partition(":")[0] if self.warnings else ""
        return (
            f"<Impedance at {self.at!r}: {len(self.frequencies)} frequencies from {low:g} to {high:g} Hz, "
            f"gates {self.gates}{warned}>"
        )


def as_location(place: Any) -> Location:
    """A place; of a section its middle. **Raises:** TypeError."""
    if isinstance(place, Location):
        return place
    if isinstance(place, Section):
        return place(0.5)
    raise TypeError(f"{place!r} is no place; write for example soma(0.5)")


def _checked(direction: str) -> str:
    if direction not in ("out", "in"):
        raise ValueError(f"direction = {direction!r}: give 'out' or 'in'")
    return direction
