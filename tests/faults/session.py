"""Signed-in requests of one client: counted, noted, and any 500 a fault of the server."""

import asyncio
import json
import time
from collections.abc import Coroutine
from typing import Any

from tests.faults.installation import SECRET
from tests.faults.memory import Memory
from tests.faults.plan import List, Manner, Step
from tests.faults.scene import Scene
from tests.faults.wire import Answer, Connection, Hung, Lost, NotSent, Request

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.02
# For what is asked outside the plan.
QUIET = Step(-1, -1, List("taxes"), Manner.WHOLE, keyed=False, fresh=False, pause=0, bite=0)


class Stuck(Exception):
    """The server does not come back."""


class Session:
    """A client's connection and token."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.connection = Connection(scene.installation.port)
        self._username = scene.login.username
        self._installation = scene.installation
        self._memory: Memory = scene.memory
        self._name = name
        self._token = ""

    def close(self) -> None:
        """End the connection; the next request opens another."""
        self.connection.close()

    async def ask(
        self, step: Step, request: Request, connection: Connection | None = None
    ) -> Answer:
        """One request and its answer, sent as the step says. Raises `Lost`, `NotSent` and `Stuck`."""
        connection = connection or self.connection
        manner = Manner.WHOLE if step.manner is Manner.TWICE else step.manner
        for _ in range(5):
            headers = {
                **request.headers,
                "Partner-Id": "CuadraFaults",
                "Authorization": f"Bearer {self._token or await self._sign_in()}",
            }
            asking = connection.ask(request._replace(headers=headers), manner, step.bite)
            answer = await self._watched(step, asking, request)
            if answer.status != 401:
                return answer
            self._token = ""  # it has expired: the clock was moved
        self._memory.complain("401 with a token just issued")
        raise Lost("401")

    async def get(self, path: str) -> Answer:
        """The answer to a GET, however often one has to ask. Raises `Stuck`."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            try:
                answer = await self.ask(QUIET, Request("GET", path, {}))
            except (Lost, NotSent):
                answer = None
            if answer is not None and answer.status != 503:
                return answer
            await asyncio.sleep(PAUSE_SECONDS)
        raise Stuck(f"no answer to {path} in {PATIENCE_SECONDS} seconds")

    def note(self, step: Step, text: str) -> None:
        """Add to the trace."""
        self._memory.note(self._name, text if step is QUIET else f"#{step.number} {text}")

    async def _watched(
        self, step: Step, asking: Coroutine[Any, Any, Answer], request: Request
    ) -> Answer:
        """Count and note what becomes of a request."""
        what = f"{request.method} {request.path} {step.manner}"
        began = time.monotonic()
        try:
            answer = await asking
        except (Lost, NotSent, Hung) as error:
            became = type(error).__name__
            self._memory.requests[became] += 1
            self.note(step, f"{what}: {became} ({error})")
            if isinstance(error, Hung):
                # A server takes its port before its database is ready, so until then it may let one wait.
                ready_since = self._installation.ready_since
                if ready_since is not None and ready_since < began:
                    self._memory.complain(f"{what}: {error}")
                raise Lost("hung") from error
            raise
        self._memory.requests[str(answer.status)] += 1
        if step is not QUIET or answer.status != 200:
            self.note(step, f"{what}: {answer.status} {_gist(answer)}")
        if answer.status >= 500 and answer.status != 503:
            self._memory.complain(f"{what}: {answer.status} {answer.body.decode()}")
        return answer

    async def _sign_in(self) -> str:
        """A new token, however often one has to ask. Raises `Stuck`."""
        body = {"username": self._username, "access_key": SECRET}
        request = Request("POST", "/auth", {}, json.dumps(body).encode())
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            connection = Connection(self._installation.port)
            try:
                answer = await self._watched(QUIET, connection.ask(request), request)
            except (Lost, NotSent):
                answer = None
            finally:
                connection.close()
            if answer is not None and answer.status == 200:
                self._token = str(answer.value["access_token"])
                return self._token
            if answer is not None and answer.status != 503:
                self._memory.complain(f"sign-in: {answer.status} {answer.body.decode()}")
            await asyncio.sleep(PAUSE_SECONDS)
        raise Stuck(f"no sign-in in {PATIENCE_SECONDS} seconds")


def _gist(answer: Answer) -> str:
    """The gist of an answer, for the trace."""
    if answer.status >= 400:
        return answer.headers.get("siigoapi-error-code", "")
    value = answer.value if answer.body[:1] == b"{" else {}
    return str(value.get("name") or value.get("identification") or "")[:40]
