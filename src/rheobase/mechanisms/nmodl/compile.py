"""A mechanism's class from an NMODL file."""

from collections.abc import Callable
from typing import Any

from rheobase.mechanisms.mechanism import Mechanism, PointProcess
from rheobase.mechanisms.nmodl.motion import Motion
from rheobase.mechanisms.nmodl.syntax import File
from rheobase.mechanisms.nmodl.translate import Translation
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.source import Source

_GEOMETRY = ("area", "diam")


def compile_file(file: File, source: Source, use_tables: bool = False) -> type[Mechanism]:
    """The mechanism that a file describes.

    **Arguments:** `use_tables`: whether its TABLEs are used, or all is computed exactly.

    **Raises:** NmodlError for what Rheobase does not run.
    """
    if file.idiom == "vecstim":
        return _vector_of_spikes(file, source)
    translation = Translation(file, use_tables)
    translation.fill(source.tables)
    motion = Motion(translation)
    variables = translation.variables
    declared = {d.name for d in (*file.parameters, *file.assigned)}
    kind = "density" if file.kind == "nothing" else file.kind
    attributes: dict[str, Any] = {
        "__doc__": file.title or f"{file.suffix}, from NMODL.",
        "__slots__": (),
        "name": file.suffix or source.name,
        "kind": kind,
        "parameters": _parameters(translation),
        "states": tuple(translation.state_name(key) for key in translation.states if key not in variables.long),
        "carried": tuple(translation.state_name(key) for key in translation.carried if key not in variables.long),
        "hidden": tuple(key for key in translation.carried if key in variables.long),
        "units": variables.units,
        "ions": variables.ion_uses,
        "current_names": variables.currents,
        "observable_names": tuple(key for key in variables.observables if key not in translation.states),
        "electrode": bool(file.electrode),
        "geometry": tuple(name for name in _GEOMETRY if name in declared),
        "pointers": translation.pointers,
        "random": translation.random,
        "diffusing": translation.diffusing,
        "weights": translation.weights,
        "receives": file.net_receive is not None,
        "watches": bool(translation.watched),
        "streams": translation.uses_streams,
        "source": "\n".join(filter(None, (file.title, *file.comments))),
        "made_from": source,
        "file": file,
        "translation": translation,
        "to_nmodl": staticmethod(lambda: source.text),
        "prepare": staticmethod(translation.prepare),
        "initial": staticmethod(translation.initial),
        "currents": staticmethod(translation.currents),
        "derivative": staticmethod(motion.derivative),
        "implied": staticmethod(motion.implied),
        "after_step": staticmethod(motion.after_step),
        "breaks": staticmethod(motion.breaks),
        "continuous": _Found(lambda: not motion.discrete),
        "discrete": _Found(lambda: motion.discrete),
        "advance": staticmethod(translation.advance),
        "begin": staticmethod(translation.begin),
        "initial_weights": staticmethod(translation.initial_weights),
        "receive": staticmethod(translation.receive),
        "watch": staticmethod(translation.watch),
        "diffusion": staticmethod(translation.diffusion),
        "observables": staticmethod(translation.observables),
    }
    base = Mechanism if kind == "density" else PointProcess
    return type(attributes["name"], (base,), attributes)


class _Found:
    """A class attribute that is found out when somebody asks. **Arguments:** `find`, which does so."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def __get__(self, instance: Any, owner: type) -> Any:
        return self._find()


def _vector_of_spikes(file: File, source: Source) -> type[Mechanism]:
    """The library's VecStim under the file's name: what its C does is known."""
    from rheobase.mechanisms.library.vecstim import VecStim

    attributes: dict[str, Any] = {
        "__doc__": VecStim.__doc__,
        "__slots__": (),
        "name": file.suffix,
        "source": "\n".join(filter(None, (file.title, *file.comments))),
        "made_from": source,
        "file": file,
        "to_nmodl": staticmethod(lambda: source.text),
    }
    return type(file.suffix, (VecStim,), attributes)


def _parameters(translation: Translation) -> tuple[Parameter, ...]:
    """Those of the file; a mechanism that draws random numbers also has a `seed`."""
    own = translation.variables.parameters
    if not translation.random or any(p.name == "seed" for p in own):
        return own
    return (*own, Parameter("seed", 0.0, "1", minimum=0, maximum=2**32 - 1, scope="global", doc="which random numbers"))
