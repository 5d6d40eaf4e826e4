"""The handle on one function of a fit."""

from typing import Any

from rheobase.fitting.document import FitDocument
from rheobase.fitting.functions import Function
from rheobase.model.names import UnknownName


class FitFunction:
    """One function or formula of a fit. Equal to another handle on the same one."""

    def __init__(self, document: FitDocument, name: str) -> None:
        self._document, self.name = document, name

    @property
    def value(self) -> Function:
        """The function as it is in the document. **Raises:** KeyError once it was removed."""
        found = self._document.functions.get(self.name)
        if found is None:
            raise UnknownName("function", self.name, self._document.functions)
        return found

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its own parameters, as `Fit.vary` knows them."""
        return tuple(f"{self.name}.{name}" for name, _ in self.value.values)

    def change(self, **fields: Any) -> None:
        """Change its `regions`, `scale`, `weight`, `on` or points, `x` and `y`."""
        if "regions" in fields:
            fields["regions"] = tuple(fields["regions"])
        self._put(f"Change {self.name}", **fields)

    @property
    def on(self) -> bool:
        """Whether it counts. Its own parameters move only then."""
        return self.value.on

    @on.setter
    def on(self, value: bool) -> None:
        self._put(f"Turn {self.name} {'on' if value else 'off'}", on=bool(value))

    @property
    def weight(self) -> float:
        """How much it counts."""
        return self.value.weight

    @weight.setter
    def weight(self, value: float) -> None:
        self._put(f"Weigh {self.name}", weight=value)

    def remove(self) -> None:
        """Take the function out of the fit, with its own parameters."""
        own = set(self.parameters)
        with self._document.edit(f"Remove function {self.name}"):
            for each in [each for each in self._document.parameters.values() if each.target in own]:
                self._document.put(("parameters", each.name), None)
            for target in own & self._document.ties.keys():
                self._document.put(("ties", target), None)
            self._document.put(("functions", self.name), None)

    def _put(self, edit: str, **fields: Any) -> None:
        with self._document.edit(edit):
            self._document.put(("functions", self.name), self.value.replace(**fields))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FitFunction) and (self._document, self.name) == (other._document, other.name)

    def __hash__(self) -> int:
        return hash((id(self._document), self.name))

    def __repr__(self) -> str:
        function = self.value
        points = f"{len(function.x)} points" if function.x else f"against {function.y[0]:g}"
        return f"<FitFunction {self.name!r}: {function.told}, {points}>"
