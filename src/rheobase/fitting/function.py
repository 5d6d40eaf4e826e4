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

    def _bring(self, made: "FitFunction") -> None:
        """See `Handle`: its own parameters vary, or are tied, as before."""
        document, stays = self._document, self.name in self._entries
        for own, _ in made.value.values:
            old, new = f"{self.name}.{own}", f"{made.name}.{own}"
            varied = [each for each in document.parameters.values() if each.target == old]
            if new in document.ties or any(new in (each.name, each.target) for each in document.parameters.values()):
                raise ValueError(f"{new} is a parameter of the fit already; choose another name than {made.name!r}")
            for each in varied:
                name = new if stays or each.name == old else each.name
                change = each.replace(name=name, target=new)
                if stays:
                    document.put(("parameters", name), change)
                else:
                    document.put_in_place("parameters", each.name, name, change)
            tie = document.ties.get(old)
            if tie is not None and stays:
                document.put(("ties", new), tie.replace(target=new))
            elif tie is not None:
                document.put_in_place("ties", old, new, tie.replace(target=new))

    def __repr__(self) -> str:
        function = self.value
        points = f"{len(function.x)} points" if function.x else f"against {function.y[0]:g}"
        return f"<FitFunction {self.name!r}: {function.told}, {points}>"
