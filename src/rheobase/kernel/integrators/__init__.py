"""Integrators, one file a member, found by name."""

from importlib import import_module
from pkgutil import iter_modules

from rheobase.kernel.integrators.base import (
    Integrator as Integrator,
    register as register,
    registered,
    step_of as step_of,
    unregister as unregister,
)


def integrator(name: str) -> Integrator:
    """The integrator of this name. **Raises:** KeyError, with the names there are."""
    known = registered()
    if name not in known:
        raise KeyError(f"no integrator is named {name!r}; there are {', '.join(sorted(known))}")
    return known[name]


def integrators() -> tuple[Integrator, ...]:
    """Every integrator, by name."""
    return tuple(registered()[name] for name in sorted(registered()))


for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
