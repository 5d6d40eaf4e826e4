"""What spreading a fit over workers costs: seconds for batches of candidates on a `LocalCluster` of two.

A batch of `n` candidates goes out as `n / 32` tasks. On `w` workers it takes about `a + b t + c n / w`: what a batch
costs at all, what each of its `t` tasks costs the one scheduler, and what a candidate costs a worker.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.benchmarks import pyramidal
from tests.benchmarks.timing import best_of

WORKERS = (1, 2)
CANDIDATES = (32, 128, 512)


def report() -> Iterator[str]:
    """A table of batches, the model of the overhead, and what it says of many workers."""
    from distributed import Client, LocalCluster

    from rheobase.fitting.executing import evaluator
    from rheobase.fitting.generators.generator import never

    wanted = pyramidal.InNeuron(tables=False).traces(pyramidal.TRUTH)
    yield "| fit | workers | candidates | tasks | seconds | on one processor here |"
    yield "| --- | --- | --- | --- | --- | --- |"
    rows: list[tuple[float, ...]] = []
    costs: list[tuple[float, ...]] = []
    for name, fit in (("nothing to run", _empty()), ("pyramidal cell", pyramidal.in_rheobase(wanted))):
        problem = fit.compiled()
        chance, n = np.random.default_rng(0), len(problem)  # other candidates each time: Dask knows those it has seen
        for workers in WORKERS:
            with (
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
                Client(cluster) as client,
            ):
                evaluate = evaluator(problem, fit.to_data, client, "exact")
                for count in CANDIDATES:
                    seconds = best_of(lambda: evaluate(chance.random((count, n)), False, never), 3)  # noqa: B023
                    alone = best_of(lambda: problem.evaluate(chance.random((count, n))), 1)  # noqa: B023
                    yield f"| {name} | {workers} | {count} | {count // 32} | {seconds:.3f} | {alone:.3f} |"
                    (rows if name == "nothing to run" else costs).append((1.0, count / 32, count / workers, seconds))
    table = np.array(rows)
    (batch, task), *_ = np.linalg.lstsq(table[:, :2], table[:, 3], rcond=None)
    table = np.array(costs)
    each = float(np.median((table[:, 3] - batch - task * table[:, 1]) / table[:, 2]))
    yield ""
    yield f"a batch {1e3 * batch:.1f} ms, a task {1e3 * task:.2f} ms, a candidate {1e3 * each:.2f} ms"
    busy = 32 * each / task
    yield f"one scheduler feeds {busy:.0f} workers, and {10 * busy:.0f} with a model that takes ten times as long"


def _empty() -> Any:
    import rheobase as rb

    fit = rb.Fit()
    fit.add_function("line", "line", [0.0, 1.0], [0.0, 1.0])
    return fit
