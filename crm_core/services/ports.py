"""What the services need of storage; ``storage.unit_of_work.UnitOfWork`` provides it."""
# ruff: noqa: D102 - the class names and the repositories say it

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from crm_core.domain.caller import CallerFacts, Candidate, Found
from crm_core.domain.case import Case
from crm_core.domain.interaction import Interaction, TimelineEvent
from crm_core.domain.party import ContactPoint, Party, Role
from crm_core.domain.phone import Ani
from crm_core.domain.pin import Secret
from crm_core.domain.sales import SalesOrder
from crm_core.domain.task import Task
from crm_core.domain.user import User


class Parties(Protocol):
    """Parties and their PINs."""

    async def get(self, key: str) -> Party: ...
    async def add(self, value: Party, roles: Sequence[Role] = ()) -> Party: ...
    async def new_customer_number(self) -> str: ...
    async def secret(self, customer_number: str) -> Secret | None: ...
    async def set_pin(self, party_id: str, pin_hash: str) -> None: ...
    async def admit_attempt(
        self, party_id: str, *, now: datetime, lock_after: int, lock_until: datetime
    ) -> bool: ...
    async def forgive_attempts(self, party_id: str) -> None: ...


class ContactPoints(Protocol):
    """Numbers and addresses."""

    async def add(self, value: ContactPoint) -> ContactPoint: ...
    async def save(self, value: ContactPoint) -> ContactPoint: ...
    async def of_party(self, party_id: str) -> list[ContactPoint]: ...
    async def owners(self, kind: str, norms: Sequence[str]) -> dict[str, list[str]]: ...


class Interactions(Protocol):
    """Records of calls."""

    async def of_call(self, external_id: str) -> Interaction | None: ...
    async def amend(self, external_id: str, **values: Any) -> None: ...


class Cases(Protocol):
    """Cases."""

    async def get(self, key: str) -> Case: ...
    async def add(self, value: Case) -> Case: ...
    async def save(self, value: Case) -> Case: ...


class Tasks(Protocol):
    """Tasks."""

    async def add(self, value: Task) -> Task: ...


class Orders(Protocol):
    """Orders."""

    async def of_party(self, party_id: str, *, limit: int = 20) -> list[SalesOrder]: ...


class Users(Protocol):
    """Users."""

    async def find(self, key: str) -> User | None: ...
    async def get(self, key: str) -> User: ...
    async def add(self, value: User) -> User: ...
    async def save(self, value: User) -> User: ...


class Audit(Protocol):
    """The audit log."""

    async def note(
        self,
        action: str,
        entity: str,
        entity_id: str,
        *,
        details: Mapping[str, Any] | None = None,
    ) -> None: ...


class Timeline(Protocol):
    """Events of parties."""

    async def add(self, event: TimelineEvent) -> TimelineEvent: ...


class Callers(Protocol):
    """The search for the caller."""

    async def search(
        self, ani: Ani, *, queue: str, choose: Callable[[Sequence[Candidate]], str | None]
    ) -> Found: ...
    async def facts(self, party_id: str) -> CallerFacts | None: ...


class Work(Protocol):
    """A unit of work."""

    @property
    def actor(self) -> str: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def parties(self) -> Parties: ...
    @property
    def contact_points(self) -> ContactPoints: ...
    @property
    def interactions(self) -> Interactions: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def users(self) -> Users: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def callers(self) -> Callers: ...
    async def commit(self) -> None: ...
