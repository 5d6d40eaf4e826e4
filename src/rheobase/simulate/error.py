"""What goes wrong in a run."""


class SimulationError(RuntimeError):
    """A run broke down.

    **Fields:** `t`: when, ms; `place`: where, as `dend[3](0.5)`, or empty where it is nowhere in particular.
    """

    def __init__(self, message: str, t: float, place: str) -> None:
        super().__init__(message)
        self.t = t
        self.place = place
