"""The error of models that cannot travel."""


class ExchangeError(ValueError):
    """Something of a model that cannot be said in another program's terms, or cannot be taken over from one."""
