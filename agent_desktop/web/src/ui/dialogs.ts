/** Which of the page's dialogs is open; any part may open one. */
import { Observable } from "../core/observable.ts";

export type Dialog = "" | "search" | "shortcuts" | "phone" | "account";

export const dialog = new Observable<Dialog>("");

export const openDialog = (name: Dialog) => () => dialog.set(name);
export const closeDialog = () => dialog.set("");
