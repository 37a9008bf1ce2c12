"""The API as an officer's pages of one case find it."""

import json
from datetime import date
from typing import Any

from aiohttp import web

from libs.contracts.cases import CaseInQueue, CaseQueue, CaseView
from tests.libs.pages.running import Play
from tests.libs.pages.scenes import service
from tests.services.desk.cases.scenes import AT, CASE, STEP
from tests.services.desk.counter.running import answer
from tests.services.desk.running import refused


class Office:
    """The API as an officer's page finds it."""

    def __init__(self, shown: CaseView, *, problem: str = "") -> None:
        self.shown = shown
        self.problem = problem
        self.acts: list[dict[str, Any]] = []
        self.assigned: list[dict[str, Any]] = []
        self.released = 0

    def play(self) -> Play:
        """Return the API."""

        async def play(request: web.BaseRequest) -> web.StreamResponse:
            text = (await request.read()).decode()
            if request.path == "/v1/staff/login":
                tokens = {"access_token": "a", "refresh_token": "r" * 64, "expires_in_s": 900}
                return web.json_response({**tokens, "device_token": "d", "roles": ["officer"]})
            if request.path == f"/v1/cases/{CASE}/assignment" and request.method == "DELETE":
                self.released += 1
                return web.Response(status=204)
            if request.path == f"/v1/cases/{CASE}/assignment":
                self.assigned.append(json.loads(text))
                return web.json_response({"assigned_until": AT.isoformat()})
            if request.path == f"/v1/cases/{CASE}/acts" and not self.problem:
                self.acts.append(json.loads(text))
            return self._answer(request.path)

        return play

    def _answer(self, path: str) -> web.Response:
        if self.problem and path in {"/v1/cases", f"/v1/cases/{CASE}/acts"}:
            return refused(self.problem)
        count = {"duty": "secretary", "waiting": 128, "mine": 4, "due_today": 6, "overdue": 2}
        acted = {"revision": 4, "status": "open", "step": STEP.model_dump()}
        row = CaseInQueue(
            case_id=CASE,
            duty="secretary",
            tracking_number=self.shown.tracking_number,
            public_service_id="S001",
            workflow_name=self.shown.workflow_name,
            step=STEP,
            due_on=date(2026, 12, 1),
            is_due_sourced=True,
            is_overdue=False,
            came_at=AT,
            is_mine=False,
        )
        answers = {
            "/v1/services/S001": service("S001").model_dump_json(),
            "/v1/cases/counts": json.dumps({"items": [count]}),
            "/v1/cases": CaseQueue(items=[row]).model_dump_json(),
            f"/v1/cases/{CASE}": self.shown.model_dump_json(),
            f"/v1/cases/{CASE}/acts": json.dumps(acted),
        }
        return answer(answers[path]) if path in answers else refused("not_found")
