"""How each ion behaves over a cell, from who reads it and who writes it.

The rules are NEURON's (Carnevale and Hines 2006, The NEURON Book, chapter 9): a reversal potential is what was set
where the concentrations are nobody's concern; it is Nernst's at the start where a mechanism uses them or they were
set, and in each step where a mechanism writes them; and it is left alone where a mechanism writes it itself. Beyond
NEURON, one that was set holds wherever the concentrations do not move.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import IonField
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS, Ion, UseIon, ion_called
from rheobase.model import Cell
from rheobase.model.targets import target_of
from rheobase.simulate.grid import Grid
from rheobase.simulate.plans import BlockPlan

Bools = NDArray[np.bool_]

WHAT = ("reversal", "inside", "outside")
END_AREA = 100.0  # um2, which NEURON gives to nodes of no area when it counts an ion's current


@dataclass(frozen=True)
class IonPlan:
    """One ion over a cell.

    **Fields:**

    - `ion`: its defaults and valence.
    - `carries`: what moves: of `inside`, `outside`, `reversal` and `current`; all else is constant.
    - `by_nernst`: `(n_segments,)`, where the concentrations make the reversal potential unless that is set.
    - `renewed`: `(nodes,)`, where they make it anew in each step.
    """

    ion: Ion
    carries: tuple[str, ...]
    by_nernst: Bools
    renewed: Bools

    def thermal(self, celsius: Any) -> Any:
        """RT/zF in mV."""
        if self.ion.valence is None:
            return 0 * celsius  # nothing asks for it: see `plan_ions`
        return 1e3 * GAS_CONSTANT * (celsius + ZERO_CELSIUS) / (self.ion.valence * FARADAY)

    def reversal(self, columns: Mapping[str, Any], celsius: Any, xp: Any) -> Any:
        """Given reversal potentials, Nernst's where concentrations make them, and the default, a segment (mV).

        **Raises:** ValueError for a concentration of 0.
        """
        name = self.ion.name
        reversal = columns[f"{name}.reversal"]
        if not self.by_nernst.any():
            return reversal
        inside, outside = columns[f"{name}.inside"], columns[f"{name}.outside"]
        given = xp.isfinite(reversal)
        by_nernst = ~given & _aligned(self.by_nernst, inside.ndim)
        if xp is np and (by_nernst & ((inside <= 0) | (outside <= 0))).any():
            raise ValueError(
                f"the reversal potential of {name!r} needs concentrations above 0 mM inside and outside; "
                "give both, or set reversal= (mV) there"
            )
        quotient = xp.where(by_nernst, outside, 1.0) / xp.where(by_nernst, inside, 1.0)
        elsewhere = xp.where(given, reversal, self.ion.reversal)
        return xp.where(by_nernst, self.thermal(celsius) * xp.log(quotient), elsewhere)

    def field(self, columns: Mapping[str, Any], grid: Grid, area: Any, celsius: Any, xp: Any) -> IonField:
        """The ion on all nodes; `columns` hold its final reversal potentials."""
        inside, outside, reversal = (
            columns[f"{self.ion.name}.{what}"][grid.nearest] for what in ("inside", "outside", "reversal")
        )
        whole = xp.concatenate([area, 0 * area[:1] + END_AREA])
        per_area = 1e2 / whole[grid.segment]
        renewed: Any = _aligned(self.renewed, per_area.ndim)
        return IonField(inside, outside, reversal, renewed, self.thermal(celsius), per_area)


def plan_ions(cell: Cell, grid: Grid, plans: Sequence[BlockPlan], pointed: Iterable[str] = ()) -> dict[str, IonPlan]:
    """Plan every ion that mechanisms use or that was set.

    **Arguments:** `pointed`: ions whose total current a pointer takes.

    **Raises:** ValueError for valences that contradict each other, or one that is wanting.
    """
    given = _given(cell, grid)
    used: dict[str, list[tuple[BlockPlan, UseIon]]] = {name: [] for name in given}
    for plan in plans:
        for use in plan.mechanism.ions:
            used.setdefault(use.name, []).append((plan, use))
    return {name: _plan(name, used[name], given.get(name), grid, name in pointed) for name in sorted(used)}


def _plan(
    name: str, used: Sequence[tuple[BlockPlan, UseIon]], given: Bools | None, grid: Grid, pointed: bool
) -> IonPlan:
    concentrations = {"inside", "outside"}
    by_nernst = np.zeros(grid.n_segments, bool) if given is None else given.copy()
    renewed, kept = np.zeros((2, len(grid.parent)), bool)
    for plan, use in used:
        if concentrations & {*use.reads, *use.writes}:
            by_nernst[plan.segments if plan.mechanism.kind == "density" else plan.sites] = True
        if concentrations & set(use.writes):
            renewed[plan.nodes()] = True
        if "reversal" in use.writes:
            kept[plan.nodes()] = True
    by_nernst &= ~kept[grid.node]
    renewed &= ~kept
    reads = {what for _, use in used for what in use.reads}
    writes = {what for _, use in used for what in use.writes}
    carries: list[str] = [what for what in ("inside", "outside") if what in writes]
    if "reversal" in writes or (carries and "reversal" in reads):
        carries.append("reversal")
    if "current" in reads or pointed:
        carries.append("current")
    _warn_of_rivals(name, used)
    ion = _with_valence(name, used, needed="reversal" in reads and bool(by_nernst.any() or renewed.any()))
    if ion.valence is None:  # such as a transmitter's, whose concentration alone is read
        by_nernst[:], renewed[:] = False, False
    return IonPlan(ion, tuple(carries), by_nernst, renewed)


def _with_valence(name: str, used: Sequence[tuple[BlockPlan, UseIon]], needed: bool) -> Ion:
    ion = ion_called(name)
    known, whose = ion.valence, f"NEURON's {name}"
    for plan, use in used:
        if use.valence is None:
            continue
        if known is not None and known != use.valence:
            raise ValueError(
                f"the ion {name!r} has valence {use.valence:g} in {plan.mechanism.name}, but {known:g} in {whose}: "
                "make them agree, or name one of the ions differently"
            )
        known, whose = use.valence, plan.mechanism.name
    if known is None and needed:
        users = ", ".join(sorted({plan.mechanism.name for plan, _ in used})) or "none"
        raise ValueError(
            f"no mechanism states the valence of the ion {name!r}, which its Nernst potential needs: state it in one "
            f"of those that use it ({users}), as in UseIon({name!r}, valence=1) or USEION {name} ... VALENCE 1"
        )
    return replace(ion, valence=known)


def _warn_of_rivals(name: str, used: Sequence[tuple[BlockPlan, UseIon]]) -> None:
    for what in ("inside", "outside"):
        writers = [plan for plan, use in used if what in use.writes]
        for k, plan in enumerate(writers):
            for other in writers[:k]:
                if np.intersect1d(plan.nodes(), other.nodes()).size:
                    warnings.warn(
                        f"{other.mechanism.name} and {plan.mechanism.name} both write the {what} concentration of "
                        f"{name!r} in the same segment: what {plan.mechanism.name} writes replaces the other's",
                        stacklevel=2,
                    )


def _given(cell: Cell, grid: Grid) -> dict[str, Bools]:
    """By ion that was set, the segments in which one of its concentrations was."""
    found: dict[str, Bools] = {}
    for a in cell.document.assignments.values():
        name, dot, what = a.target.partition(".")
        if dot and target_of(cell.document, a.target).mechanism is None:
            rows = grid.segments_of(cell.document.places.of(a.place))
            found.setdefault(name, np.zeros(grid.n_segments, bool))[rows] |= what != "reversal"
    return found


def _aligned(array: Any, ndim: int) -> Any:
    return array[:, None] if ndim == 2 else array
