"""The one door between documents and arrays: a cell and a protocol become the kernel's program and system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import Block, Probes, Program, Spread, System, Tree
from rheobase.mechanisms import Mechanism
from rheobase.model import Cell, Placement, Play, Profile, SectionSpec
from rheobase.model.names import UnknownName
from rheobase.model.targets import Target, target_of
from rheobase.simulate.connections import WiringPlan, plan_wiring
from rheobase.simulate.grid import Grid, build_grid
from rheobase.simulate.ions import END_AREA, WHAT, IonPlan, plan_ions
from rheobase.simulate.parameters import RANK, Column, Ints, ParameterTable, Rule
from rheobase.simulate.plans import BlockPlan, inserted, plan_blocks
from rheobase.simulate.plays import PlayPlan, plan_plays
from rheobase.simulate.pointers import plan_pointers, pointed_ions, with_kept
from rheobase.units import to_float

_GRIDS_KEPT = 8

V_INIT = "v_init"
"""The parameter of where voltages begin, for the whole cell and, as `dend.v_init`, by place."""


@dataclass(frozen=True)
class Assembly:
    """A cell, ready to be simulated.

    **Fields:** the kernel's `program`; the `grid`; the `table` of parameters; `plans`, one a block, and the
    `pointers` of each; `ions`, by name; `wiring`, along which events travel;
    `plays`, what is played into parameters.
    """

    program: Program
    grid: Grid
    table: ParameterTable
    plans: tuple[BlockPlan, ...]
    pointers: tuple[dict[str, Probes], ...]
    ions: Mapping[str, IonPlan]
    wiring: WiringPlan | None
    plays: tuple[PlayPlan, ...] = ()

    def playing(self, plays: Sequence[Play]) -> "Assembly":
        """The same cell with other things played into its parameters.

        **Raises:** KeyError or ValueError for what cannot be played into.
        """
        planned = plan_plays(plays, self.plans, self.table, self.wiring)
        program = self.program._replace(played=tuple((plan.block, plan.parameter) for plan in planned))
        return replace(self, program=program, plays=planned)

    def system(self, params: Mapping[str, Any], xp: Any = np) -> System:
        """The kernel's arrays under normalised parameters (see `normalised`)."""
        grid, columns = self.grid, self.table.spread(params, xp)
        batch = max((np.shape(c)[1:] for c in [*columns.values(), *params.values()]), key=len, default=())
        columns = {name: _aligned(column, batch, xp) for name, column in columns.items()}
        area, near, far = self._shape(columns, batch, xp)
        celsius = _scalar(params["celsius"], xp)
        for ion, its in self.ions.items():
            columns[f"{ion}.reversal"] = its.reversal(columns, celsius, xp)

        resistance = (
            columns["Ra"][grid.near_segment] * near + columns["Ra"][grid.far_segment] * far
        )  # megohm; zero at the root and on padding
        real = _aligned(np.asarray(_has_parent(grid)), batch, np)
        coupling = xp.where(real, 1 / xp.where(real, resistance, 1.0), 0.0)
        axial = self._axial(coupling, xp)
        membrane = _aligned(np.append(np.ones(grid.n_segments), 0.0), batch, np)
        of_segments = 1e-5 * columns["cm"] * area
        nanofarads = xp.concatenate([of_segments, 0 * of_segments[:1]]) * membrane
        blocks = tuple(
            self._block(plan, pointers, params, columns, area, batch, xp)
            for plan, pointers in zip(self.plans, self.pointers, strict=True)
        )
        fields = {ion: its.field(columns, grid, area, celsius, xp) for ion, its in self.ions.items() if its.carries}
        parent: Any = grid.parent.astype(np.int32)
        count: Any = np.int32(grid.count)
        joined = None if self.wiring is None else self.wiring.connections(params, batch, xp)
        return System(
            Tree(parent, count),
            nanofarads[grid.segment],
            coupling,
            axial,
            blocks,
            celsius,
            fields,
            self._spread(columns, xp),
            joined,
            tuple(plan.table() for plan in self.plays),
        )

    def normalised(self, params: Mapping[str, Any], xp: Any = np, batch: bool = False) -> dict[str, Any]:
        """The defaults under given parameters, each `(1,)` or one number a segment of its place; `(…, batch)` if so.

        **Raises:** KeyError for an unknown name, ValueError for a number of values that does not fit its place.
        """
        result = {key: np.atleast_1d(np.asarray(value, float)) for key, value in self.table.defaults.items()}
        for key, value in params.items():
            length = self.table.length(key)
            array = xp.asarray(value)
            if array.dtype.kind in "iu":
                array = array.astype(float)
            if batch:
                array = array[:, None] if array.ndim == 1 else array
                array = array.T
            else:
                array = xp.atleast_1d(array)
            if array.shape[0] not in (1, length):
                raise ValueError(
                    f"{key} was given {array.shape[0]} values a cell; its place has {length} "
                    f"segment{'s' if length != 1 else ''}: give one number, or one for each"
                )
            result[key] = array
        return result

    def voltages(self, params: Mapping[str, Any], xp: Any = np) -> Any:
        """The initial voltage of each node, mV."""
        v = _scalar(params["v_init"], xp)
        batch = max((np.shape(value)[1:] for value in params.values()), key=len, default=())
        everywhere = xp.broadcast_to(v, (len(self.grid.parent), *batch))
        if not any(name.endswith(f".{V_INIT}") for name in params):
            return everywhere
        given = _aligned(self.table.spread(params, xp)[V_INIT], batch, xp)[self.grid.nearest]
        return xp.where(xp.isfinite(given), given, everywhere)

    def _shape(self, columns: Mapping[str, Any], batch: tuple[int, ...], xp: Any) -> tuple[Any, Any, Any]:
        """Area of each segment (um2) and the two resistances of each node to its parent, divided by Ra."""
        grid = self.grid
        area = _aligned(grid.area, batch, np)
        near, far = _aligned(grid.near, batch, np), _aligned(grid.far, batch, np)
        if not grid.cylinder.any():
            return area, near, far
        L, diam = columns["L"], columns["diam"]
        dx = L / _aligned(grid.nseg_of_segment, batch, np)
        cylinder = _aligned(grid.cylinder, batch, np)
        area = xp.where(cylinder, np.pi * diam * dx, area)
        half = 0.01 * (dx / 2) / (np.pi * diam * diam / 4)
        on_near = cylinder[grid.near_segment] & (near > 0)
        on_far = cylinder[grid.far_segment] & (far > 0)
        near = xp.where(on_near, half[grid.near_segment], near)
        far = xp.where(on_far, half[grid.far_segment], far)
        return area, near, far

    def areas(self, params: Mapping[str, Any]) -> Any:
        """The area of each segment under normalised parameters, um2."""
        return self._shape(self.table.spread(params), (), np)[0]

    def _spread(self, columns: Mapping[str, Any], xp: Any) -> Spread | None:
        """The way of what diffuses along the tree."""
        if not any(plan.mechanism.diffusing for plan in self.plans):
            return None
        grid = self.grid
        above: Any = grid.above.astype(np.int32)
        batch = np.shape(columns["Ra"])[1:]
        linked: Any = _aligned(grid.above != np.arange(len(above)), batch, np)
        dx = _aligned(grid.dx, batch, np)
        if grid.cylinder.any():
            given = columns["L"] / _aligned(grid.nseg_of_segment, batch, np)
            dx = xp.where(_aligned(grid.cylinder, batch, np), given, dx)
        count: Any = np.int32(grid.count)
        return Spread(Tree(above, count), linked, dx[grid.nearest])

    def _axial(self, coupling: Any, xp: Any) -> Any:
        """The sum of each node's couplings; one on padding, so that its row of the matrix is not singular."""
        grid = self.grid
        padding = (np.arange(len(grid.parent)) >= grid.count).astype(float)
        own = _aligned(padding, coupling.shape[1:], np) + coupling
        if xp is np:
            total = own.copy()
            np.add.at(total, grid.parent, coupling)
            return total
        return own.at[grid.parent].add(coupling)

    def _block(
        self,
        plan: BlockPlan,
        pointers: dict[str, Probes],
        params: Mapping[str, Any],
        columns: Mapping[str, Any],
        area: Any,
        batch: tuple[int, ...],
        xp: Any,
    ) -> Block:
        definition, name = plan.mechanism, plan.mechanism.name
        scale: Any = _aligned(plan.weight, batch, np)
        if definition.kind == "density":
            rows = plan.segment_rows()
            scale = 1e-2 * area[rows] * scale
            values = {
                p.name: columns[f"{name}.{p.name}"][rows]
                if p.scope == "range"
                else _scalar(params[shared_name(definition, p.name)], xp)
                for p in definition.parameters
            }
        else:
            values = {
                p.name: xp.concatenate(
                    [
                        _with_shape(
                            params.get(shared_name(definition, p.name), params[f"{placed}.{p.name}"]), batch, xp
                        )
                        for placed in plan.names
                    ]
                )[plan.filler]
                for p in definition.parameters
            }
        if definition.kind != "artificial":
            values |= self._geometry(plan, columns, area, batch, xp)
        for vector in definition.vectors:
            lists = [plan.vectors[vector][row] for row in plan.filler]
            values[vector] = _aligned_behind(_rectangle(lists), batch)
        if definition.random:
            numbers = plan.segment_rows() if definition.kind == "density" else plan.filler
            values["stream"] = _aligned(numbers.astype(np.int32), batch, np)
        ions = {
            use.name: {
                what: columns[f"{use.name}.{what}"][plan.segment_rows()]
                for what in WHAT
                if what not in self.ions[use.name].carries
            }
            for use in definition.ions
        }
        return Block(plan.node, plan.slot, scale, values, ions, pointers)

    def _geometry(
        self, plan: BlockPlan, columns: Mapping[str, Any], area: Any, batch: tuple[int, ...], xp: Any
    ) -> dict[str, Any]:
        """The area and the diameter of the segment under each instance, for those that ask for them."""
        grid, wanted = self.grid, set(plan.mechanism.geometry)
        if plan.mechanism.kind == "point" and any(plan.mechanism.current_names.values()):
            wanted.add("area")  # by which the ion's current in nA counts into its total
        found = {}
        if "area" in wanted:
            density = plan.mechanism.kind == "density"
            rows = plan.segment_rows() if density else grid.segment[plan.node]
            found["area"] = xp.concatenate([area, 0 * area[:1] + END_AREA])[rows]
        if "diam" in wanted:
            diam = _aligned(grid.diam, batch, np)
            if grid.cylinder.any():
                diam = xp.where(_aligned(grid.cylinder, batch, np), columns["diam"], diam)
            found["diam"] = diam[plan.segment_rows()]
        return found


