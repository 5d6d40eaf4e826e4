"""Reconstructions from NeuroMorpho.Org: searched by what they are, downloaded once and kept.

Every answer is kept on disk, descriptions in one SQLite file and morphologies as they came, in the folder that
`folder()` names. Where the site cannot be reached, searches look among the descriptions kept and say so, and what was
downloaded before is found without asking.

The site asks to be cited: NeuroMorpho.Org (RRID:SCR_002145), Tecuatl, Ljungquist and Ascoli (2024), *FASEB Bioadv.*
6:207, and the paper of each reconstruction, which its description names. Its API is described on
http://neuromorpho.org/apiReference.html.
"""

import json
import os
import sqlite3
import ssl
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from platformdirs import user_cache_path

from rheobase.morphology.readers.source import MAX_BYTES

if TYPE_CHECKING:
    import pandas as pd

_SITE = "https://neuromorpho.org"
_PAGE = 500  # the most that the site gives at a time
_MOST = 20_000
_PATIENCE = (30.0, 5.0)  # s, for an answer and for a connection
_FIRST_COLUMNS = ("name", "species", "brain_region", "cell_type", "archive")
_BY_KEYWORD = {"name": "neuron_name", "region": "brain_region"}
# fmt: off
_KNOWN = (
    "neuron_id", "neuron_name", "archive", "age_scale", "gender", "age_classification", "brain_region", "cell_type",
    "species", "strain", "scientific_name", "stain", "experiment_condition", "protocol", "slicing_direction",
    "reconstruction_software", "objective_type", "original_format", "domain", "attributes", "magnification",
    "upload_date", "deposition_date", "shrinkage_reported", "reference_pmid", "reference_doi", "physical_Integrity",
)
# fmt: on


class NeuromorphoError(RuntimeError):
    """NeuroMorpho.Org refused, or answered something that cannot be used."""


class Offline(NeuromorphoError):
    """NeuroMorpho.Org cannot be reached, and what was asked for is not among what was kept."""


def folder() -> Path:
    """Give the folder in which answers are kept; `RHEOBASE_NEUROMORPHO` in the environment names another."""
    chosen = os.environ.get("RHEOBASE_NEUROMORPHO", "")
    return Path(chosen) if chosen else user_cache_path("rheobase", appauthor=False) / "neuromorpho"


def search(
    *,
    species: str | Iterable[str] | None = None,
    region: str | Iterable[str] | None = None,
    cell_type: str | Iterable[str] | None = None,
    archive: str | Iterable[str] | None = None,
    name: str | Iterable[str] | None = None,
    limit: int = 100,
    **fields: str | Iterable[str],
) -> "pd.DataFrame":
    """Find reconstructions that fit all that is given.

    **Arguments:**

    - `species`, `region` (of the brain), `cell_type`, `archive`, `name`: a value, or several of which one must fit.
    - `limit`: the most rows to give.
    - `fields`: further ones of the site, such as `strain` or `reference_doi`.

    **Returns:** a row for each reconstruction: `name`, which `download` takes, `species`, `brain_region`, `cell_type`,
    `archive` and the rest of the description; how many there are in all is in `.attrs["total"]`.

    **Raises:** `ValueError` for nothing to look for or an unknown field; `Offline` if neither the site nor anything
    kept can answer; `NeuromorphoError` if the site refuses.

    **Warns:** `UserWarning` if the answer comes from what was kept.
    """
    given = {"species": species, "region": region, "cell_type": cell_type, "archive": archive, "name": name, **fields}
    wanted = {_BY_KEYWORD.get(key, key): _values(key, value) for key, value in given.items() if value is not None}
    _check(wanted, limit)
    try:
        records, total = _ask_for(wanted, limit)
    except Offline as error:
        known = _kept_records()
        found = [record for record in known if _fits(record, wanted)]
        if not known:
            raise
        warnings.warn(f"{error}; looked among the {len(known)} descriptions kept from before", stacklevel=2)
        records, total = found[:limit], len(found)
    table = _table(records)
    table.attrs["total"] = total
    return table


