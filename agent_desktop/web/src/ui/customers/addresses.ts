/** The addresses of the customers' pages; a customer's holds the search it was opened from. */
import { addressOf } from "../router.tsx";

/** The list of who matches ``q``, at the customer who was opened from it. */
export const listAddress = (q: string, at = "") => addressOf("/customers", { q, at });

export const partyAddress = (id: string, q: string) => addressOf(`/customers/${id}`, { q });