def assemble(cell: Cell, placements: Sequence[Placement] = (), *, method: str, **globals_: float) -> Assembly:
    """Compile a cell's document.

    **Arguments:** the cell, best frozen; further `placements` that a protocol adds; the integrator's name;
    `celsius` (degC) and `v_init` (mV).

    **Raises:** KeyError for a placement on a section that is not there.
    """
    document = cell.document
    specs = tuple(document.sections.values())
    placed = [*document.placements.values(), *placements]
    for p in placed:
        if p.section is not None and p.section not in document.sections:
            raise UnknownName(f"section for {p.name} called", p.section, document.sections)
    ends = frozenset(p.location for p in placed if p.x in (0, 1))
    grid = _grid(specs, ends)
    looked_at = [*document.pointers.values(), *(each.source for each in document.connections.values())]
    plans = with_kept(looked_at, plan_blocks(cell, grid, placed), grid)
    ions = plan_ions(cell, grid, plans, pointed_ions(looked_at, plans))
    pointers, pointed = plan_pointers(document, plans, ions, grid)
    table = _parameter_table(cell, grid, placed, ions)
    table.drop_overruled()
    wiring = plan_wiring(document, plans, ions, grid)
    if wiring is not None:
        table.defaults |= wiring.defaults()
        table.checks |= wiring.checks({p.name: type(p.process) for p in placed})
    table.defaults |= {name: float(value) for name, value in globals_.items()}
    program = Program(
        tuple((plan.mechanism, plan.layout) for plan in plans),
        method,
        tuple((name, its.carries) for name, its in ions.items() if its.carries),
        pointed,
        None if wiring is None else wiring.wiring,
        tuple(plan.kept for plan in plans) if any(plan.kept for plan in plans) else (),
    )
    return Assembly(program, grid, table, plans, pointers, ions, wiring)


