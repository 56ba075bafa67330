/** Which call that is over is being filed or corrected; any page may open one. */
import { Observable } from "../../core/observable.ts";

export const contactShown = new Observable("");

export const showContact = (id: string): void => contactShown.set(id);
export const closeContact = (): void => contactShown.set("");
