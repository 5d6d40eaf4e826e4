"""The one door between documents and arrays: a cell and a protocol become the kernel's program and system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.kernel import Block, Layout, Program, System, Tree, recurring_size
from rheobase.mechanisms import ION_DEFAULTS, Mechanism
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from rheobase.model import Cell, Placement, Profile, SectionSpec
from rheobase.model.distance import path_distance
from rheobase.model.names import UnknownName
from rheobase.model.targets import Target, target_of
from rheobase.simulate.grid import Grid, build_grid
from rheobase.simulate.parameters import RANK, Column, Ints, ParameterTable, Rule

# Above this share of the nodes it is cheaper to evaluate a mechanism on all of them than to index.
_DENSE_SHARE = 0.6
_GRIDS_KEPT = 8


@dataclass(frozen=True)
class BlockPlan:
    """Where the instances of one mechanism are.

    **Fields:** `segments` of a density mechanism, or `names` of point processes, one each an instance; `filler`, for
    each row of the padded block the instance it takes its numbers from; `weight`, 1 for real rows and 0 for padding.
    """

    mechanism: type[Mechanism]
    layout: Layout
    node: Any
    slot: Any
    filler: Ints
    weight: NDArray[np.float64]
    segments: Ints
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assembly:
    """A cell, ready to be simulated.

    **Fields:** the kernel's `program`; the `grid`; the `table` of parameters; `plans`, one a block; `by_nernst`, by
    ion, where its concentrations were given, so that they make its reversal potential unless that is given too.
    """

    program: Program
    grid: Grid
    table: ParameterTable
    plans: tuple[BlockPlan, ...]
    by_nernst: Mapping[str, NDArray[np.bool_]]

    def system(self, params: Mapping[str, Any], xp: Any = np) -> System:
        """The kernel's arrays under normalised parameters (see `normalised`)."""
        grid, columns = self.grid, self.table.spread(params, xp)
        batch = max((np.shape(c)[1:] for c in [*columns.values(), *params.values()]), key=len, default=())
        columns = {name: _aligned(column, batch, xp) for name, column in columns.items()}
        area, near, far = self._shape(columns, batch, xp)
        celsius = _scalar(params["celsius"], xp)
        for ion in {name.split(".")[0] for name in columns if name.endswith(".reversal")}:
            columns[f"{ion}.reversal"] = self._reversal(ion, columns, celsius, xp)

        resistance = (
            columns["Ra"][grid.near_segment] * near + columns["Ra"][grid.far_segment] * far
        )  # megohm; zero at the root and on padding
        real = _aligned(np.asarray(_has_parent(grid)), batch, np)
        coupling = xp.where(real, 1 / xp.where(real, resistance, 1.0), 0.0)
        axial = self._axial(coupling, xp)
        membrane = _aligned(np.append(np.ones(grid.n_segments), 0.0), batch, np)
        nanofarads = xp.concatenate([1e-5 * columns["cm"] * area, 0 * area[:1]]) * membrane
        blocks = tuple(self._block(plan, params, columns, area, batch, xp) for plan in self.plans)
        parent: Any = grid.parent.astype(np.int32)
        count: Any = np.int32(grid.count)
        return System(Tree(parent, count), nanofarads[grid.segment], coupling, axial, blocks, celsius)

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
        return xp.broadcast_to(v, (len(self.grid.parent), *batch))

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

    def _reversal(self, ion: str, columns: Mapping[str, Any], celsius: Any, xp: Any) -> Any:
        """Given reversal potentials, Nernst's where concentrations alone were given, and the default (mV)."""
        reversal = columns[f"{ion}.reversal"]
        if ion not in self.by_nernst:
            return reversal
        inside, outside = columns[f"{ion}.inside"], columns[f"{ion}.outside"]
        given = xp.isfinite(reversal)
        by_nernst = ~given & _aligned(self.by_nernst[ion], inside.shape[1:], np)
        if xp is np and ((inside <= 0) | (outside <= 0))[np.broadcast_to(by_nernst, inside.shape)].any():
            raise ValueError(
                f"the reversal potential of {ion!r} needs concentrations above 0 mM inside and outside; "
                "give both, or set reversal= (mV) there"
            )
        volts = GAS_CONSTANT * (celsius + ZERO_CELSIUS) / (ION_DEFAULTS[ion].valence * FARADAY)
        quotient = xp.where(by_nernst, outside, 1.0) / xp.where(by_nernst, inside, 1.0)
        elsewhere = xp.where(given, reversal, ION_DEFAULTS[ion].reversal)
        return xp.where(by_nernst, 1e3 * volts * xp.log(quotient), elsewhere)

    def _block(
        self,
        plan: BlockPlan,
        params: Mapping[str, Any],
        columns: Mapping[str, Any],
        area: Any,
        batch: tuple[int, ...],
        xp: Any,
    ) -> Block:
        name, ions = plan.mechanism.name, {}
        weight = _aligned(plan.weight, batch, np)
        if plan.mechanism.kind == "density":
            rows = plan.segments[plan.filler]
            scale = 1e-2 * area[rows] * weight
            values = {p.name: columns[f"{name}.{p.name}"][rows] for p in plan.mechanism.parameters}
            for use in plan.mechanism.ions:
                ions[use.name] = {
                    what: columns[f"{use.name}.{what}"][rows] for what in ("reversal", "inside", "outside")
                }
        else:
            scale = weight
            values = {
                p.name: xp.concatenate([_with_shape(params[f"{placed}.{p.name}"], batch, xp) for placed in plan.names])[
                    plan.filler
                ]
                for p in plan.mechanism.parameters
            }
        return Block(plan.node, plan.slot, scale, values, ions)


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
        if p.section not in document.sections:
            raise UnknownName(f"section for {p.name} called", p.section, document.sections)
    ends = frozenset(p.location for p in placed if p.x in (0, 1))
    grid = _grid(specs, ends)
    table = _parameter_table(cell, grid, placed)
    table.drop_overruled()
    table.defaults |= {name: float(value) for name, value in globals_.items()}
    plans = tuple(_plans(cell, grid, placed))
    program = Program(tuple((plan.mechanism, plan.layout) for plan in plans), method)
    return Assembly(program, grid, table, plans, _by_nernst(cell, grid))


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