# A slider changes numbers, not sections: the grids of the last few cells are kept, by the identity of their
# frozen sections, which the entry keeps alive.
_grids: dict[tuple[Any, ...], tuple[tuple[SectionSpec, ...], Grid]] = {}
_grids_lock = Lock()


def _grid(specs: tuple[SectionSpec, ...], ends: frozenset[Any]) -> Grid:
    key = (tuple(map(id, specs)), ends)
    with _grids_lock:
        if key not in _grids:
            while len(_grids) >= _GRIDS_KEPT:
                del _grids[next(iter(_grids))]
            _grids[key] = (specs, build_grid(specs, ends))
        return _grids[key][1]


def _parameter_table(
    cell: Cell, grid: Grid, placed: Sequence[Placement], ions: Mapping[str, IonPlan]
) -> ParameterTable:
    document = cell.document
    segments: dict[str, Ints] = {}

    def resolve(place: str) -> tuple[Ints, int]:
        if place not in segments:
            segments[place] = grid.segments_of(document.places.of(place))
        return segments[place], RANK["section" if document.places.of(place) == (place,) else "region"]

    def assign(scope: str, place: str, target: str, value: Any) -> None:
        rows, rank = resolve(place)
        profile = value if isinstance(value, Profile) else None
        distance = document.places.measured(profile, place) if profile else np.empty(0)
        table.assign(scope, target, value, Rule(f"{place}.{target}", rows, rank, profile, distance))

    table = ParameterTable(grid.n_segments, resolve)
    everywhere = np.arange(grid.n_segments)
    for target in ("Ra", "cm"):
        aim = target_of(document, target)
        table.columns[target] = Column(aim.default, partial(_check, aim), everywhere)
        assign("cell", "all", target, aim.default)
    table.columns[V_INIT] = Column(np.nan, _check_voltage, everywhere)
    for target in ("L", "diam") if grid.cylinder.any() else ():
        table.columns[target] = Column(1.0, partial(_check_length, target), np.flatnonzero(grid.cylinder))
        for spec in grid.specs:
            if spec.points is None:
                # The weakest scope, so that whatever place is varied overrules it.
                assign("cell", spec.name, target, getattr(spec, target))
    _add_mechanisms(cell, grid, table, assign)
    _add_ions(cell, ions, table, assign)
    for p in placed:
        # A placed process has values of its own; one for all of a kind is what may be given beside them.
        table.shared |= {shared_name(type(p.process), q.name): q for q in p.process.parameters if q.scope == "global"}
    for a in sorted(document.assignments.values(), key=lambda a: RANK[a.scope]):
        if a.target in table.columns:
            assign(a.scope, a.place, a.target, a.value)
        elif f"global.{a.target}" in table.shared:
            table.defaults[f"global.{a.target}"] = a.value
    for p in placed:
        table.defaults |= {f"{p.name}.{key}": value for key, value in p.process.values().items()}
        table.checks |= {f"{p.name}.{q.name}": partial(q.check, owner=p.name) for q in p.process.parameters}
    return table


