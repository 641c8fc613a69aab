"""A client: does its steps one after the other, asks again where it has a key, and remembers what it was told.

What is refused though nothing is wrong with it, accepted though it must not be, or gone though it was acknowledged, is
noted as wrong at once.
"""

import asyncio
import json
import time
from dataclasses import replace

from tests.faults import bodies
from tests.faults.compare import difference, gaps
from tests.faults.expecting import compose, version_made
from tests.faults.memory import Document, Entity, Expect
from tests.faults.plan import (
    SHARED,
    Act,
    List,
    Look,
    Manner,
    Remove,
    Repeat,
    Save,
    Sell,
    Spoil,
    Step,
)
from tests.faults.scene import Scene
from tests.faults.session import PATIENCE_SECONDS, PAUSE_SECONDS, QUIET, Session, Stuck
from tests.faults.wire import Answer, Connection, HalfSent, Lost, NotSent, Request


class Client:
    """One client of the company, with a connection and a token of its own."""

    def __init__(self, scene: Scene, name: str) -> None:
        self._scene = scene
        self._memory = scene.memory
        self._session = Session(scene, name)

    async def run(self, number: int) -> None:
        """Do everything that the plan has for this client. Raises `Stuck`."""
        for step in self._scene.plan.steps_of(number):
            await asyncio.sleep(step.pause)
            if step.rush is not None:
                await self._scene.meet(*step.rush)
            self._scene.begin()
            if step.fresh:
                self._session.close()
            await self._do(step)
            self._scene.end(step.number)

    async def settle(self) -> None:
        """Ask once more for everything that has a key, now that nothing is under way any more.

        What was acknowledged is answered with itself. What was refused is refused again, or made now: in no case may
        an earlier request have made it, or a key stand for nothing. Raises `Stuck`.
        """
        for document in self._memory.documents.values():
            if document.key is not None:
                await self._until_answered(document, QUIET)
            self._brought(self._scene.plan.steps[document.step].act, document)

    def close(self) -> None:
        """End the connection."""
        self._session.close()

    async def _do(self, step: Step) -> None:
        match step.act:
            case Save() as save:
                await self._save(step, save)
            case Remove() as remove:
                await self._remove(step, remove)
            case Look(step=made):
                await self._look(step, await self._scene.document_of(made))
            case List(kind=kind):
                await self._list(step, kind)
            case Repeat() as repeat:
                await self._repeat(step, repeat, await self._scene.document_of(repeat.step))
            case act:
                await self._document(step, act)

    # --- documents -----------------------------------------------------------------------------------------

    async def _document(self, step: Step, act: Act) -> None:
        """Ask for a document; with a key until somebody says yes or no, without one only once."""
        composed = await compose(self._scene, act, self._memory.mark(step.number), step.number)
        if composed is None:
            self._session.note(step, "skipped: what it is about is not there")
            return
        kind, values, expect = composed
        key = f"seed{self._scene.plan.seed}step{step.number}" if step.keyed else None
        body = json.dumps(values).encode()
        if isinstance(act, Spoil):
            key = "not a key" if act.how == "bad_key" else key
            body = body[: len(body) // 2] if act.how == "not_json" else body
        document = self._memory.document(step.number, kind, key, body, values, expect)
        await self._until_answered(document, step)
        if isinstance(act, Sell) and document.expect is Expect.REFUSE:
            document.expect = Expect.EITHER  # what it names may yet be made, and it be asked again
        self._brought(act, document)

    async def _until_answered(self, document: Document, step: Step) -> None:
        """Send until there is an answer; without a key only until it may have been done."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not await self._attempt(document, step):
            if step.manner is Manner.HALF or document.loose:
                if document.key is None:
                    return
                step = replace(step, manner=Manner.WHOLE) if step is not QUIET else step
            if time.monotonic() > give_up:
                raise Stuck(f"{document.mark}: no answer in {PATIENCE_SECONDS} seconds")
            await asyncio.sleep(PAUSE_SECONDS)

    async def _attempt(self, document: Document, step: Step) -> bool:
        """Send once, or twice at once; whether an answer said yes or no."""
        if step.manner is not Manner.TWICE:
            return await self._send(document, step, self._session.connection)
        other = Connection(self._scene.installation.port)
        try:
            both = (self._session.connection, other)
            return any(await asyncio.gather(*(self._send(document, step, one) for one in both)))
        finally:
            other.close()

    async def _send(self, document: Document, step: Step, connection: Connection) -> bool:
        before = document.sure
        request = Request("POST", document.path, _key(document), document.body)
        try:
            answer = await self._session.ask(step, request, connection)
        except NotSent:
            return False
        except Lost:
            document.loose += 1
            return False
        return self._judge(document, answer, before)

    def _judge(self, document: Document, answer: Answer, before: bool) -> bool:
        """Remember an answer and say what is wrong with it; whether it was a yes or a no."""
        if answer.status in (200, 201):
            document.acknowledged.append(answer)
            replayed = answer.headers.get("x-cuadra-replayed")
            if replayed != ("same-body" if answer.status == 200 else None) or (
                before and not replayed
            ):
                self._wrong(document, f"met again, and answered {answer.status} {replayed}")
            if document.expect is Expect.REFUSE:
                self._wrong(document, "accepted, and had to be refused")
            return True
        if 400 <= answer.status < 500:
            document.refused.append(answer)
            if document.expect is Expect.ACCEPT or before:
                self._wrong(document, f"refused without reason: {answer.body.decode()}")
            return True
        document.loose += 1
        return False

    async def _repeat(self, step: Step, repeat: Repeat, document: Document | None) -> None:
        """Send again what an earlier step sent, perhaps with another body under the same key."""
        if document is None or (repeat.differs and not document.sure):
            self._session.note(step, "skipped: nothing to repeat")
            return
        if not repeat.differs:
            await self._send(document, step, self._session.connection)
            return
        body = json.dumps(document.values | {"observations": f"{document.mark} other"}).encode()
        answer = await self._once(step, Request("POST", document.path, _key(document), body))
        if answer is None:
            return
        replayed = answer.headers.get("x-cuadra-replayed")
        if (answer.status, replayed) != (200, "body-differs"):
            told = f"{answer.status} {replayed} {answer.body.decode()}"
            self._wrong(document, f"met again with another body, and answered {told}")
        elif wrong := difference(document.path, document.acknowledged[0].body, answer.body):
            self._wrong(document, f"met again with another body: {wrong}")

    def _brought(self, act: Act, document: Document) -> None:
        """What an invoice with a whole customer made of that customer."""
        if not (isinstance(act, Sell) and act.inline):
            return
        customer = self._memory.entity("customers", act.customer)
        version = version_made(act.customer, document.step)
        if document.sure:
            customer.exists(version)
            customer.named_id = document.value["customer"]["id"]
        elif document.loose:
            customer.may_become(version)

    # --- customers and products ----------------------------------------------------------------------------

    async def _save(self, step: Step, save: Save) -> None:
        entity = self._memory.entity(save.kind, save.name)
        if save.replaces and entity.id is None:
            self._session.note(step, "skipped: nobody knows its id")
            return
        version = version_made(save.name, step.number)
        make = bodies.customer if save.kind == "customers" else bodies.product
        path = f"/v1/{save.kind}" + (f"/{entity.id}" if save.replaces else "")
        body = json.dumps(make(save.name, version)).encode()
        certain = entity.surely_there if save.replaces else entity.surely_absent
        impossible = save.replaces and entity.surely_absent
        answer = await self._change(
            step, Request("PUT" if save.replaces else "POST", path, {}, body), entity, version
        )
        if answer is None:
            return
        if answer.status in (200, 201):
            entity.became(version)
            entity.told.setdefault(version, []).append(answer)
            entity.created += answer.status == 201
            if impossible:
                self._wrong(entity, "replaced, though it was deleted")
        elif certain and save.name not in SHARED:
            self._wrong(entity, f"refused without reason: {answer.body.decode()}")

    async def _remove(self, step: Step, remove: Remove) -> None:
        entity = self._memory.entity(remove.kind, remove.name)
        if entity.id is None:
            self._session.note(step, "skipped: nobody knows its id")
            return
        request = Request("DELETE", f"/v1/{remove.kind}/{entity.id}", {})
        answer = await self._change(step, request, entity, None)
        if answer is None:
            return
        if answer.status == 200:
            entity.became(None)
        elif answer.status == 404 and entity.surely_there:
            self._wrong(entity, "gone, though nobody deleted it")

    async def _change(
        self, step: Step, request: Request, entity: Entity, version: int | None
    ) -> Answer | None:
        """Send once; None when nobody knows whether it was done, or when it surely was not. Raises `Stuck`."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            try:
                answer = await self._session.ask(step, request)
            except HalfSent:
                return None
            except NotSent:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            except Lost:
                entity.may_become(version)
                return None
            if answer.status < 500:
                return answer
            entity.may_become(version)
            return None
        raise Stuck(f"{request.path} could not be sent in {PATIENCE_SECONDS} seconds")

    # --- reading -------------------------------------------------------------------------------------------

    async def _look(self, step: Step, document: Document | None) -> None:
        """What was acknowledged is there, and is what was acknowledged."""
        if document is None or not document.sure:
            return
        path = f"{document.path}/{document.value['id']}"
        answer = await self._once(step, Request("GET", path, {}))
        if answer is None:
            return
        if answer.status != 200:
            self._wrong(document, f"acknowledged, and then {answer.status}")
        elif wrong := difference(document.path, document.acknowledged[0].body, answer.body):
            self._wrong(document, wrong)

    async def _list(self, step: Step, kind: str) -> None:
        """A list is one state of the books: without gaps, and with all that was acknowledged before."""
        path = f"/v1/{kind}"
        before = self._memory.acknowledged(path)
        answer = await self._once(step, Request("GET", f"{path}?page_size=100", {}))
        if answer is None or kind not in ("invoices", "vouchers", "journals"):
            return
        page = answer.value
        if page["pagination"]["total_results"] < before:
            self._memory.complain(f"list of {kind}: fewer than the {before} acknowledged before")
        for gap in gaps(page["results"]):
            self._memory.complain(f"list of {kind}: {gap}")

    async def _once(self, step: Step, request: Request) -> Answer | None:
        """An answer if there is one, for what need not be known."""
        try:
            answer = await self._session.ask(step, request)
        except (Lost, NotSent):
            return None
        return None if answer.status == 503 else answer

    def _wrong(self, what: Document | Entity, text: str) -> None:
        name = what.mark if isinstance(what, Document) else f"{what.kind} {what.name}"
        self._memory.complain(f"{name}: {text}")


def _key(document: Document) -> dict[str, str]:
    return {} if document.key is None else {"Idempotency-Key": document.key}