def _parameter_table(cell: Cell, grid: Grid, placed: Sequence[Placement]) -> ParameterTable:
    document, specs = cell.document, grid.specs
    segments: dict[str, Ints] = {}

    def resolve(place: str) -> tuple[Ints, int]:
        if place not in segments:
            segments[place] = grid.segments_of(document.places.of(place))
        return segments[place], RANK["section" if document.places.of(place) == (place,) else "region"]

    def assign(scope: str, place: str, target: str, value: Any) -> None:
        rows, rank = resolve(place)
        profile = value if isinstance(value, Profile) else None
        distance = path_distance(specs, profile.origin)[rows] if profile else np.empty(0)
        owner = "global" if "." in target and target_of(document, target).is_global else place
        table.assign(scope, target, value, Rule(f"{owner}.{target}", rows, rank, profile, distance))

    table = ParameterTable(grid.n_segments, resolve)
    everywhere = np.arange(grid.n_segments)
    for target in ("Ra", "cm"):
        aim = target_of(document, target)
        table.columns[target] = Column(aim.default, partial(_check, aim), everywhere)
        assign("cell", "all", target, aim.default)
    for target in ("L", "diam") if grid.cylinder.any() else ():
        table.columns[target] = Column(1.0, partial(_check_length, target), np.flatnonzero(grid.cylinder))
        for spec in grid.specs:
            if spec.points is None:
                # The weakest scope, so that whatever place is varied overrules it.
                assign("cell", spec.name, target, getattr(spec, target))
    _add_mechanisms(cell, grid, table, assign)
    for a in sorted(document.assignments.values(), key=lambda a: RANK[a.scope]):
        if a.target in table.columns:
            assign(a.scope, a.place, a.target, a.value)
    for p in placed:
        table.defaults |= {f"{p.name}.{key}": value for key, value in p.process.values().items()}
        table.checks |= {f"{p.name}.{q.name}": partial(q.check, owner=p.name) for q in p.process.parameters}
    return table


def _check(target: Target, value: float) -> float:
    return target.checked(value, "the cell")


def _check_length(target: str, value: float) -> float:
    if not value > 0:
        raise ValueError(f"{target} = {value:g} um: must be greater than 0")
    return value


