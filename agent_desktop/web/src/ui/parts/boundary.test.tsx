import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stage } from "../testing/stage.tsx";
import { Boundary } from "./Boundary.tsx";

beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const Broken = () => {
  throw new Error("its code is not there any more");
};

describe("a part of the page that fails", () => {
  it("leaves the others and the phone alone, and says what to do", async () => {
    const { phone } = await stage(
      <>
        <Boundary>
          <Broken />
        </Boundary>
        <Boundary>
          <p>the dock</p>
        </Boundary>
      </>,
    );
    expect(screen.getByText(/This part of the page has failed/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Reload the page" })).toBeTruthy();
    expect(screen.getByText("the dock")).toBeTruthy();
    expect(phone.state.get().line).toBe("ready");
  });
});
