"""What the data leave of the parameters: samples of the posterior, by an ensemble of walkers.

The walkers are emcee's (Foreman-Mackey et al. 2013, PASP 125:306), with moves by differential evolution (ter Braak &
Vrugt 2008, Statistics and Computing 18:435), which mix three times as fast as the usual stretch. They need no slope,
so that features and counted spikes serve as well as traces; half of them move at a time, and are run together. NUTS
with exact gradients was 5 times slower (`tests/benchmarks/posterior.py`), as a gradient costs what 24 to 32 trials do,
and far slower along a curved ridge. BlackJAX's would have to call JAX from within JAX, which can hang.

Noise: that of a match is normal, independent from sample to sample and of unknown size, over which the posterior is
integrated with Jeffreys' prior: of `N` samples with the mean square `E` there remains `E ** (-N / 2)` (Gelman et al.
2013, Bayesian Data Analysis, ch. 14). What is measured in units of its own deviation, as features are, has that
deviation. So the weights between matches, which say what one wants, have no part in it; those of regions do, and `N` is
the number of samples that count (Kish 1965). The prior is even over the bounds, on each parameter's own scale, but for
parameters with a `prior` of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.figures import colour, line, new_figure
from rheobase.fitting.best import Best
from rheobase.fitting.front import part_columns
from rheobase.fitting.generators.generator import never
from rheobase.fitting.problem import WORST, Problem
from rheobase.fitting.search import Evaluator
from rheobase.fitting.space import Space
from rheobase.simulate import Cancelled, SimulationError

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

_MIXED = 1.05  # the largest R-hat of chains that agree
_ENOUGH = 200  # effective samples for intervals
_DEEP = 5.0  # beside one a parameter: how far the logarithm of the probability of a walker may begin below the best's
_HALVINGS = 12
_SPREAD = 0.02  # of the cube, of walkers where derivatives tell nothing


@dataclass(frozen=True, eq=False, repr=False)
class Posterior:
    """Samples of the parameters, as probable as the data leave them.

    **Fields:** the `space`; `chain`: points of the cube after the burn-in, `(steps, walkers, n)`; `logs`: the logarithm
    of the probability of each, up to a constant, `(steps, walkers)`; `accepted`: the part of the moves that were taken;
    `ended`: why it ended.
    """

    space: Space
    chain: Floats
    logs: Floats
    accepted: float
    ended: str

    def __len__(self) -> int:
        return self.logs.size

    @cached_property
    def values(self) -> dict[str, Floats]:
        """The samples of each parameter by name, `(steps, walkers)`."""
        return {name: np.asarray(column) for name, column in self.space.values(self.chain).items()}

    @cached_property
    def r_hat(self) -> dict[str, float]:
        """For each parameter how much the walkers and their halves differ; 1 where they agree (Gelman et al. 2013)."""
        return {name: _r_hat(self.chain[..., k]) for k, name in enumerate(self.space.names)}

    @cached_property
    def effective_samples(self) -> dict[str, float]:
        """For each parameter how many independent samples its samples are worth (Gelman et al. 2013, ch. 11)."""
        return {name: _effective(self.chain[..., k]) for k, name in enumerate(self.space.names)}

    @property
    def doubts(self) -> list[str]:
        """Why the samples should not be believed yet, in words; empty where nothing speaks against them."""
        found = []
        apart = [name for name, r in self.r_hat.items() if not r < _MIXED]
        if apart:
            found.append(f"the walkers do not agree on {', '.join(apart)} (R-hat above {_MIXED}): give more steps")
        few = [name for name, count in self.effective_samples.items() if count < _ENOUGH]
        if few:
            found.append(f"of {', '.join(few)} there are fewer than {_ENOUGH} independent samples: give more steps")
        return found

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """The interval of each parameter with as much probability below as above it. **Raises:** ValueError."""
        if not 0 < level < 1:
            raise ValueError(f"level = {level!r}: give a probability between 0 and 1, such as 0.95")
        ends = (50 * (1 - level), 50 * (1 + level))
        found = {}
        for name, column in self.values.items():
            low, high = np.percentile(column, ends)
            found[name] = (float(low), float(high))
        return found

    def summary(self) -> "pd.DataFrame":
        """One row a parameter: `mean`, `sd`, `median`, the 95 % interval, `r_hat` and `effective_samples`."""
        import pandas as pd

        intervals = self.intervals()
        rows = {
            name: {
                "mean": column.mean(),
                "sd": column.std(ddof=1),
                "median": np.median(column),
                "low": intervals[name][0],
                "high": intervals[name][1],
                "r_hat": self.r_hat[name],
                "effective_samples": self.effective_samples[name],
            }
            for name, column in self.values.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("parameter")

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a sample: `step`, `walker`, the parameters, and `log_probability` up to a constant."""
        import pandas as pd

        steps, walkers = np.indices(self.logs.shape)
        columns: dict[str, Any] = {"step": steps.ravel(), "walker": walkers.ravel()}
        columns |= {name: column.ravel() for name, column in self.values.items()}
        return pd.DataFrame(columns | {"log_probability": self.logs.ravel()})

    def figure(self) -> "go.Figure":
        """Draw the corner: the histogram of each parameter, and of each pair its samples."""
        from plotly.subplots import make_subplots

        names = self.space.names
        n = len(names)
        figure = make_subplots(n, n, shared_xaxes="columns", horizontal_spacing=0.02, vertical_spacing=0.02)
        figure.update_layout(new_figure("", "").layout.update(xaxis=None, yaxis=None))
        chosen = np.random.default_rng(0).permutation(len(self))[:2000]
        columns = {name: column.ravel() for name, column in self.values.items()}
        for row, below in enumerate(names):
            for column, across in enumerate(names[: row + 1]):
                place = {"row": row + 1, "col": column + 1}
                if row == column:
                    _add_histogram(figure, columns[across], place, log=self.space.parameters[column].log)
                else:
                    marker = {"color": colour(0), "size": 2, "opacity": 0.3}
                    x, y = columns[across][chosen], columns[below][chosen]
                    figure.add_trace(line(x, y, "", 0, mode="markers", marker=marker, showlegend=False), **place)
                scale = "log" if self.space.parameters[column].log else "linear"
                figure.update_xaxes(type=scale, showticklabels=row == n - 1, **place)
                if row != column:
                    vertical = "log" if self.space.parameters[row].log else "linear"
                    figure.update_yaxes(type=vertical, **place)
                figure.update_yaxes(showticklabels=column == 0 and row > 0, **place)
            figure.update_xaxes(title=below, row=n, col=row + 1)
            if row:
                figure.update_yaxes(title=below, row=row + 1, col=1)
        return figure.update_layout(height=170 * n + 80, width=190 * n + 100, showlegend=False)

    def trace_figure(self) -> "go.Figure":
        """Draw where every walker went, step by step."""
        figure = new_figure("Step", list(self.space.names), height=120 + 160 * len(self.space))
        for row, (each, column) in enumerate(zip(self.space.parameters, self.values.values(), strict=True), start=1):
            for walker in range(min(column.shape[1], 24)):
                style = {"color": colour(0), "width": 1}
                trace = line(
                    np.arange(len(column)), column[:, walker], "", 0, line=style, opacity=0.3, showlegend=False
                )
                figure.add_trace(trace, row, 1)
            figure.update_yaxes(type="log" if each.log else "linear", row=row, col=1)
        return figure

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {np.median(column):.4g}" for name, column in list(self.values.items())[:6])
        doubts = f"; {'; '.join(self.doubts)}" if self.doubts else ""
        return f"<Posterior: {len(self)} samples, medians {told}; {self.ended}{doubts}>"


