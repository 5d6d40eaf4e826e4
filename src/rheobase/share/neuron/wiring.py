"""Point processes, connections, pointers and recordings as code."""

from collections.abc import Iterable, Iterator, Sequence

from rheobase.mechanisms import Mechanism
from rheobase.model.connections import SPIKES
from rheobase.model.document import Document
from rheobase.model.location import Location, Recordable
from rheobase.model.values import ConnectionSpec, Placement
from rheobase.share.error import ExchangeError
from rheobase.share.neuron.attributes import Attributes, is_list
from rheobase.share.neuron.text import number, numbers

PLAYED = "VecStim"


class Unrecordable(ValueError):
    """What NEURON keeps no number of."""


class Wiring:
    """Writes what is placed on a cell and joined, with `owner`, a variable, in front of the cell's attributes."""

    def __init__(self, document: Document, attributes: Attributes) -> None:
        self._document = document
        self._attributes = attributes
        self.notes: list[str] = []

    def processes(self) -> Iterator[str]:
        """Lines that place the cell's own processes."""
        placements = self._document.placements
        for held, names in self._attributes.processes:
            if names == [held] or held not in self._attributes.families:
                yield f"self.{held} = {self.made(placements[names[0]])}"
                continue
            made = [self.made(placements[name]) for name in names]
            if is_list(names):
                yield f"self.{held} = ["
                yield from (f"    {each}," for each in made)
                yield "]"
            else:
                yield f"self.{held} = {{"
                yield from (
                    f"    {name.partition('[')[2][:-1]}: {each}," for name, each in zip(names, made, strict=True)
                )
                yield "}"
        for placement in placements.values():
            yield from self.parameters(placement, f"self.{self._attributes.of(placement.name)}")

    def made(self, placement: Placement, owner: str = "self") -> str:
        """The call that makes a process."""
        if is_played(placement.process):
            return f"h.Vector({numbers(placement.process.lists()['times'])})"
        where = "" if placement.location is None else self.place(placement.location, owner)
        return f"h.{placement.mechanism}({where})"

    def parameters(self, placement: Placement, held: str) -> Iterator[str]:
        """Lines that give a process its values."""
        process = placement.process
        if is_played(process):
            return
        for name, value in process.values().items():
            if process.parameter(name).scope == "global" or (process.made_from is None and name == "seed"):
                continue
            if process.made_from is None and process.name == "VClamp" and name[:-1] in ("dur", "amp"):
                yield f"{held}.{name[:-1]}[{int(name[-1]) - 1}] = {number(value)}"
            elif process.made_from is None or value != float(f"{process.parameter(name).default:g}"):
                yield f"{held}.{name} = {number(value)}"
        if process.name == "NetStim" and process.values()["noise"] > 0:
            self.notes.append(
                f"{placement.name} is a noisy NetStim: NEURON draws other random intervals, of the same distribution"
            )
            yield f"{held}.noiseFromRandom123({int(process.values()['seed'])}, {len(self.notes)}, 0)"

    def connections(self) -> Iterator[str]:
        """Lines that join."""
        specs = self._document.connections
        for held, names in self._attributes.connections:
            if held not in self._attributes.families:
                yield f"self.{held} = {self._joined(specs[names[0]])}"
                continue
            listed = is_list(names)
            yield f"self.{held} = {'[' if listed else '{'}"
            for name in names:
                key = "" if listed else f"{name.partition('[')[2][:-1]}: "
                yield f"    {key}{self._joined(specs[name])},"
            yield "]" if listed else "}"
        for spec in specs.values():
            held = f"self.{self._attributes.of(spec.name)}"
            if not self._sends(spec):
                yield f"{held}.threshold = {number(spec.threshold)}"
            yield f"{held}.delay = {number(spec.delay)}"
            yield from (f"{held}.weight[{k}] = {number(weight)}" for k, weight in enumerate(spec.weights))

    def played(self) -> Iterator[str]:
        """Lines that put the spikes of lists into the queue, at the start of each run."""
        for spec in self._document.connections.values():
            if self._is_played(spec):
                held = f"self.{self._attributes.of(spec.name)}"
                yield f"for t in self.{self._attributes.of(spec.source.place)}:"
                yield f"    {held}.event(t + {held}.delay)"

    def pointers(self) -> Iterator[str]:
        """Lines that let pointers point."""
        for (owner, pointer), target in sorted(self._document.pointers.items()):
            if not pointer.isidentifier():
                raise ExchangeError(f"{pointer[:100]!r} cannot name a pointer in NEURON")
            reference = self.reference(target)
            if owner in self._document.placements:
                yield f'h.setpointer({reference}, "{pointer}", self.{self._attributes.of(owner)})'
                continue
            place, _, mechanism = owner.rpartition(".")
            inserted = {
                section
                for where, name in self._document.insertions
                if name == mechanism
                for section in self._document.places.of(where)
            }
            sections = [name for name in self._document.places.of(place) if name in inserted]
            yield f"for sec in {self._attributes.group(sections)}:"
            yield "    for seg in sec:"
            yield f'        h.setpointer({reference}, "{pointer}", seg.{mechanism})'

    def place(self, location: Location, owner: str = "self") -> str:
        """A place as code: `self.soma(0.5)`."""
        return f"{owner}.{self._attributes.of(location.section)}({number(location.x)})"

    def reference(self, recordable: Recordable, owner: str = "self", held: Sequence[tuple[str, str]] = ()) -> str:
        """A number of the cell as NEURON refers to it.

        **Arguments:** `held`: variables that hold processes besides those of the cell, by name.

        **Raises:** Unrecordable for what NEURON has no number for.
        """
        variable = recordable.variable
        if recordable.x is not None:
            where = self.place(Location(recordable.place, recordable.x), owner)
            mechanism, dot, name = variable.rpartition(".")
            if dot:
                definition = self._document.mechanism(mechanism)
                check_visible(definition, name, recordable.label)
                return f"{where}.{mechanism}._ref_{name}"
            return f"{where}._ref_{name}"
        stimuli = dict(held)
        if recordable.place in stimuli:
            return f"{stimuli[recordable.place]}._ref_{variable}"
        if recordable.place in self._document.connections:
            spec = self._document.connections[recordable.place]
            weights = type(self._document.placements[spec.target].process).weights
            index = 0 if variable == "weight" else weights.index(variable)
            return f"{owner}.{self._attributes.of(recordable.place)}._ref_weight[{index}]"
        definition = type(self._document.placements[recordable.place].process)
        if is_played(definition):
            raise Unrecordable(f"{recordable.label} belongs to a list of spikes, of which NEURON keeps no numbers")
        check_visible(definition, variable, recordable.label)
        return f"{owner}.{self._attributes.of(recordable.place)}._ref_{variable}"

    def _joined(self, spec: ConnectionSpec) -> str:
        target = f"self.{self._attributes.of(spec.target)}"
        source = spec.source
        if self._is_played(spec):
            return f"h.NetCon(None, {target})"
        if self._sends(spec):
            return f"h.NetCon(self.{self._attributes.of(source.place)}, {target})"
        reference = self.reference(source)
        if source.x is None:
            return f"h.NetCon({reference}, {target})"
        return f"h.NetCon({reference}, {target}, sec=self.{self._attributes.of(source.place)})"

    def _sends(self, spec: ConnectionSpec) -> bool:
        return spec.source.x is None and spec.source.variable == SPIKES

    def _is_played(self, spec: ConnectionSpec) -> bool:
        return self._sends(spec) and is_played(self._document.placements[spec.source.place].process)


def is_played(process: Mechanism | type[Mechanism]) -> bool:
    """Whether a process is Rheobase's own list of spikes, which the script plays without a mechanism."""
    return process.name == PLAYED and process.made_from is None


def check_visible(definition: type[Mechanism], name: str, label: str) -> None:
    """Refuse a variable that NEURON does not show. **Raises:** Unrecordable."""
    file = getattr(definition, "file", None)
    base = name.partition("[")[0]
    if file is not None:
        shown: Iterable[str] = {*file.range, *(state.name for state in file.states), *file.nonspecific}
    elif definition.made_from is None and definition.name == "hh":
        shown = {"gnabar", "gkbar", "gl", "el", "gna", "gk", "il", "m", "h", "n"}
    else:
        shown = {*definition.recordables(), *(p.name for p in definition.parameters)}
    if base not in set(shown):
        raise Unrecordable(f"{label}: in NEURON {definition.name} does not show {base!r}")
