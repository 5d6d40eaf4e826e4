"""Cells for the tests of the model, and what changes them at random."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from operator import and_, invert, or_, sub, xor
from typing import Any

from hypothesis import strategies as st

import rheobase as rb
from rheobase.model import Section

SAID = (ValueError, KeyError, TypeError, AttributeError)
"""How a document refuses."""


def ball_and_stick() -> tuple[rb.Cell, Section, Section]:
    """A soma and a dendrite with channels, a profile and a clamp."""
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=400, diam=2, nseg=5, parent=soma(1))
    cell.Ra = 100
    cell["soma"].insert("hh", gnabar=0.1)
    cell["all"].insert("pas", g=1e-4, e=-65)
    cell["dend"].set("pas.g", rb.linear("path_distance", 1e-4, 1e-7, origin=soma(0.5)))
    cell.place(rb.IClamp(delay=5, dur=80, amp=0.3), soma(0.5), name="ic")
    return cell, soma, dend


def chain(count: int, name: str = "dend") -> rb.Cell:
    """Sections in a row, each with three points: `dend[0]`, `dend[1]`, ..."""
    cell = rb.Cell("chain")
    where = None
    for k in range(count):
        points = [(k, 0, 0, 2), (k + 0.5, 1, 0, 1.5), (k + 1, 0, 0, 1)]
        where = cell.add_section(f"{name}[{k}]", points=points, parent=where)(1)
    return cell


lengths = st.floats(0.5, 500, width=32)
fractions = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1)
counts = st.integers(1, 6)
picks = st.integers(0, 99)
bases = st.sampled_from(["soma", "dend", "axon", "lambda", "cell", "tuft"])
names = bases | st.builds("{}[{}]".format, bases, st.integers(0, 3))
fresh = st.builds("{}_{}".format, bases, st.integers(0, 99))
subset_names = st.sampled_from(["sub", "sub2"])
points = st.lists(st.tuples(lengths, lengths, lengths, lengths), min_size=2, max_size=4)
membrane = st.sampled_from(["Ra", "cm", "hh.gnabar", "pas.g", "pas.e", "na.reversal", "k.inside", "k.outside"])
geometry = st.sampled_from(["L", "diam", "nseg"])
targets = membrane | membrane | geometry
numbers = st.sampled_from([0.0, 1.0, 3.0, 1e-4, -65.0]) | st.floats(0.1, 50)
mechanisms = st.sampled_from(["hh", "pas"])

Edit = Callable[[rb.Cell], Any]


def starting_cell() -> rb.Cell:
    """A small tree with a little of everything, without history."""
    cell, _, dend = ball_and_stick()
    for k in range(3):
        cell.add_section(f"tuft[{k}]", points=[(k, 0, 0, 2), (k, 9, 0, 1)], nseg=2, parent=dend(k / 2))
    cell.subset("sub", ["tuft[0]", "soma"])
    cell.history.clear()
    return cell


def some_section(cell: rb.Cell, pick: int) -> Section:
    """One of the sections, or the error of a section that is not there."""
    return cell.sections[pick % len(cell.sections)] if cell.sections else cell.section("none")


def some_place(cell: rb.Cell, pick: int) -> str:
    """One of the places, a pattern or a place that is not there."""
    known = [*cell.document.places.names(), "tuft[*]", "*", "nowhere"]
    return known[pick % len(known)]


@st.composite
def profiles(draw: st.DrawFn) -> Any:
    """A profile of any kind, often without negative values."""
    metric = draw(metrics)
    how = draw(_measured(metric))
    kind = draw(st.sampled_from(["linear", "exponential", "along", "table", "boltzmann", "step"]))
    a, b = draw(numbers), draw(st.sampled_from([0.0, 1e-5, -1e-3, 2.0]))
    if kind == "linear":
        return rb.linear(metric, a, b, **how)
    if kind == "exponential":
        return rb.exponential(metric, a, b, draw(lengths), **how)
    if kind == "along":
        return rb.along(metric, "a + b * exp(-d / 100) + 0 * p", b=b, a=a, **how)
    if kind == "boltzmann":
        return rb.boltzmann(metric, base=a, amplitude=abs(b), slope=b, midpoint=draw(lengths), **how)
    if kind == "step":
        return rb.step(metric, below=a, above=abs(b), at=draw(lengths), **how)
    return rb.table(metric, (0.0, 10.0, 300.0), (a, abs(b), a), **how)


metrics: st.SearchStrategy[Any] = st.sampled_from(["path_distance", "path_distance", "radial_distance", "projection"])
_places = st.none() | st.builds(rb.Location, st.sampled_from(["soma", "dend", "tuft[1]"]), fractions)
_directions = st.sampled_from([None, (0, 1, 0), (1, -2, 0.5)])


def _measured(metric: str) -> st.SearchStrategy[dict[str, Any]]:
    """Where a profile is measured from, and its offset and normalisation."""
    return st.fixed_dictionaries(
        {"origin": _places if metric == "path_distance" else _places | st.just((1.0, -2.0, 3.5))},
        optional={
            "offset": st.sampled_from(["none", "most_proximal", "all_proximal"]),
            "normalise": st.sampled_from(["none", "most_distal", "all_distal"]),
            **({"direction": _directions} if metric == "projection" else {}),
        },
    )


_bounds = st.sampled_from([(None, 50), (10, None), (20.5, 300), (-10, 100), (3, 4)])
_one_of = {
    "region": st.sampled_from(["dend", "tuft", ["soma", "axon"]]),
    "name": st.sampled_from(["tuft[1]", "tuft[*]", ["*", "dend"]]),
    "subset": st.sampled_from(["sub", "sub2", "live", ["sub", "live2"]]),
    "subtree": st.sampled_from(["dend", "tuft[1]"]),
    "radial_distance": _bounds,
    "projection": _bounds,
    "diam": st.sampled_from([(None, 2), (1, None)]),
    "L": _bounds,
    "order": st.sampled_from([0, 2, (1, None)]),
}
_conditions = st.one_of(
    st.fixed_dictionaries({"path_distance": _bounds}, optional={"origin": _places, **_one_of}),
    *(st.fixed_dictionaries({name: values}) for name, values in _one_of.items()),
)
rules = st.recursive(
    st.builds(lambda given: rb.where(**given), _conditions),
    lambda inner: (
        st.builds(lambda op, a, b: op(a, b), st.sampled_from([and_, or_, sub, xor]), inner, inner)
        | st.builds(invert, inner)
    ),
    max_leaves=4,
)
"""Which sections are of a subset."""


def _rule(name: str, rule: Any) -> Edit:
    def edit(cell: rb.Cell) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that nothing fits now is no error
            cell.subset(name, rule)

    return edit


@st.composite
def edits(draw: st.DrawFn, *, live: bool = False) -> Edit:
    """One edit of a cell, which may be refused; with `live`, also one that lets a rule say what a subset means."""
    known = EDITS | LIVE if live else EDITS
    return draw(known[draw(st.sampled_from(sorted(known)))])


def _add(name: str, shape: dict[str, Any], nseg: int, where: int, x: float, end: int, region: str | None) -> Edit:
    def edit(cell: rb.Cell) -> None:
        parent = some_section(cell, where)(x) if cell.sections else None
        cell.add_section(name, **shape, nseg=nseg, parent=parent, child_end=end, region=region)

    return edit


def _of_section(act: Callable[..., Any], *values: st.SearchStrategy[Any]) -> st.SearchStrategy[Edit]:
    return st.builds(lambda pick, *v: lambda cell: act(some_section(cell, pick), *v), picks, *values)


def _of_place(act: Callable[..., Any], *values: st.SearchStrategy[Any]) -> st.SearchStrategy[Edit]:
    return st.builds(lambda pick, *v: lambda cell: act(cell[some_place(cell, pick)], *v), picks, *values)


def _connect(pick: int, where: int, x: float, end: int) -> Edit:
    return lambda cell: some_section(cell, pick).connect(some_section(cell, where)(x), end)


def _carried(pick: int, where: int, x: float) -> Edit:
    return lambda cell: some_section(cell, pick).connect(some_section(cell, where)(x), carry=True)


def _copied(pick: int, where: int, x: float, name: str | None) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if len(cell.document.places.subtree(some_section(cell, pick).name)) + len(cell.sections) < 40:
            some_section(cell, pick).copy(some_section(cell, where)(x), name)

    return edit


def _ordered(picks: list[int]) -> Edit:
    return lambda cell: cell.order_places([cell.regions[pick % len(cell.regions)] for pick in picks])


def _named_anew(pick: int, new: str) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if known := list(cell.document.subsets):
            cell.rename_subset(known[pick % len(known)], new)

    return edit


def _subset(name: str, members: list[int]) -> Edit:
    return lambda cell: cell.subset(name, [some_place(cell, pick) for pick in members])


def _uninsert(pick: int) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if cell.insertions:
            found = cell.insertions[pick % len(cell.insertions)]
            cell[found.place].uninsert(found.mechanism)

    return edit


def _reset(pick: int) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if cell.assignments:
            found = cell.assignments[pick % len(cell.assignments)]
            if found.scope == "cell":
                cell.reset(found.target)
            elif found.scope == "section":
                cell.section(found.place).reset(found.target)
            else:
                cell[found.place].reset(found.target)

    return edit


def _set_list(pick: int, target: str) -> Edit:
    def edit(cell: rb.Cell) -> None:
        region = cell[some_place(cell, pick)]
        region.set(target, [1.0 + k for k in range(sum(section.nseg for section in region))])

    return edit


def _move(pick: int, to: int, x: float) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if cell.placed:
            cell.placed[pick % len(cell.placed)].move(some_section(cell, to)(x))

    return edit


def _synapses(cell: rb.Cell) -> list[Any]:
    return [placed for placed in cell.placed if placed.process.name == "ExpSyn"]


def _connection(pick: int, where: int, x: float, weight: float, name: str | None) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if cell.placed:
            target = cell.placed[pick % len(cell.placed)]
            rb.connect(some_section(cell, where)(x), target, weight=weight, name=name)

    return edit


def _driven(pick: int, start: float) -> Edit:
    def edit(cell: rb.Cell) -> None:
        found = _synapses(cell)
        if found:
            rb.connect(rb.NetStim(start=start), found[pick % len(found)], weight=0.001)

    return edit


def _weigh(pick: int, key: str, value: float) -> Edit:
    def edit(cell: rb.Cell) -> None:
        if cell.connections:
            cell.connections[pick % len(cell.connections)].set(**{key: value})

    return edit


def _disconnect(pick: int) -> Edit:
    return lambda cell: cell.connections[pick % len(cell.connections)].remove() if cell.connections else None


def _of_placed(act: Callable[..., Any], *values: st.SearchStrategy[Any]) -> st.SearchStrategy[Edit]:
    def build(pick: int, *v: Any) -> Edit:
        return lambda cell: act(cell.placed[pick % len(cell.placed)], *v) if cell.placed else None

    return st.builds(build, picks, *values)


_shapes = st.fixed_dictionaries({"L": lengths, "diam": lengths}) | st.fixed_dictionaries({"points": points})
_given = st.fixed_dictionaries({"e": numbers, "g": st.sampled_from([0.0, 1e-4])})
EDITS: dict[str, st.SearchStrategy[Edit]] = {
    "add": st.builds(_add, names, _shapes, counts, picks, fractions, st.integers(0, 1), st.none() | bases),
    "remove": _of_section(lambda section: section.remove()),
    "connect": st.builds(_connect, picks, picks, fractions, st.integers(0, 1)),
    "carry": st.builds(_carried, picks, picks, fractions),
    "rename section": _of_section(lambda section, name: section.rename(name), names),
    "rename freely": _of_section(lambda section, name: section.rename(name), fresh),
    "insert before": _of_section(
        lambda section, name, L, diam: section.insert_before(name, L=L, diam=diam), names | fresh, lengths, lengths
    ),
    "split": _of_section(lambda section, x, name: section.split(x, name), fractions, st.none() | names),
    "copy": st.builds(_copied, picks, picks, fractions, st.none() | names),
    "move points": _of_section(lambda section, dx, dy: section.move(dx, dy), lengths, lengths),
    "remove from between": _of_section(lambda section: section.remove(keep_children=True)),
    "set region": _of_section(lambda section, name: setattr(section, "region", name), st.none() | bases),
    "d_lambda": _of_place(lambda region, d: region.use_d_lambda(d), st.floats(0.05, 5)),
    "d_X": _of_place(lambda region, d: region.use_d_X(d), st.floats(20, 500)),
    "rename subset": st.builds(_named_anew, picks, subset_names | fresh),
    "order": st.builds(_ordered, st.lists(picks, max_size=3, unique=True)),
    "set geometry": _of_section(lambda section, target, v: section.set(target, v), geometry, counts | lengths),
    "points": _of_section(lambda section, new: setattr(section, "points", new), points),
    "subset": st.builds(_subset, st.sampled_from(["sub", "sub2", "dend"]), st.lists(picks, max_size=3)),
    "remove subset": st.builds(lambda name: lambda cell: cell.remove_subset(name), st.just("sub")),
    "insert": _of_place(lambda region, mechanism: region.insert(mechanism), mechanisms),
    "insert with": _of_place(lambda region, values: region.insert("pas", **values), _given),
    "insert here": _of_section(lambda section, values: section.insert("pas", **values), _given),
    "uninsert": st.builds(_uninsert, picks),
    "set": _of_place(lambda region, target, v: region.set(target, v), targets, numbers | counts),
    "set profile": _of_place(lambda region, target, v: region.set(target, v), membrane, profiles()),
    "set list": st.builds(_set_list, picks, membrane),
    "set own": _of_section(lambda section, target, v: section.set(target, v), membrane, numbers | profiles()),
    "set cell": st.builds(lambda target, v: lambda cell: cell.set(target, v), targets, numbers | profiles()),
    "set ion": st.builds(lambda v, w: lambda cell: cell.set_ion("ca", reversal=v, outside=w), numbers, numbers),
    "reset": st.builds(_reset, picks),
    "place": st.builds(
        lambda where, x, amp, name: (
            lambda cell: cell.place(rb.IClamp(5, 80, amp), some_section(cell, where)(x), name=name)
        ),
        picks,
        fractions,
        numbers,
        st.none() | st.sampled_from(["ic", "dend", "IClamp[1]"]),
    ),
    "synapse": st.builds(
        lambda where, x: lambda cell: cell.place(rb.ExpSyn(tau=2), some_section(cell, where)(x)), picks, fractions
    ),
    "connect by events": st.builds(
        _connection, picks, picks, fractions, numbers, st.none() | st.sampled_from(["nc", "ic", "dend"])
    ),
    "connect source": st.builds(_driven, picks, numbers),
    "weigh": st.builds(_weigh, picks, st.sampled_from(["weight", "delay", "threshold", "u"]), numbers),
    "disconnect": st.builds(_disconnect, picks),
    "amp": _of_placed(lambda placed, amp: setattr(placed, "amp", amp), numbers),
    "move": st.builds(_move, picks, picks, fractions),
    "take off": _of_placed(lambda placed: placed.remove()),
    "rename": st.builds(lambda name: lambda cell: setattr(cell, "name", name), st.sampled_from(["a", "b c"])),
}
LIVE: dict[str, st.SearchStrategy[Edit]] = {
    "rule": st.builds(_rule, st.sampled_from(["live", "live2", "sub"]), rules),
    "another rule": st.builds(_rule, st.sampled_from(["live", "live2"]), rules),
    "remove rule": st.builds(lambda name: lambda cell: cell.remove_subset(name), st.sampled_from(["live", "live2"])),
    "insert live": st.just(lambda cell: cell["live"].insert("pas", g=1e-4)),
    "set live": st.builds(lambda v: lambda cell: cell["live"].set("pas.g", v), numbers | profiles()),
}