def posterior(
    problem: Problem,
    evaluate: Evaluator,
    best: Best,
    *,
    steps: int = 600,
    burn: int = 300,
    walkers: int | None = None,
    seed: int = 0,
    noise: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> Posterior:
    """Sample the posterior: see `Fit.posterior`."""
    try:
        import emcee
    except ImportError:
        raise ImportError("the posterior needs emcee: pip install 'rheobase[posterior]'") from None
    n = len(problem)
    count = max(32, 4 * n) if walkers is None else int(walkers)
    if count < 2 * n or count % 2:
        raise ValueError(f"walkers = {count}: give an even number, at least {2 * n} for {n} parameters")
    if steps < 2 or burn < 0:
        raise ValueError(f"steps = {steps!r}, burn = {burn!r}: give at least 2 steps, and a burn-in of 0 or more")
    density = _density(problem, evaluate, noise or {}, cancelled)
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(count, n, density, moves=moves, vectorize=True)
    begun = _drawn_in(_start(problem, best, count, seed), best.point, density)
    chance = np.random.RandomState(seed).get_state()  # emcee's own kind
    state = emcee.State(begun, random_state=chance)
    ended = f"{count} walkers, {steps} steps"
    done = 0
    try:
        for _ in sampler.sample(state, iterations=burn + steps, skip_initial_state_check=True):
            done += 1
            if progress is not None:
                progress(done, burn + steps)
            if cancelled():
                break
    except Cancelled:
        pass
    if done < burn + steps:
        ended = f"stopped after {done} of {burn + steps} steps"
    kept = min(burn, done // 2)
    if done - kept < 2:
        raise Cancelled
    chain, logs = sampler.get_chain(discard=kept), sampler.get_log_prob(discard=kept)
    accepted = float(np.mean(sampler.acceptance_fraction))
    return Posterior(problem.space, chain, logs, accepted, ended)


def _density(
    problem: Problem, evaluate: Evaluator, noise: Mapping[str, float], cancelled: Callable[[], bool]
) -> Callable[[Floats], Floats]:
    """The logarithm of the probability of points, up to a constant."""
    known = np.array([1.0 if part.scaled else np.nan for part in problem.parts])
    for name, sd in noise.items():
        if not sd > 0:
            raise ValueError(f"noise of {name!r} = {sd!r}: give a standard deviation above 0, in units of the scale")
        known[part_columns(problem.labels, name)] = sd
    numbers = np.array([1 / float((part.weights**2).sum()) for part in problem.parts])
    squares = np.array([part.root**2 for part in problem.parts])
    least = np.finfo(float).tiny

    def density(points: Floats) -> Floats:
        found = np.full(len(points), -np.inf)
        inside = ((points >= 0) & (points <= 1)).all(1)
        if inside.any():
            trials = evaluate(points[inside], False, cancelled)
            with np.errstate(all="ignore"):
                mean = np.maximum(trials.parts / squares, least)
                each = -0.5 * numbers * np.where(np.isnan(known), np.log(mean), mean / known**2)
            logs = each.sum(1) - 0.5 * (problem.space.priors(points[inside]) ** 2).sum(1)
            found[inside] = np.where((trials.errors < WORST) & np.isfinite(logs), logs, -np.inf)
        return found

    return density


def _start(problem: Problem, best: Best, count: int, seed: int) -> Floats:
    """Walkers about the best, spread as its derivatives say."""
    chance = np.random.default_rng(seed)
    n = len(problem)
    try:
        values, axes = np.linalg.eigh(best.uncertainty.cube)
        spread = np.clip(np.sqrt(np.maximum(values, 0.0)), 1e-7, 0.2)
    except (SimulationError, np.linalg.LinAlgError):
        axes, spread = np.eye(n), np.full(n, _SPREAD)
    points = best.point + (chance.standard_normal((count, n)) * spread) @ axes.T
    # Mirrored at the walls, so that no two walkers come to lie on one.
    points = np.abs(np.mod(points + 1, 2) - 1) if n else points
    return 1e-9 + points * (1 - 2e-9)


def _drawn_in(points: Floats, best: Floats, density: Callable[[Floats], Floats]) -> Floats:
    """The same with those that begin too improbable drawn towards the best: off a curved ridge few moves are taken."""
    least = density(best[None])[0] - points.shape[1] - _DEEP
    for _ in range(_HALVINGS):
        far = ~(density(points) > least)
        if not far.any():
            break
        points = np.where(far[:, None], (points + best) / 2, points)
    return points


def _halves(column: Floats) -> Floats:
    """The halves of each walker, as chains of their own."""
    half = len(column) // 2
    return np.concatenate([column[:half], column[half : 2 * half]], axis=1)


def _variances(chains: Floats) -> tuple[float, float]:
    """The variance within chains, and that of all which the chains together promise."""
    within = float(chains.var(0, ddof=1).mean())
    return within, within * (1 - 1 / len(chains)) + float(chains.mean(0).var(ddof=1))


def _r_hat(column: Floats) -> float:
    if len(column) < 4:
        return np.nan
    within, promised = _variances(_halves(column))
    return float(np.sqrt(promised / within)) if within > 0 else np.nan


def _effective(column: Floats) -> float:
    if len(column) < 4:
        return np.nan
    chains = _halves(column)
    within, promised = _variances(chains)
    if not within > 0:
        return 0.0
    n = len(chains)
    spectrum = np.abs(np.fft.rfft(chains - chains.mean(0), 2 * n, axis=0)) ** 2
    covariance = np.fft.irfft(spectrum, axis=0)[:n].mean(1) / (n - 1)
    correlation = 1 - (within - covariance) / promised
    # Sums of neighbours fall and stay above 0, but for noise (Geyer 1992, Statistical Science 7:473).
    pairs = correlation[: n // 2 * 2].reshape(-1, 2).sum(1)
    last = int(np.argmax(pairs < 0)) if (pairs < 0).any() else len(pairs)
    time = 2 * float(np.minimum.accumulate(pairs[:last]).sum()) - 1
    return chains.size / max(time, 1 / np.log10(chains.size))


def _add_histogram(figure: Any, column: Floats, place: dict[str, int], *, log: bool) -> None:
    import plotly.graph_objects as go

    low, high = float(column.min()), float(column.max())
    edges = np.geomspace(low, high, 41) if log else np.linspace(low, high, 41)
    heights, _ = np.histogram(column, edges)
    x = np.repeat(edges, 2)[1:-1]
    style = {"color": colour(0), "width": 1.5}
    figure.add_trace(
        go.Scatter(x=x, y=np.repeat(heights, 2), mode="lines", line=style, fill="tozeroy", showlegend=False), **place
    )
