"""A small site that speaks the API of NeuroMorpho.Org, for tests: three neurons, and errors on request."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SWC = "# made for a test\n1 1 0 0 0 5 -1\n2 3 0 5 0 1 1\n3 3 0 90 0 1 2\n"
NEURONS: list[dict[str, Any]] = [
    {
        "neuron_id": 1,
        "neuron_name": "first_1",
        "archive": "Wearne_Hof",
        "species": "rat",
        "brain_region": ["neocortex", "layer 3"],
        "cell_type": ["pyramidal", "principal cell"],
        "reference_pmid": ["1"],
        "_links": {},
    },
    {
        "neuron_id": 2,
        "neuron_name": "second 2",
        "archive": "Amaral",
        "species": "rat",
        "brain_region": ["hippocampus", "CA1"],
        "cell_type": ["pyramidal", "principal cell"],
        "_links": {},
    },
    {
        "neuron_id": 3,
        "neuron_name": "third",
        "archive": "Amaral",
        "species": "mouse",
        "brain_region": ["hippocampus"],
        "cell_type": ["granule"],
        "_links": {},
    },
]


class Site:
    """What the site does and was asked. `answer` replaces every answer by a status and a body."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.answer: tuple[int, bytes] | None = None

    def respond(self, address: str) -> tuple[int, bytes]:
        """Give the status and the body for a path with its query."""
        self.asked.append(address)
        parts = urlsplit(address)
        path, query = unquote(parts.path), parse_qsl(parts.query)
        if self.answer is not None:
            return self.answer
        if path == "/api/neuron/select":
            return self._select(query)
        if path.startswith("/api/neuron/name/"):
            found = [n for n in NEURONS if n["neuron_name"] == path.removeprefix("/api/neuron/name/")]
            return (200, json.dumps(found[0]).encode()) if found else (404, b'{"status": 404}')
        if path.startswith("/api/neuron/fields/"):
            values = {str(n[path.rpartition("/")[2]]) for n in NEURONS}
            return 200, json.dumps({"fields": sorted(values)}).encode()
        for neuron in NEURONS:
            if path == f"/dableFiles/{neuron['archive'].lower()}/CNG version/{neuron['neuron_name']}.CNG.swc":
                return 200, SWC.encode()
        return 404, b"<html>Not found</html>"

    def _select(self, query: list[tuple[str, str]]) -> tuple[int, bytes]:
        criteria = [value.partition(":")[::2] for key, value in query if key in ("q", "fq")]
        numbers = dict(query)
        page, size = int(numbers["page"]), int(numbers["size"])
        found = [n for n in NEURONS if all(_fits(n[field], values) for field, values in criteria)]
        if not found:
            return 404, b'{"status": 404}'
        shown = found[page * size : (page + 1) * size]
        pages = {"size": size, "totalElements": len(found), "totalPages": -(-len(found) // size), "number": page}
        return 200, json.dumps({"_embedded": {"neuronResources": shown}, "page": pages}).encode()


def _fits(value: Any, wanted: str) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(each.strip('"') in values for each in wanted.split(","))


@contextmanager
def neuromorpho_site() -> Iterator[Site]:
    """Serve the site on a free local port; `url` is its address."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = site.respond(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
