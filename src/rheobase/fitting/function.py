"""The handle on one function of a fit."""

from typing import Any

from rheobase.fitting.functions import Function
from rheobase.fitting.handle import Handle


class FitFunction(Handle[Function]):
    """One function or formula of a fit. While it is off, its own parameters stay."""

    table = "functions"
    kind = "function"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its own parameters, as `Fit.vary` knows them."""
        return tuple(f"{self.name}.{name}" for name, _ in self.value.values)

    def change(self, **fields: Any) -> None:
        """Change its `regions`, `scale`, `weight`, `on` or points, `x` and `y`."""
        if "regions" in fields:
            fields["regions"] = tuple(fields["regions"])
        self._put(f"Change {self.name}", **fields)

    def remove(self) -> None:
        """Take the function out of the fit, with its own parameters."""
        own = set(self.parameters)
        with self._document.edit(f"Remove function {self.name}"):
            for each in [each for each in self._document.parameters.values() if each.target in own]:
                self._document.put(("parameters", each.name), None)
            for target in own & self._document.ties.keys():
                self._document.put(("ties", target), None)
            self._document.put(("functions", self.name), None)

    def __repr__(self) -> str:
        function = self.value
        points = f"{len(function.x)} points" if function.x else f"against {function.y[0]:g}"
        return f"<FitFunction {self.name!r}: {function.told}, {points}>"
