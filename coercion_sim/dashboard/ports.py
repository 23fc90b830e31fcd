"""Where the dashboard listens: on this machine alone."""

from __future__ import annotations

import errno
import socket

from coercion_sim.errors import InvalidInput, Problem

HOST = "127.0.0.1"
#: Ports tried beyond the one asked for.
MORE_PORTS = 20


def free_socket(port: int) -> socket.socket:
    """Listen on this machine alone, on the port asked for or, where that is taken, the next free one.

    Raises
    ------
    InvalidInput
        Where none of them is free.
    """
    last = min(port + MORE_PORTS, 65535)
    for tried in range(port, last + 1):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, tried))
            return listening
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise InvalidInput(Problem("no free port", key="--port", found=f"{port} to {last}, all in use"))
