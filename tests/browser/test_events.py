"""The module with which pages send events: in batches, again where that failed, each counted once."""

from __future__ import annotations

from playwright.sync_api import expect

SEND = """async (names) => {
  const { tracker } = await import("/static/js/lib/events.js");
  const events = tracker({ everyMs: 3600000 });
  for (const name of names) events.track("custom", name, { panel: "help" });
  for (let time = 0; time < 3; time++) await events.flush();
  await events.stop();
}"""


def test_what_a_page_tracks_arrives_once_though_it_was_refused_before(visit):
    page = visit("manager").new_page()
    page.goto("/admin/events")
    answers = [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 503}]
    asked = []

    def answer(route):
        asked.append(route.request.post_data_json["events"])
        route.fulfill(**answers.pop(0)) if answers else route.continue_()

    page.route("**/events/batch-track", answer)
    page.evaluate(SEND, ["panel opened", "panel closed"])
    assert [[event["name"] for event in events] for events in asked] == [["panel opened", "panel closed"]] * 3
    page.goto("/admin/events?type=custom")
    shown = page.get_by_role("region", name="Newest events")
    expect(shown.get_by_text("panel opened")).to_have_count(1)
    expect(shown.get_by_text("panel closed")).to_have_count(1)


def test_it_waits_for_as_long_as_the_answer_says(visit):
    page = visit("manager").new_page()
    page.goto("/admin/events")
    asked = []

    def answer(route):
        asked.append(route.request)
        route.fulfill(status=429, headers={"Retry-After": "600"})

    page.route("**/events/batch-track", answer)
    page.evaluate(SEND, ["too much"])
    assert len(asked) == 1
