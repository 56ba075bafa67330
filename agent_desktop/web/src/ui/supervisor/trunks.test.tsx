import { cleanup, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { stage } from "../testing/stage.tsx";
import TrunksPage, { TrunkTrouble } from "./Trunks.tsx";

const DOWN = {
  id: "carrier",
  state: "unregistered",
  since: "2026-11-22T09:00:00Z",
  cause: "credentials",
  refused_numbers: 3,
  refused_accounts: 0,
  last_dialled: "+4930555999",
};
const UP = {
  ...DOWN,
  id: "other",
  state: "registered",
  cause: "",
  refused_numbers: 0,
  last_dialled: "",
};
const STRANGER = { address: "198.51.100.7", messages: 4, last: "2026-11-22T09:00:00Z" };
const answers = { "GET /api/trunks": { trunks: [DOWN, UP], strangers: [STRANGER] } };

afterEach(cleanup);

describe("the trunks", () => {
  it.each([
    ["en", "Not registered", "user or password refused"],
    ["zh", "未注册", "用户名或密码被拒绝"],
    ["fa", "ثبت نشده", "نام کاربری یا گذرواژه پذیرفته نشد"],
  ] as const)(
    "say in %s what is wrong and which number was dialled in vain",
    async (language, state, cause) => {
      await stage(<TrunksPage />, { language, roles: ["admin"], answers });

      expect(await screen.findByText(state)).toBeTruthy();
      expect(screen.getByText(new RegExp(cause))).toBeTruthy();
      expect(screen.getByText("+4930555999")).toBeTruthy();
      expect(screen.getByText("198.51.100.7")).toBeTruthy();
    },
  );

  it("are shown on the floor's page only when somebody should see to them", async () => {
    await stage(<TrunkTrouble />, { roles: ["supervisor"], answers });

    expect(await screen.findByText("carrier")).toBeTruthy();
    expect(screen.queryByText("other")).toBeNull();
  });

  it("say that there is none", async () => {
    const none = { "GET /api/trunks": { trunks: [], strangers: [] } };
    await stage(<TrunksPage />, { roles: ["admin"], answers: none });

    expect(await screen.findByText(/No trunk/)).toBeTruthy();
  });
});
