"""Compare files with NEURON by hand: `python -m tests.corpora FOLDER`, of folders that nrnivmodl has built in."""

import json
import sys
import traceback
from pathlib import Path

from tests.corpora.compare import compare


def main(folders: list[str]) -> None:
    """Compare each folder's file and print a line for each."""
    for folder in folders:
        path = next(Path(folder).glob("*.mod"))
        library = next(Path(folder).glob("*/libnrnmech.so"), None)
        try:
            figures = compare(path, library)
            worst = max(figures.worst, key=lambda name: figures.worst[name], default="")
            print(json.dumps([folder, figures.name, figures.largest, worst, figures.worst]), flush=True)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {str(error)[:300]} [{Path(where.filename).name}:{where.lineno}]"
            print(json.dumps([folder, path.name, "failed", said]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
