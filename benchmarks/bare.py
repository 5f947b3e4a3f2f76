"""A bare starlette route that answers a JSON body of so many bytes: what everything is measured against."""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CONTENT: dict[str, Any] = {"rows": []}
while len(str(CONTENT)) < int(sys.argv[1]):
    CONTENT["rows"].append({"id": "576461413038785752", "status": "AWAITING_SHIPMENT", "amount": "125000", "time": 1737342000, "name": "Kopi Arabika Gayo"})


async def answer(request: Request) -> JSONResponse:
    return JSONResponse(CONTENT)


app = Starlette(routes=[Route("/", answer)])
bound = socket.socket()
bound.bind(("127.0.0.1", 0))
print(bound.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[bound])