def _check(target: Target, value: float) -> float:
    return target.checked(value, "the cell")


def _check_voltage(value: float) -> float:
    return to_float(value, "mV", V_INIT)


def _check_length(target: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{target} = {value:g} um: must be greater than 0")
    return value


def _add_mechanisms(cell: Cell, grid: Grid, table: ParameterTable, assign: Any) -> None:
    document = cell.document
    for name, sections in inserted(cell).items():
        definition, present = document.mechanism(name), grid.segments_of(sections)
        for parameter in definition.parameters:
            key = shared_name(definition, parameter.name)
            if parameter.scope == "global":
                table.shared[key], table.defaults[key] = parameter, parameter.default
            else:
                target = f"{name}.{parameter.name}"
                check = partial(_check, target_of(document, target))
                table.columns[target] = Column(parameter.default, check, present)
    for insertion in document.insertions.values():
        for parameter in document.mechanism(insertion.mechanism).parameters:
            if parameter.scope == "range":
                # The weakest scope: what was set for the cell overrules the default of a mechanism.
                assign("cell", insertion.place, f"{insertion.mechanism}.{parameter.name}", parameter.default)


def shared_name(definition: type[Mechanism], parameter: str) -> str:
    """The name of a parameter of which a mechanism has one value for all of its instances."""
    return f"global.{definition.name}.{parameter}"


def _add_ions(cell: Cell, ions: Mapping[str, IonPlan], table: ParameterTable, assign: Any) -> None:
    for name, its in ions.items():
        for what in WHAT:
            target, default = f"{name}.{what}", getattr(its.ion, what)
            check = partial(_check, target_of(cell.document, target))
            table.columns[target] = Column(default, check, np.arange(table.n_segments))
            if what != "reversal" or not its.by_nernst.any():
                assign("cell", "all", target, default)
        if its.by_nernst.any():
            table.columns[f"{name}.reversal"].default = np.nan


def _has_parent(grid: Grid) -> NDArray[np.bool_]:
    """Which nodes have a resistance to a parent: all real ones but the root."""
    rows = np.arange(len(grid.parent))
    return (rows > 0) & (rows < grid.count)


def _rectangle(lists: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Lists side by side, `(longest + 1, lists)`, filled up with `inf`, of which there is one at least."""
    table = np.full((max(map(len, lists), default=0) + 1, len(lists)), np.inf)
    for column, numbers in enumerate(lists):
        table[: len(numbers), column] = numbers
    return table


def _aligned_behind(array: Any, batch: tuple[int, ...]) -> Any:
    return array[..., None] if batch else array


def _aligned(array: Any, batch: tuple[int, ...], xp: Any) -> Any:
    return xp.asarray(array)[:, None] if batch and np.ndim(array) == 1 else array


def _with_shape(value: Any, batch: tuple[int, ...], xp: Any) -> Any:
    return xp.broadcast_to(_aligned(value, batch, xp), (1, *batch))


def _scalar(value: Any, xp: Any) -> Any:
    return xp.asarray(value)[0]
