"""The command `rheobase`."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from rheobase.lab import open_lab
from rheobase.share import BundleError, load_bundle
from rheobase.simulate import SimulationError

app = typer.Typer(
    help="Rheobase: a notebook laboratory for biophysical neuron models.",
    no_args_is_help=True,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("rheobase"))
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Rheobase: a notebook laboratory for biophysical neuron models."""


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Option("--dir", help="Where the notebooks are copied to. A notebook edited there is kept."),
    ] = Path("rheobase-notebooks"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the server; the next free one if taken.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
) -> None:
    """Open JupyterLab on a fresh copy of the notebooks.

    Anything further on the command line is handed to JupyterLab, `--ServerApp.ip=0.0.0.0` for instance.
    """
    open_lab(folder, port=port, browser=browser, extra=context.args)


@app.command()
def run(
    bundle: Annotated[Path, typer.Argument(help="A bundle, as save_bundle wrote it.")],
    tolerance: Annotated[
        float, typer.Option(min=0.0, help="The largest difference that counts as rounding, of a recording's span.")
    ] = 1e-6,
    csv: Annotated[Path | None, typer.Option(help="Where to write the new recordings as a table.")] = None,
) -> None:
    """Run a bundle's model again and tell whether its results came out.

    Ends with 0 if they match, 1 if they differ and 2 if the bundle cannot be read or run.
    """
    try:
        opened = load_bundle(bundle)
        if opened.results is None:
            results = opened.run()
            typer.echo(f"{opened.name} keeps no results to compare with; it was run: {results!r}")
            matches = True
        else:
            check = opened.check(tolerance)
            typer.echo(str(check))
            results, matches = check.results, check.matches
        if csv is not None:
            results.to_dataframe().to_csv(csv)
    except (BundleError, SimulationError, OSError) as error:
        typer.echo(f"rheobase run: {error}", err=True)
        raise typer.Exit(2) from None
    if not matches:
        raise typer.Exit(1)