def metadata(name: str) -> dict[str, Any]:
    """Give the whole description of one reconstruction: the kept one, else the site's.

    **Raises:** `KeyError` if there is none of this name; `Offline`, `NeuromorphoError`.
    """
    name = _checked_name(name)
    kept = _kept_records(name)
    if kept:
        return kept[0]
    answer = _get(f"/api/neuron/name/{quote(name, safe='')}")
    if answer is None:
        raise KeyError(f"NeuroMorpho.Org has no reconstruction {name!r}; search(...) finds names")
    record = _record(_json(answer))
    _keep([record])
    return record


def download(name: str) -> Path:
    """Give the file of a reconstruction in NeuroMorpho.Org's standard form (`CNG`), downloaded once.

    **Raises:** `KeyError` if there is none of this name; `Offline` if it was not downloaded before and the site cannot
    be reached; `NeuromorphoError`.
    """
    name = _checked_name(name)
    path = folder() / "swc" / f"{quote(name, safe=' ')}.CNG.swc"
    if path.is_file():
        return path
    archive = str(metadata(name).get("archive", "")).lower()
    answer = _get(f"/dableFiles/{quote(archive, safe='')}/CNG%20version/{quote(name, safe='')}.CNG.swc")
    if answer is None:
        raise KeyError(f"NeuroMorpho.Org describes {name!r} but has no file of it")
    if len(answer) > MAX_BYTES or answer.lstrip()[:1] in (b"", b"<", b"{"):
        raise NeuromorphoError(f"what NeuroMorpho.Org gave as the file of {name!r} is no morphology; try again later")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(answer)
    partial.replace(path)
    return path


def values(field: str) -> tuple[str, ...]:
    """Give the values that a field takes on the site, for `species`, `region`, `cell_type`, `archive`, ...

    Without the site, those among what was kept.

    **Raises:** `ValueError` for an unknown field; `Offline` if nothing is kept either.
    """
    field = _BY_KEYWORD.get(field, field)
    _check({field: ("x",)}, 1)
    try:
        answer = _get(f"/api/neuron/fields/{quote(field, safe='')}")
        known = _json(answer).get("fields", []) if answer is not None else []
    except Offline:
        records = _kept_records()
        if not records:
            raise
        known = [value for record in records for value in _listed(record.get(field))]
    return tuple(sorted({str(value) for value in known}))


def downloaded() -> tuple[str, ...]:
    """Give the names of the reconstructions whose files are kept."""
    return tuple(sorted(unquote(path.name.removesuffix(".CNG.swc")) for path in folder().glob("swc/*.CNG.swc")))


def _values(key: str, value: Any) -> tuple[str, ...]:
    values = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)
    for each in values:
        if not isinstance(each, str) or not each.strip() or not each.isprintable() or len(each) > 200:
            raise ValueError(f"{key} = {str(each)[:80]!r}: must be a word or a few, such as species='rat'")
    if not values:
        raise ValueError(f"{key} is empty: name what to look for")
    return values


def _check(wanted: Mapping[str, Any], limit: int) -> None:
    unknown = next((key for key in wanted if key not in _KNOWN), None)
    if unknown is not None:
        raise ValueError(f"NeuroMorpho.Org has no field {unknown!r}; it has {', '.join(_KNOWN)}")
    if not wanted:
        raise ValueError("say what to look for, such as species='rat', region='hippocampus' or cell_type='pyramidal'")
    if type(limit) is not int or not 1 <= limit <= _MOST:
        raise ValueError(f"limit = {limit!r}: must be a whole number from 1 to {_MOST}")


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > 200:
        raise ValueError(f"{str(name)[:80]!r} is no name of a reconstruction; search(...) finds names")
    return name.removesuffix(".swc").removesuffix(".CNG")


# The site


