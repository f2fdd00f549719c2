"""One student who does everything that changes a figure, through the front door, at random."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

START = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
END = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu")


class Student:
    """Acts by API and by page; remembers nothing but ids, so that what it sees comes from the application."""

    def __init__(self, client, csrf: str, random) -> None:
        self.client, self.csrf, self.random = client, csrf, random
        self.tasks: list[str] = []
        self.categories: list[str] = []
        self.slots: list[str] = []
        self.windows: list[str] = []
        self.undo: list[str] = []
        self.zone = "Europe/Berlin"

    def act(self) -> str:
        """Do one thing and return its name."""
        weights = {
            "add_task": 6, "add_slot": 4, "complete": 4, "reopen": 2, "cancel": 1, "delete_task": 1, "bring_back": 2,
            "change_slot": 3, "miss": 3, "delete_slot": 1, "add_window": 2, "delete_window": 1, "add_category": 1,
            "rename_category": 1, "delete_category": 1, "recategorise": 2, "change_zone": 1, "quick": 2,
        }  # fmt: skip
        name = self.random.choices(list(weights), list(weights.values()))[0]
        getattr(self, name)()
        return name

    def send(self, method: str, path: str, body=None, expect=(200, 201, 204, 409, 422)):
        headers = {"X-CSRFToken": self.csrf}
        answer = self.client.open("/api/v1" + path, method=method, json=body, headers=headers)
        assert answer.status_code in expect, (method, path, body, answer.status_code, answer.text)
        return json.loads(answer.data) if answer.data else {}

    def post_page(self, path: str, **form):
        answer = self.client.post(path, data={"csrf_token": self.csrf, **form}, headers={"HX-Request": "true"})
        assert answer.status_code in (200, 204, 404, 409, 422), (path, form, answer.status_code, answer.text[:500])
        trigger = json.loads(answer.headers.get("HX-Trigger", "{}"))
        if (trigger.get("toast") or {}).get("undo"):
            self.undo.append(trigger["toast"]["undo"])

    def span(self) -> dict[str, str]:
        start = START + timedelta(minutes=self.random.randrange(int((END - START) / timedelta(minutes=1)) + 3000))
        length = self.random.choice([1, 15, 30, 45, 60, 90, 120, 600, 1440])
        return {"starts_at": _text(start), "ends_at": _text(start + timedelta(minutes=length))}

    def pick(self, things: list[str]) -> str | None:
        return self.random.choice(things) if things else None

    def add_category(self):
        made = self.send("POST", "/categories", {"name": f"Category {self.random.randrange(1000)}"})
        if "id" in made:
            self.categories.append(made["id"])

    def rename_category(self):
        if key := self.pick(self.categories):
            self.send("PUT", f"/categories/{key}", {"name": f"Renamed {self.random.randrange(1000)}"}, (200, 404, 422))

    def delete_category(self):
        if key := self.pick(self.categories):
            self.send("DELETE", f"/categories/{key}", expect=(200, 204, 404))

    def add_task(self):
        body = {
            "title": f"Task {len(self.tasks)}",
            "priority": self.random.choice(["low", "medium", "high"]),
            "slots": [self.span() for _ in range(self.random.randrange(3))],
        }
        if self.categories and self.random.random() < 0.7:
            body["category_id"] = self.pick(self.categories)
        made = self.send("POST", "/tasks", body, (201, 404, 422))
        if "id" in made:
            self.tasks.append(made["id"])
            self.slots += [slot["id"] for slot in made["slots"]]

    def quick(self):
        text = self.random.choice(["Maths yesterday 16:00 1h", "Read today 7-8:30", "Essay tomorrow 23:30 1h !high"])
        self.post_page("/planner/quick", text=text)

    def recategorise(self):
        if key := self.pick(self.tasks):
            choice = self.random.choice([*self.categories, None])
            self.send("PUT", f"/tasks/{key}", {"category_id": choice}, (200, 404, 422))

    def add_slot(self):
        if key := self.pick(self.tasks):
            made = self.send("POST", f"/tasks/{key}/slots", self.span(), (201, 404, 409, 422))
            if "id" in made:
                self.slots.append(made["id"])

    def change_slot(self):
        if key := self.pick(self.slots):
            self.send("PUT", f"/slots/{key}", self.span(), (200, 404, 409, 422))

    def miss(self):
        if key := self.pick(self.slots):
            self.send("PUT", f"/slots/{key}", {"missed": self.random.random() < 0.6}, (200, 404, 409))

    def delete_slot(self):
        if key := self.pick(self.slots):
            self.post_page(f"/slots/{key}/delete")

    def complete(self):
        if key := self.pick(self.tasks):
            self.send("POST", f"/tasks/{key}/complete", {}, (200, 404, 409))

    def reopen(self):
        if key := self.pick(self.tasks):
            self.send("POST", f"/tasks/{key}/reopen", {}, (200, 404, 409))

    def cancel(self):
        if key := self.pick(self.tasks):
            self.send("POST", f"/tasks/{key}/cancel", {}, (200, 404, 409))

    def delete_task(self):
        if key := self.pick(self.tasks):
            self.post_page(f"/tasks/{key}/delete")

    def bring_back(self):
        if self.undo:
            self.post_page(self.undo.pop(self.random.randrange(len(self.undo))))

    def add_window(self):
        made = self.send("POST", "/focus-windows", self.span(), (201, 422))
        if "id" in made:
            self.windows.append(made["id"])

    def delete_window(self):
        if key := self.pick(self.windows):
            self.send("DELETE", f"/focus-windows/{key}", expect=(200, 204, 404))

    def change_zone(self):
        zone = self.random.choice(ZONES)
        form = {"first_name": "Some", "last_name": "One", "time_zone": zone}
        self.post_page("/account", **form)
        self.zone = zone


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
