"""A choice made from the problem, and its reason told."""

from rheobase.fitting.optimisers.optimiser import Kind, Optimiser, Setting, kind_named, register
from rheobase.model.names import UnknownName

_MANY = 40


def choice(setting: Setting) -> tuple[str, str]:
    """The name of an optimiser that suits a problem, and why."""
    n = len(setting.start)
    if not setting.smooth:
        return "cma_es", f"features are counted, not smooth, so no derivative leads: CMA-ES over {n} parameters"
    if n > _MANY:
        return "lbfgs", f"the error is smooth and has {n} parameters: L-BFGS on exact gradients"
    if setting.residuals < n:
        return "cma_es", f"there are {setting.residuals} residuals for {n} parameters: CMA-ES, which needs no more"
    if setting.spikes:
        return "guided", (
            f"the data have spikes and the error is smooth, over {n} parameters: least squares with the model first "
            "drawn to the data, then let go"
        )
    reason = f"the error is smooth and has {n} parameters: starts over the whole space, then least squares with "
    return "multi_start", f"{reason}exact derivatives from the best"


def make(setting: Setting) -> Optimiser:
    """What suits the problem."""
    name, reason = choice(setting)
    kind = kind_named(name)
    for option in setting.options:
        if option not in kind.options:
            raise UnknownName(f"option of {name}, which 'auto' chose,", option, kind.options)
    made = kind.make(setting)
    made.reason = f"{name}: {reason}"
    return made


register(Kind("auto", "chosen from the problem", "nothing speaks for another", False, make, chooses=True))
