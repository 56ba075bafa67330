"""The pure floor: who waits, who is free, who gets the next call, and why."""
