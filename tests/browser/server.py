"""A JupyterLab server as `rheobase lab` starts it, on a free port and in folders of its own."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

START_TIMEOUT_S = 120


class LabServer:
    """JupyterLab in a process of its own; its notebooks are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "notebooks"
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._runtime = folder / "runtime"
        self._log = folder / "server.log"
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        command = [sys.executable, "-m", "rheobase", "lab", "--no-browser", f"--dir={self.folder}"]
        command += [f"--port={self.url.rpartition(':')[2]}", f"--IdentityProvider.token={self.token}"]
        command += ["--LabApp.expose_app_in_browser=True", "--ServerApp.port_retries=0"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_up()

    def connect(self, notebook: str) -> BlockingKernelClient:
        """A second client of the kernel that runs this notebook."""
        client = BlockingKernelClient()
        client.load_connection_file(str(self._runtime / f"kernel-{self._session(notebook)['kernel']['id']}.json"))
        client.start_channels()
        client.wait_for_ready(timeout=START_TIMEOUT_S)
        return client

    def end_session(self, notebook: str) -> None:
        """End the kernel of this notebook."""
        self._request(f"/api/sessions/{self._session(notebook)['id']}", "DELETE")

    def stop(self) -> None:
        """Stop the server and the kernels it started."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _session(self, notebook: str) -> Any:
        sessions = self._request("/api/sessions")
        return next(session for session in sessions if session["path"] == notebook)

    def _request(self, path: str, method: str = "GET") -> Any:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)  # noqa: S310 - our server
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            body = reply.read()
        return json.loads(body) if body else None

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                self._request("/api/status")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
            else:
                return
        self.stop()
        message = f"JupyterLab did not start:\n{self._log.read_text()}"
        raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
