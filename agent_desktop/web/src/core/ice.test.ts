import { describe, expect, it } from "vitest";
import { accountOf } from "./desktop.ts";
import { hasRelay, iceServersOf } from "./ice.ts";

const STUN = { urls: ["stun:stun.example.org:3478"], username: "", credential: "" };
const TURN = {
  urls: ["turn:turn.example.org:3478", "turns:turn.example.org:5349"],
  username: "1700000000:agent-ana",
  credential: "proof",
};

describe("STUN and TURN servers", () => {
  it("go to the browser with credentials only where there are some", () => {
    expect(iceServersOf([STUN, TURN])).toEqual([{ urls: STUN.urls }, TURN]);
  });

  it("reach the account that agents' phones and the caller page are started with", () => {
    const account = accountOf({
      sip_user: "agent-ana",
      password: "x",
      domain: "parley",
      display_name: "Ana",
      ws_path: "/sip",
      ice_servers: [STUN, TURN],
    });
    expect(account.iceServers).toEqual([{ urls: STUN.urls }, TURN]);
  });

  it("are told apart by whether they pass sound on", () => {
    expect(hasRelay([])).toBe(false);
    expect(hasRelay(iceServersOf([STUN]))).toBe(false);
    expect(hasRelay(iceServersOf([STUN, TURN]))).toBe(true);
    expect(hasRelay([{ urls: "turn:turn.example.org" }])).toBe(true);
  });
});
