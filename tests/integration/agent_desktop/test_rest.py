"""The REST API over real HTTP, an SQLite file and the fake floor."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from acd import commands as c
from acd.ids import AgentId, CallId, OfferId
from acd.reasons import EndReason
from agent_desktop.server.access import ROUTES
from agent_desktop.server.ports import IceServer, StrangerFacts, TrunkFacts, Unavailable
from crm_core.domain.party import Party
from tests.fakes.backend import FakeCall
from tests.integration.agent_desktop.conftest import Start
from tests.integration.agent_desktop.desk import NINE, Browser, Desk

pytestmark = pytest.mark.integration

NANCY = {"name": "Nancy Miller", "phone": "+1 202 555 0143", "email": "nancy@example.org"}


async def in_call(desk: Desk, agent: str = "ana") -> str:
    """Bring the agent into a call."""
    for command in (c.LogIn(agent=AgentId(agent)), c.GoReady(agent=AgentId(agent))):
        await desk.backend.ask(command)
    offer = desk.backend.offer(agent, FakeCall("c1", "+12025550143", "sales", NINE))
    await desk.backend.ask(c.AcceptOffer(offer=OfferId(offer)))
    return "c1"


async def made(browser: Browser, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await browser.ask("POST", path, body)
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


async def test_a_party_is_made_found_shown_and_changed(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        assert {one["value"] for one in party["contact_points"]} == {
            "+12025550143",
            "nancy@example.org",
        }
        for query in ("nancy", "2025550143", "nancy@example.org", party["number"]):
            found = await ana.ask("GET", f"/api/parties?q={query}")
            assert [one["id"] for one in found.json["items"]] == [party["id"]], query
        change = {"version": party["version"], "tier": "gold", "add_phone": "+12025550199"}
        changed = await ana.ask("PATCH", f"/api/parties/{party['id']}", change)
        assert changed.json["tier"] == "gold"
        assert len(changed.json["contact_points"]) == 3
        shown = await ana.ask("GET", f"/api/parties/{party['id']}")
        assert shown.json == changed.json


@pytest.mark.parametrize("name", ["Nancy\x00Miller", "Nancy\nMiller", "\x1b[31mNancy", "a\x85b"])
async def test_a_name_that_would_command_somebodys_screen_is_refused(
    start: Start, name: str
) -> None:
    async with start() as desk:
        answer = await (await desk.signed_in("ana")).ask("POST", "/api/parties", {"name": name})
        assert (answer.status, answer.code) == (422, "invalid")
        assert "control characters" in answer.json["errors"][0]["message"]


async def test_a_stale_change_is_refused(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        path, change = f"/api/parties/{party['id']}", {"version": 1, "city": "Boston"}
        assert (await ana.ask("PATCH", path, change)).status == 200
        again = await ana.ask("PATCH", path, change)
        assert again.status == 409
        assert again.code == "stale"


async def test_a_change_can_be_taken_back_even_to_no_language(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        path = f"/api/parties/{party['id']}"
        new = {"name": "Nancy Mill", "language": "fa", "city": "Boston", "tier": "vip"}
        changed = await ana.ask("PATCH", path, {"version": party["version"], **new})
        assert {key: changed.json[key] for key in new} == new
        old = {key: party[key] for key in new}
        assert (old["language"], old["city"]) == ("", "")
        undone = await ana.ask("PATCH", path, {"version": changed.json["version"], **old})
        assert {**undone.json, "version": 0} == {**party, "version": 0}


async def test_a_customer_may_speak_any_language_and_none_that_does_not_exist(
    start: Start,
) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", {**NANCY, "language": "de_at"})
        assert party["language"] == "de-AT"
        path = f"/api/parties/{party['id']}"
        for wrong in ("gibberish", "xx", "de-", "\u200cfa", "en" * 30):
            change = {"version": party["version"], "language": wrong}
            answer = await ana.ask("PATCH", path, change)
            assert (answer.status, answer.code) == (422, "invalid"), wrong
        change = {"version": party["version"], "language": "zh-hant-tw"}
        assert (await ana.ask("PATCH", path, change)).json["language"] == "zh-Hant-TW"


async def test_a_renamed_customer_is_not_found_by_the_parts_of_the_old_name(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        async with desk.database.work() as work:
            party = await work.parties.add(
                Party(display_name="Grace Holloway", given_name="Grace", family_name="Holloway")
            )
            await work.commit()

        answer = await ana.ask(
            "PATCH", f"/api/parties/{party.id}", {"version": 1, "name": "Grace Underhill"}
        )

        assert answer.status == 200
        hits = {"holloway": 0, "grace": 1, "underhill": 1}
        for q, count in hits.items():
            assert len((await ana.ask("GET", f"/api/parties?q={q}")).json["items"]) == count, q


async def test_a_field_that_is_not_accepted_is_named(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        path = f"/api/parties/{party['id']}"
        for field, value in (("name", "  "), ("city", "x" * 101), ("tier", "tin")):
            refused = await ana.ask("PATCH", path, {"version": 1, field: value})
            assert (refused.status, refused.code) == (422, "invalid")
            assert [one["field"].split(".")[0] for one in refused.json["errors"]] == [field]


async def test_a_number_that_cannot_be_one_is_refused_with_the_remedy(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        answer = await ana.ask("POST", "/api/parties", {"name": "X", "phone": "12"})
        assert answer.status == 422
        assert answer.code == "bad_value"
        assert "country" in answer.json["detail"]


async def test_found_parties_come_in_pages_without_gaps_or_repeats(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        for at in range(7):
            await made(
                ana, "/api/parties", {"name": f"Page {at} Turner", "phone": f"20255501{at:02d}"}
            )
        for q in ("turner", "202555"):
            whole = (await ana.ask("GET", f"/api/parties?q={q}&limit=100")).json
            assert (len(whole["items"]), whole["next"]) == (7, "")
            seen: list[dict[str, Any]] = []
            sizes, after = [], ""
            while True:
                page = (await ana.ask("GET", f"/api/parties?q={q}&limit=3&after={after}")).json
                seen += page["items"]
                sizes.append(len(page["items"]))
                after = page["next"]
                if not after:
                    break
            assert sizes == [3, 3, 1]
            assert seen == whole["items"]
        full = (await ana.ask("GET", "/api/parties?q=turner&limit=7")).json
        assert (len(full["items"]), full["next"]) == (7, "")


@pytest.mark.parametrize("after", ["x", "0", "-1", "1.5", "٣", "1000", "999999999999", "3%20"])
async def test_a_cursor_that_is_not_ours_is_refused(start: Start, after: str) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        answer = await ana.ask("GET", f"/api/parties?q=turner&after={after}")
        assert (answer.status, answer.code) == (422, "bad_cursor")


async def test_a_customer_is_not_left_out_when_one_before_goes(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        for at in range(5):
            await made(ana, "/api/parties", {"name": f"Page {at} Turner"})
        first = (await ana.ask("GET", "/api/parties?q=turner&limit=3")).json
        async with desk.database.work() as work:
            gone = await work.parties.get(first["items"][0]["id"])
            await work.parties.save(replace(gone, deleted_at=NINE))
            await work.commit()
        last = (await ana.ask("GET", f"/api/parties?q=turner&limit=3&after={first['next']}")).json
        names = [one["name"] for page in (first, last) for one in page["items"]]
        assert names == [f"Page {at} Turner" for at in range(5)]
        assert last["next"] == ""


async def test_what_is_not_there_is_a_404_with_a_code(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        for path in (
            f"/api/parties/{uuid4()}",
            f"/api/parties/{uuid4()}/timeline",
            "/api/calls/none",
            "/api/calls/none/why",
            "/api/nothing",
        ):
            answer = await ana.ask("GET", path)
            assert (answer.status, answer.code) == (404, "not_found"), path
        assert (await ana.ask("GET", "/api/parties/no-uuid")).code == "invalid"
        assert (await ana.ask("POST", "/api/health", {})).code == "method_not_allowed"


async def test_views_and_changes_of_personal_data_are_in_the_audit_log(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        for part in ("", "/timeline", "/cases", "/orders"):
            assert (await ana.ask("GET", f"/api/parties/{party['id']}{part}")).status == 200
        async with desk.database.work() as work:
            lines = await work.audit.by("ana")
        done = {(line.action, line.entity) for line in lines}
        assert {
            ("created", "party"),
            ("viewed", "party"),
            ("viewed", "timeline"),
            ("viewed", "cases"),
            ("viewed", "orders"),
        } <= done


async def test_a_search_for_somebody_to_ring_in_as_is_in_the_audit_log(start: Start) -> None:
    async with start() as desk:
        ana, guest = await desk.signed_in("ana"), desk.browser()
        nancy = await made(ana, "/api/parties", NANCY)
        found = await guest.ask("GET", "/api/demo/callers?q=nancy")
        assert [one["name"] for one in found.json["items"]] == [NANCY["name"]]
        async with desk.database.work() as work:
            (line,) = await work.audit.by("demo")
        assert (line.action, line.entity) == ("searched", "party")
        assert line.details == {"shown": [nancy["id"]]}


async def test_the_audit_log_says_whose_data_a_search_showed(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        nancy = await made(ana, "/api/parties", NANCY)
        assert (await ana.ask("GET", "/api/parties?q=nancy")).status == 200
        async with desk.database.work() as work:
            line = (await work.audit.by("ana"))[0]
        assert (line.action, line.details) == ("searched", {"shown": [nancy["id"]]})


async def test_a_case_moves_along_its_edges_only(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        case = await made(ana, "/api/cases", {"party_id": party["id"], "subject": "Broken"})
        path = f"/api/cases/{case['id']}"
        assert case["state"] == "new"
        assert case["moves"] == ["open"]
        refused = await ana.ask("PATCH", path, {"version": 1, "move": "close"})
        assert (refused.status, refused.code) == (409, "illegal_move")
        opened = await ana.ask("PATCH", path, {"version": 1, "move": "open", "priority": "urgent"})
        assert (opened.json["state"], opened.json["priority"]) == ("open", "urgent")
        listed = await ana.ask("GET", f"/api/parties/{party['id']}/cases")
        assert [one["id"] for one in listed.json["items"]] == [case["id"]]


async def test_the_timeline_comes_in_pages_without_gaps_or_repeats(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        party = await made(ana, "/api/parties", NANCY)
        for number in range(5):
            await made(ana, "/api/cases", {"party_id": party["id"], "subject": f"Case {number}"})
        path, seen, before = f"/api/parties/{party['id']}/timeline?limit=2", [], ""
        while True:
            page = await ana.ask("GET", f"{path}&before={before.replace('+', '%2B')}")
            assert page.status == 200, page.text
            seen += [one["summary"] for one in page.json["items"]]
            before = page.json["next"]
            if not before:
                break
        assert sorted(seen) == [f"Case {number}" for number in range(5)]
        assert (await ana.ask("GET", f"{path}&before=tomorrow")).code == "bad_cursor"


async def test_an_agent_sees_her_own_call_and_a_supervisor_all(start: Start) -> None:
    async with start() as desk:
        ana, ben, sam = [await desk.signed_in(user) for user in ("ana", "ben", "sam")]
        call = await in_call(desk)
        for path in (f"/api/calls/{call}", f"/api/calls/{call}/why"):
            assert (await ana.ask("GET", path)).status == 200
            assert (await sam.ask("GET", path)).status == 200
            assert (await ben.ask("GET", path)).status == 404
        why = await sam.ask("GET", f"/api/calls/{call}/why")
        assert why.json["offers"][0]["agent"] == "ana"
        assert why.json["offers"][0]["lines"][0]["chosen"] is True


async def test_the_note_and_the_party_of_a_call_are_its_agents_to_write(start: Start) -> None:
    async with start() as desk:
        ana, ben = await desk.signed_in("ana"), await desk.signed_in("ben")
        call = await in_call(desk)
        assert (await ana.ask("PUT", f"/api/calls/{call}/draft", {"note": "hi"})).status == 200
        assert desk.backend.calls[call].note == "hi"
        chosen = await ana.ask("POST", f"/api/calls/{call}/party", {"new": NANCY})
        assert desk.backend.calls[call].party_id == chosen.json["party_id"]
        existing = {"party_id": chosen.json["party_id"]}
        assert (await ana.ask("POST", f"/api/calls/{call}/party", existing)).status == 200
        for body in ({}, {**existing, "new": NANCY}):
            assert (await ana.ask("POST", f"/api/calls/{call}/party", body)).code == "invalid"
        refused = await ben.ask("PUT", f"/api/calls/{call}/draft", {"note": "mine"})
        assert (refused.status, refused.code) == (409, "not_your_call")
        assert (await ben.ask("POST", f"/api/calls/{call}/party", existing)).status == 409


async def test_a_known_customer_may_keep_the_number_she_calls_from(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        nancy = await made(ana, "/api/parties", {**NANCY, "phone": "+1 202 555 0199"})
        call, path = await in_call(desk), f"/api/parties/{nancy['id']}"
        for keep, numbers in ((False, 1), (True, 2), (True, 2)):
            body = {"party_id": nancy["id"], "keep_number": keep}
            assert (await ana.ask("POST", f"/api/calls/{call}/party", body)).status == 200
            points = (await ana.ask("GET", path)).json["contact_points"]
            phones = {one["value"] for one in points if one["kind"] == "phone"}
            assert len(phones) == numbers
        assert phones == {"+12025550199", desk.backend.calls[call].ani}

        live = desk.backend.calls
        live[CallId(call)] = replace(live[CallId(call)], ani="")  # withheld
        refused = await ana.ask("POST", f"/api/calls/{call}/party", body)
        assert (refused.status, refused.code) == (422, "bad_value")


async def test_wrap_up_is_checked_and_handed_to_the_floor(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        call = await in_call(desk)
        path, form = f"/api/calls/{call}/wrap-up", {"disposition": "resolved", "note": "done"}
        assert (await ana.ask("POST", path, form)).code == "not_your_call"
        await desk.backend.ask(c.EndCall(call=CallId(call), why=EndReason.CALLER_HUNG_UP))
        for bad, code in (
            ({"disposition": "made_up"}, "unknown_disposition"),
            ({"disposition": "resolved", "follow_up": "callback"}, "invalid"),
            ({"disposition": "resolved", "follow_up": "case"}, "invalid"),
            ({"disposition": "resolved", "due_at": "2026-03-02T09:00:00"}, "invalid"),
        ):
            assert (await ana.ask("POST", path, bad)).code == code, bad
        due = {"follow_up": "callback", "due_at": "2026-03-03T09:00:00Z"}
        assert (await ana.ask("POST", path, {**form, **due})).status == 200
        assert desk.backend.wrap_ups[0].disposition == "resolved"
        assert desk.backend.agents["ana"].state == "ready"


async def test_every_disposition_is_listed_with_its_catalogue_key(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        items = (await ana.ask("GET", "/api/dispositions")).json["items"]
        assert {"code": "resolved", "label_key": "disposition.resolved", "follow_up": ""} in items


async def test_names_are_told_in_every_language_to_who_is_signed_in(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        names = (await ana.ask("GET", "/api/names")).json
        assert names["queues"]["sales"] == {"en": "Sales", "zh": "Sales-zh", "fa": "Sales-fa"}
        assert names["skills"]["billing"]["zh"] == "账单"
        assert names["numbers"]["1000"]["fa"] == "خط اصلی"
        guest = desk.browser()
        assert (await guest.ask("GET", "/api/names")).status == 401
        (main, _) = (await guest.ask("GET", "/api/demo/numbers")).json["items"]
        assert main["labels"] == {"en": "Main number", "zh": "总机", "fa": "خط اصلی"}


async def test_the_agents_phone_is_issued_and_telephony_away_is_a_503(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        phone = await made(ana, "/api/phone", {})
        assert (phone["sip_user"], phone["ws_path"]) == ("agent-ana", "/sip")

        async def away(agent: AgentId) -> None:
            raise Unavailable("Asterisk does not answer; it will be tried again")

        desk.backend.issue_phone = away  # type: ignore[method-assign,assignment]
        answer = await ana.ask("POST", "/api/phone", {})
        assert (answer.status, answer.code) == (503, "unavailable")


async def test_phones_are_told_of_stun_and_turn_servers(start: Start) -> None:
    stun, turn = "stun:stun.example.org:3478", "turn:turn.example.org:3478?transport=udp"
    async with start() as desk:
        desk.backend.ice_servers = (
            IceServer(urls=(stun,)),
            IceServer(urls=(turn,), username="1700000000:agent-ana", credential="proof"),
        )
        told = [
            {"urls": [stun], "username": "", "credential": ""},
            {"urls": [turn], "username": "1700000000:agent-ana", "credential": "proof"},
        ]
        ana = await desk.signed_in("ana")
        assert (await made(ana, "/api/phone", {}))["ice_servers"] == told
        guest = desk.browser()
        assert (await made(guest, "/api/demo/caller", {"number": ""}))["ice_servers"] == told


async def test_the_demo_is_only_there_in_the_demo(start: Start) -> None:
    async with start() as desk:
        ana = await desk.signed_in("ana")
        await made(ana, "/api/parties", NANCY)
        guest = desk.browser()
        assert (await guest.ask("GET", "/api/demo/numbers")).json["items"][0]["number"] == "1000"
        callers = (await guest.ask("GET", "/api/demo/callers?q=nancy")).json["items"]
        assert callers[0]["number"] == "+12025550143"
        assert (await guest.ask("POST", "/api/demo/caller", {"number": "x"})).code == "bad_value"
        phone = await made(guest, "/api/demo/caller", {"number": callers[0]["number"]})
        assert phone["sip_user"] == "caller-1"
        desk.backend.numbers = ()
        for method, path in (
            ("GET", "/api/demo/numbers"),
            ("GET", "/api/demo/callers"),
            ("POST", "/api/demo/caller"),
        ):
            body: Any = {} if method == "POST" else None
            assert (await guest.ask(method, path, body)).status == 404


async def test_health_names_the_component_that_is_not_well(start: Start) -> None:
    async with start() as desk:
        guest = desk.browser()
        assert (await guest.ask("GET", "/api/health")).json["status"] == "ok"
        desk.backend.components["telephony"] = "no answer for 5 s"
        sick = await guest.ask("GET", "/api/health")
        assert sick.status == 503
        assert sick.json["components"]["telephony"] == "no answer for 5 s"


async def test_readiness_turns_red_while_calls_end_and_health_stays_green(start: Start) -> None:
    async with start() as desk:
        guest = desk.browser()
        assert (await guest.ask("GET", "/api/ready")).json == {"status": "ready"}
        desk.backend.draining = True
        ready, health = [await guest.ask("GET", f"/api/{one}") for one in ("ready", "health")]
        assert (ready.status, ready.json) == (503, {"status": "draining"})
        assert (health.status, health.json["status"]) == (200, "draining")


async def test_a_carrier_that_is_away_is_no_reason_to_go_elsewhere(start: Start) -> None:
    async with start() as desk:
        guest = desk.browser()
        desk.backend.components["trunks"] = "1 of 2 down"
        assert (await guest.ask("GET", "/api/health")).status == 503
        assert (await guest.ask("GET", "/api/ready")).status == 200
        desk.backend.components["database"] = "storage_unavailable"
        ready = await guest.ask("GET", "/api/ready")
        assert (ready.status, ready.json) == (503, {"status": "degraded"})


async def test_who_operates_sees_the_trunks_and_who_was_turned_away(start: Start) -> None:
    async with start() as desk:
        desk.backend.trunk_facts = [
            TrunkFacts(
                id="carrier", state="unregistered", since=NINE, cause="credentials",
                refused_numbers=3, refused_accounts=0, last_dialled="+4930555999",
            )
        ]  # fmt: skip
        desk.backend.stranger_facts = [StrangerFacts(address="::1", messages=2, last=NINE)]
        root, ana = await desk.signed_in("root"), await desk.signed_in("ana")
        seen = (await root.ask("GET", "/api/trunks")).json
        assert seen["trunks"][0]["cause"] == "credentials"
        assert seen["trunks"][0]["last_dialled"] == "+4930555999"
        assert seen["strangers"][0]["address"] == "::1"
        assert (await ana.ask("GET", "/api/trunks")).code == "not_allowed"


async def test_a_marketer_may_not_look_at_parties_nor_an_admin_at_calls(start: Start) -> None:
    async with start() as desk:
        max_, root = await desk.signed_in("max"), await desk.signed_in("root")
        assert (await max_.ask("GET", "/api/parties?q=x")).code == "not_allowed"
        assert (await root.ask("GET", "/api/calls/c1")).code == "not_allowed"
        assert (await root.ask("POST", "/api/phone", {})).code == "not_allowed"


async def test_no_route_lets_a_stranger_in_that_the_table_does_not_open(start: Start) -> None:
    async with start() as desk:
        guest = desk.browser()
        for (method, route), roles in ROUTES.items():
            if "*" in roles or route in ("/ws", "/sip"):
                continue
            proxied = {"X-Forwarded-For": "192.0.2.1"}  # else we are the operator's own programs
            path = route
            for thing in ("party", "case", "contact", "task"):
                path = path.replace(f"{{{thing}}}", str(uuid4()))
            body: Any = None if method in ("GET", "DELETE") else {}
            path = path.replace("{call}", "c1").replace("{session}", "0" * 16)
            answer = await guest.ask(method, path, body, headers=proxied)
            assert answer.status == 401, f"{method} {route}"


async def test_figures_are_for_admins_and_for_programs_on_this_machine(start: Start) -> None:
    async with start() as desk:
        local = await desk.browser().ask("GET", "/metrics")
        assert (local.status, local.text) == (200, "parley_up 1\n")
        assert local.headers["Content-Type"].startswith("text/plain; version=0.0.4")

        afar = {"X-Forwarded-For": "192.0.2.1"}
        agent, admin = await desk.signed_in("ana"), await desk.signed_in("root")
        assert (await desk.browser().ask("GET", "/metrics", headers=afar)).status == 401
        assert (await agent.ask("GET", "/metrics", headers=afar)).code == "not_allowed"
        assert (await admin.ask("GET", "/metrics", headers=afar)).status == 200


async def test_browsers_are_held_to_https_only_where_it_is_served(start: Start) -> None:
    async with start() as plain:
        headers = (await plain.browser().ask("GET", "/api/health")).headers
        assert "Strict-Transport-Security" not in headers
    async with start(tls=True) as secure:
        for path in ("/api/health", "/api/nothing", "/"):
            headers = (await secure.browser().ask("GET", path)).headers
            assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


async def test_every_answer_carries_the_security_headers(start: Start) -> None:
    async with start() as desk:
        guest = desk.browser()
        for path in ("/api/health", "/api/nothing", "/api/docs", "/"):
            headers = (await guest.ask("GET", path)).headers
            policy = headers["Content-Security-Policy"]
            assert "script-src 'self';" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert "microphone=(self)" in headers["Permissions-Policy"]
            assert "Server" not in headers


async def test_the_document_and_its_page_come_from_here_alone(start: Start) -> None:
    async with start() as desk:
        guest = desk.browser()
        spec = (await guest.ask("GET", "/api/openapi.json")).json
        assert spec["openapi"].startswith("3.")
        assert "/api/calls/{call}/why" in spec["paths"]
        page = await guest.ask("GET", "/api/docs")
        assert page.headers["Content-Type"].startswith("text/html")
        for name in ("docs.js", "docs.css"):
            part = await guest.ask("GET", f"/api/docs/{name}")
            assert part.status == 200
            assert "http://" not in part.text
            assert "https://" not in part.text
        assert (await guest.ask("GET", "/api/docs/secrets.txt")).status == 404


async def test_pages_hashed_assets_and_index(start: Start, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html>the page")
    (dist / "assets" / "main-1a2b.js").write_text("run()")
    (tmp_path / "secret.txt").write_text("secret")
    async with start(web_dist=dist) as desk:
        guest = desk.browser()
        for path in ("/", "/wallboard", "/customers/7", "/..%2fsecret.txt"):
            page = await guest.ask("GET", path)
            assert page.text == "<!doctype html>the page", path
            assert page.headers["Cache-Control"] == "no-cache"
        asset = await guest.ask("GET", "/assets/main-1a2b.js")
        assert "immutable" in asset.headers["Cache-Control"]
        assert (await guest.ask("GET", "/assets/main-old.js")).code == "not_found"


async def test_pages_that_are_not_built_are_told_with_the_remedy(
    start: Start, tmp_path: Path
) -> None:
    async with start(web_dist=tmp_path / "none") as desk:
        answer = await desk.browser().ask("GET", "/")
        assert answer.status == 503
        assert "run parley up --prepare-only" in answer.json["detail"]