def _ask_for(wanted: Mapping[str, tuple[str, ...]], limit: int) -> tuple[list[dict[str, Any]], int]:
    criteria = [f"{field}:{','.join(map(_quoted, values))}" for field, values in wanted.items()]
    query = [("q", criteria[0]), *(("fq", criterion) for criterion in criteria[1:])]
    size = min(limit, _PAGE)
    records: list[dict[str, Any]] = []
    total = 0
    for page in range(-(-limit // size)):
        answer = _get("/api/neuron/select", [*query, ("page", str(page)), ("size", str(size))])
        if answer is None:  # how the site says that nothing fits
            break
        data = _json(answer)
        found = data.get("_embedded", {}).get("neuronResources", [])
        records += [_record(each) for each in found]
        total = int(data.get("page", {}).get("totalElements", len(records)))
        if len(records) >= total or not found:
            break
    _keep(records)
    return records[:limit], total


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def _get(path: str, query: Iterable[tuple[str, str]] = ()) -> bytes | None:
    """Give what the site answers; `None` for what it does not have.

    **Raises:** `Offline`, `NeuromorphoError`.
    """
    import httpx  # takes as long to import as all of morphology, and few sessions ask

    site = os.environ.get("RHEOBASE_NEUROMORPHO_SITE", _SITE)
    patience = httpx.Timeout(_PATIENCE[0], connect=_PATIENCE[1])
    try:
        with (
            httpx.Client(verify=_trust(), timeout=patience, follow_redirects=True) as client,
            client.stream("GET", site + path, params=list(query)) as answer,
        ):
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            if answer.status_code != httpx.codes.OK:
                raise NeuromorphoError(
                    f"NeuroMorpho.Org answered {answer.status_code} {answer.reason_phrase}; try again later"
                )
            content = bytearray()
            for part in answer.iter_bytes():
                content += part
                if len(content) > MAX_BYTES:
                    raise NeuromorphoError(f"NeuroMorpho.Org sent more than {MAX_BYTES / 2**20:.0f} MB; stopped")
            return bytes(content)
    except (httpx.TransportError, OSError) as error:
        raise Offline(f"NeuroMorpho.Org cannot be reached ({str(error) or type(error).__name__})") from None


def _trust() -> ssl.SSLContext:
    context = ssl.create_default_context()
    # The site's certificate is checked like any other, but its keys are shorter than OpenSSL's default wants.
    context.set_ciphers("DEFAULT@SECLEVEL=1")
    return context


def _json(answer: bytes) -> dict[str, Any]:
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise NeuromorphoError("NeuroMorpho.Org answered something that is no JSON object; try again later")
    return data


def _record(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict) or not isinstance(data.get("neuron_name"), str):
        raise NeuromorphoError("NeuroMorpho.Org described a reconstruction without a name; try again later")
    return {key: value for key, value in data.items() if not key.startswith("_")}


# What is kept


@contextmanager
def _store() -> Iterator[sqlite3.Connection]:
    folder().mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder() / "descriptions.sqlite", timeout=10)) as store, store:
        store.execute("create table if not exists description (name text primary key, data text not null)")
        yield store


def _keep(records: list[dict[str, Any]]) -> None:
    rows = [(record["neuron_name"], json.dumps(record)) for record in records]
    with _store() as store:
        store.executemany("insert or replace into description values (?, ?)", rows)


def _kept_records(name: str | None = None) -> list[dict[str, Any]]:
    if not (folder() / "descriptions.sqlite").is_file():
        return []
    with _store() as store:
        query = "select data from description where ?1 is null or name = ?1 order by name"
        rows = store.execute(query, (name,)).fetchall()
    return [_record(json.loads(data)) for (data,) in rows]


def _fits(record: Mapping[str, Any], wanted: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether a description has one of the wanted values in each field, whatever the case of its letters."""
    return all(
        {value.casefold() for value in values} & {str(each).casefold() for each in _listed(record.get(field))}
        for field, values in wanted.items()
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _table(records: list[dict[str, Any]]) -> "pd.DataFrame":
    rows = [
        {
            "name": record["neuron_name"],
            **{key: ", ".join(map(str, v)) if isinstance(v, list) else v for key, v in record.items()},
        }
        for record in records
    ]
    rest = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in _FIRST_COLUMNS]
    import pandas as pd

    return pd.DataFrame(rows, columns=[*_FIRST_COLUMNS, *(key for key in rest if key != "neuron_name")])
