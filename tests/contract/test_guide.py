"""docs/your-own-engine.md, followed word by word in an empty directory."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "your-own-engine.md"
BLOCK = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "8700"

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("blackbox")]


@contextmanager
def in_background(command: str, folder: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    """Run a command until the end of the block; it is ready once somebody listens on the port."""
    with subprocess.Popen(command.split(), cwd=folder, env=environment, stdout=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 60
            while not listens(port):
                assert process.poll() is None
                assert time.monotonic() < deadline
            yield
        finally:
            process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_guide_works_as_it_is_written(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    port = free_port()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    folder, output, ran = tmp_path, "", 0
    with ExitStack() as background:
        for kind, name, body in BLOCK.findall(text.replace(PORT, str(port))):
            if kind == "text":
                said = " ".join(output.split())
                for line in body.splitlines():
                    assert line in said, f"{line}\n\nis not in\n\n{output}"
            elif name == "background":
                background.enter_context(in_background(body.strip(), folder, environment, port))
            elif kind == "sh":
                command = ["sh", "-c", body]
                done = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
                output, ran = done.stdout + done.stderr, ran + 1
                assert done.returncode in (0, 1), output
                folder = tmp_path / "my-project"
            else:
                (folder / name).write_text(body, encoding="utf-8")
    assert ran == 6