def _add_mechanisms(cell: Cell, grid: Grid, table: ParameterTable, assign: Any) -> None:
    document = cell.document
    given = {a.target for a in document.assignments.values()}
    ions = {target.split(".")[0] for target in given} & ION_DEFAULTS.keys()
    for name, sections in _inserted(cell).items():
        definition, present = document.mechanism(name), grid.segments_of(sections)
        ions |= {use.name for use in definition.ions}
        for parameter in definition.parameters:
            target = f"{name}.{parameter.name}"
            check = partial(_check, target_of(document, target))
            table.columns[target] = Column(parameter.default, check, present)
    for insertion in document.insertions.values():
        for parameter in document.mechanism(insertion.mechanism).parameters:
            # The weakest scope: what was set for the cell overrules the default of a mechanism.
            assign("cell", insertion.place, f"{insertion.mechanism}.{parameter.name}", parameter.default)
    for name in sorted(ions):
        ion = ION_DEFAULTS[name]
        by_nernst = {f"{name}.inside", f"{name}.outside"} & given
        for what in ("reversal", "inside", "outside"):
            target = f"{name}.{what}"
            check = partial(_check, target_of(document, target))
            table.columns[target] = Column(getattr(ion, what), check, np.arange(grid.n_segments))
            if what != "reversal" or not by_nernst:
                assign("cell", "all", f"{name}.{what}", getattr(ion, what))
        if by_nernst:
            table.columns[f"{name}.reversal"].default = np.nan


def _by_nernst(cell: Cell, grid: Grid) -> dict[str, NDArray[np.bool_]]:
    """By ion, the segments in which a concentration was assigned."""
    found: dict[str, NDArray[np.bool_]] = {}
    for a in cell.document.assignments.values():
        ion, _, what = a.target.partition(".")
        if ion in ION_DEFAULTS and what in ("inside", "outside"):
            rows = grid.segments_of(cell.document.places.of(a.place))
            found.setdefault(ion, np.zeros(grid.n_segments, bool))[rows] = True
    return found


def _inserted(cell: Cell) -> dict[str, set[str]]:
    """The sections in which each density mechanism is."""
    where: dict[str, set[str]] = {}
    for insertion in cell.document.insertions.values():
        where.setdefault(insertion.mechanism, set()).update(cell.document.places.of(insertion.place))
    return where


def _plans(cell: Cell, grid: Grid, placed: Sequence[Placement]) -> list[BlockPlan]:
    where = _inserted(cell)
    document = cell.document
    plans = [_density_plan(document.mechanism(name), grid.segments_of(where[name]), grid) for name in sorted(where)]
    points: dict[str, list[Placement]] = {}
    for p in placed:
        points.setdefault(p.mechanism, []).append(p)
    plans += [_point_plan(type(points[name][0].process), points[name], grid) for name in sorted(points)]
    return [plan for plan in plans if len(plan.filler)]


def _density_plan(definition: type[Mechanism], segments: Ints, grid: Grid) -> BlockPlan:
    node, none = grid.node[segments], np.empty(0, np.int32)
    if len(segments) >= _DENSE_SHARE * grid.count:
        filler = np.zeros(len(grid.parent), np.int64)
        filler[node] = np.arange(len(segments))
        weight = np.zeros(len(grid.parent))
        weight[node] = 1.0
        return BlockPlan(definition, Layout.DENSE, none, none, filler, weight, segments)
    # In the order of the nodes, so that memory is read forwards.
    segments = segments[np.argsort(node)]
    size = recurring_size(len(segments))
    filler, weight = _padded(len(segments), size)
    node = np.append(grid.node[segments], np.zeros(size - len(segments), np.int64)).astype(np.int32)
    slot = np.full(len(grid.parent), size, np.int32)
    slot[node[: len(segments)]] = np.arange(len(segments))
    return BlockPlan(definition, Layout.GATHERED, node, slot, filler, weight, segments)


def _point_plan(definition: type[Mechanism], placed: Sequence[Placement], grid: Grid) -> BlockPlan:
    count = len(placed)
    size = 1 if count == 1 else max(4, recurring_size(count))
    filler, weight = _padded(count, size)
    sites = np.array([grid.node_at(p.section, p.x) for p in placed], np.int32)
    names = tuple(p.name for p in placed)
    none, segments = np.empty(0, np.int32), np.empty(0, np.int64)
    return BlockPlan(definition, Layout.SCATTERED, sites[filler], none, filler, weight, segments, names)


def _padded(count: int, size: int) -> tuple[Ints, NDArray[np.float64]]:
    rows = np.arange(size)
    return np.where(rows < count, rows, 0), (rows < count).astype(float)


def _has_parent(grid: Grid) -> NDArray[np.bool_]:
    """Which nodes have a resistance to a parent: all real ones but the root."""
    rows = np.arange(len(grid.parent))
    return (rows > 0) & (rows < grid.count)


def _aligned(array: Any, batch: tuple[int, ...], xp: Any) -> Any:
    return xp.asarray(array)[:, None] if batch and np.ndim(array) == 1 else array


def _with_shape(value: Any, batch: tuple[int, ...], xp: Any) -> Any:
    return xp.broadcast_to(_aligned(value, batch, xp), (1, *batch))


def _scalar(value: Any, xp: Any) -> Any:
    return xp.asarray(value)[0]
