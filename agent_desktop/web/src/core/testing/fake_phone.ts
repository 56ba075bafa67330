/** A phone that does nothing by itself and remembers what it was asked. */
import { Observable } from "../observable.ts";
import { PHONE_OFF, type Phone, type PhoneEvent, type PhoneState, phoneAfter } from "../phone.ts";

export class FakePhone implements Phone {
  readonly state = new Observable<PhoneState>(PHONE_OFF);
  readonly done: string[] = [];
  tell(event: PhoneEvent): void {
    this.state.set(phoneAfter(this.state.get(), event));
  }
  start(): void {
    this.tell({ type: "line", line: "ready" });
  }
  register(): void {
    this.done.push("register");
  }
  retire(): void {
    this.done.push("retire");
  }
  drop(): void {
    this.done.push("drop");
    this.tell({ type: "over", trouble: "" });
  }
  stop(): void {}
  async answer(): Promise<void> {
    this.done.push("answer");
  }
  async dial(): Promise<void> {}
  hangUp(): void {
    this.done.push("hangUp");
  }
  mute(on: boolean): void {
    this.tell({ type: "muted", muted: on });
  }
  press(): void {}
  async use(): Promise<void> {}
  async unblockSound(): Promise<void> {}
  microphone(): MediaStream | null {
    return null;
  }
}
