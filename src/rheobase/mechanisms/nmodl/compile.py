"""A mechanism's class from an NMODL file."""

from typing import Any

from rheobase.mechanisms.mechanism import Mechanism, PointProcess
from rheobase.mechanisms.nmodl.syntax import File
from rheobase.mechanisms.nmodl.translate import Translation
from rheobase.mechanisms.source import Source

_GEOMETRY = ("area", "diam")


def compile_file(file: File, source: Source) -> type[Mechanism]:
    """The mechanism that a file describes. **Raises:** NmodlError for what Rheobase does not run."""
    translation = Translation(file)
    translation.fill(source.tables)
    variables = translation.variables
    declared = {d.name for d in (*file.parameters, *file.assigned)}
    kind = "density" if file.kind == "nothing" else file.kind
    attributes: dict[str, Any] = {
        "__doc__": file.title or f"{file.suffix}, from NMODL.",
        "__slots__": (),
        "name": file.suffix or source.name,
        "kind": kind,
        "parameters": variables.parameters,
        "states": tuple(translation.state_name(key) for key in translation.states),
        "carried": tuple(translation.state_name(key) for key in translation.carried),
        "units": variables.units,
        "ions": variables.ion_uses,
        "current_names": variables.currents,
        "observable_names": tuple(key for key in variables.observables if key not in translation.states),
        "electrode": bool(file.electrode),
        "geometry": tuple(name for name in _GEOMETRY if name in declared),
        "pointers": file.pointers,
        "source": "\n".join(filter(None, (file.title, *file.comments))),
        "made_from": source,
        "file": file,
        "translation": translation,
        "to_nmodl": staticmethod(lambda: source.text),
        "prepare": staticmethod(translation.prepare),
        "initial": staticmethod(translation.initial),
        "currents": staticmethod(translation.currents),
        "derivative": staticmethod(translation.derivative),
        "advance": staticmethod(translation.advance),
        "observables": staticmethod(translation.observables),
    }
    base = Mechanism if kind == "density" else PointProcess
    return type(attributes["name"], (base,), attributes)
