"""What there is to set in the membrane of a place."""

from rheobase.mechanisms import Parameter
from rheobase.mechanisms.ions import ion_called
from rheobase.model.document import Document
from rheobase.widgets.mechanisms import PASSIVE


def inserted_in(document: Document, place: str) -> dict[str, list[str]]:
    """Give the mechanisms that are anywhere in a place, each with the places that it was inserted into."""
    members, found = set(document.places.of(place)), dict[str, list[str]]()
    for where, name in document.insertions:
        if not members.isdisjoint(document.places.of(where)):
            found.setdefault(name, []).append(where)
    return found


def ion_parameters(ion: str) -> list[tuple[str, Parameter]]:
    """Give what can be set of an ion, by the names of targets."""
    usual = ion_called(ion)
    sides = [
        (f"{ion}.{side}", Parameter(side, getattr(usual, side), "mM", minimum=0, doc=f"concentration of {ion} {side}"))
        for side in ("inside", "outside")
    ]
    reversal = Parameter("reversal", usual.reversal, "mV", doc=f"reversal potential of {ion}")
    return [(f"{ion}.reversal", reversal), *sides]


def range_parameters(document: Document, place: str) -> dict[str, Parameter]:
    """Give the parameters that can vary over a place, by the names of targets."""
    definitions = [document.mechanism(name) for name in inserted_in(document, place)]
    of_mechanisms = [
        (f"{definition.name}.{each.name}", each)
        for definition in definitions
        for each in definition.parameters
        if each.scope == "range"
    ]
    ions = sorted({use.name for definition in definitions for use in definition.ions})
    of_ions = [pair for ion in ions for pair in ion_parameters(ion)]
    passive = [(each.name, each) for each in PASSIVE if each.name != "Ra"]
    return dict([*of_mechanisms, *passive, *of_ions])
