"""The mechanisms of a cell as NEURON has them: built in, or as the text of a .mod file."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rheobase.mechanisms import ChannelSpec, Mechanism
from rheobase.mechanisms.nmodl.syntax import File, Table
from rheobase.mechanisms.nmodl.walk import bodies, within
from rheobase.share.error import ExchangeError
from rheobase.share.neuron.operations import Untraceable
from rheobase.share.neuron.traced import traced_nmodl

BUILT_IN = frozenset(
    {"hh", "pas", "IClamp", "SEClamp", "VClamp", "ExpSyn", "Exp2Syn", "AlphaSynapse", "APCount", "NetStim", "VecStim"}
)
"""Mechanisms of Rheobase's own that NEURON has too, by the same names; the script plays a VecStim by itself."""

NEURONS_OWN = BUILT_IN | {
    "capacitance", "extracellular", "fastpas", "morphology", "OClamp", "IntFire1", "IntFire2", "IntFire4",
    "PointProcessMark", "PatternStim",
}  # fmt: skip
"""Names that a .mod file cannot take, because NEURON has them."""


@dataclass
class Mods:
    """The mechanisms of a cell.

    **Fields:** `texts`, of .mod files by mechanism; `tabulated`, those that look rates up in tables unless told not
    to; `tables`, what function tables hold, by mechanism; `notes`, what differs, in words.
    """

    texts: dict[str, str] = field(default_factory=dict)
    tabulated: list[str] = field(default_factory=list)
    tables: dict[str, tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def mods_of(definitions: Iterable[type[Mechanism]]) -> Mods:
    """Find out how NEURON gets each mechanism.

    **Raises:** ExchangeError that names every mechanism that it cannot get, and what to do.
    """
    mods, refused = Mods(), []
    for definition in definitions:
        try:
            _take(definition, mods)
        except ExchangeError as error:
            refused.append(str(error))
    if refused:
        raise ExchangeError("; ".join(refused))
    return mods


def _take(definition: type[Mechanism], mods: Mods) -> None:
    name, source = definition.name, definition.made_from
    # The name becomes that of a file and stands in the script, and what a document carries may have any.
    if not (name.isidentifier() and name.isascii()):
        raise ExchangeError(f"{name[:100]!r} cannot name a mechanism in NEURON: write a SUFFIX of letters and digits")
    if source is None:
        if name not in BUILT_IN:
            mods.texts[name] = _written(definition)
        elif name == "hh":
            mods.tabulated.append(name)
        return
    if name in NEURONS_OWN:
        raise ExchangeError(f"{name!r} was loaded, but NEURON has a mechanism of that name: give yours another name")
    file: File | None = getattr(definition, "file", None)
    if file is not None and file.kind == "nothing":
        raise ExchangeError(f"{name!r} has SUFFIX nothing, so NEURON cannot insert it: take it out of the cell")
    if file is not None:
        mods.texts[name] = source.text
        if _has_table(file) and source.kind == "nmodl":
            mods.tabulated.append(name)
        if file.randoms or definition.random:
            mods.notes.append(f"{name} draws random numbers, of which NEURON has others")
    else:
        channel = ChannelSpec.from_mechanism(definition)
        mods.texts[name] = channel.to_nmodl()
        if channel.channel.single_channels:
            mods.notes.append(f"{name} has single channels; the .mod file has their mean")
    if many := [table for table, axes in source.tables if len(axes) > 2]:
        raise ExchangeError(
            f"{name} has the FUNCTION_TABLE {many[0]} of several arguments, which a script cannot fill: write the "
            "function out in the .mod file"
        )
    if source.tables:
        declared = {block.name for block in file.blocks} if file is not None else set()
        mods.tables[name] = tuple(entry for entry in source.tables if entry[0] in declared)


def _has_table(file: File) -> bool:
    return any(isinstance(statement, Table) for _, body in bodies(file) for statement in within(body))


def _written(definition: type[Mechanism]) -> str:
    """A mechanism that is a Python class as NMODL."""
    remedy = "describe it in a .mod file and load that by rb.load_mod, or build it as a rb.ChannelSpec"
    if definition.kind != "density":
        raise ExchangeError(
            f"NEURON has no {definition.name}: take ExpSyn or Exp2Syn for a synapse, IClamp or SEClamp for an "
            "electrode, or load one from a .mod file by rb.load_mod"
        )
    try:
        return traced_nmodl(definition)
    except Untraceable as error:
        raise ExchangeError(f"{definition.name} cannot be written as NMODL, for {error}: {remedy}") from None
