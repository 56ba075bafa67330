"""A unit of work: one actor's reads and changes that belong together."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from crm_core.domain.ids import NewId
from crm_core.storage import search_index
from crm_core.storage.callers import CallerRepository
from crm_core.storage.drafts import DraftRepository
from crm_core.storage.history import AuditRepository, TimelineRepository
from crm_core.storage.interactions import InteractionRepository
from crm_core.storage.parties import ContactPointRepository, PartyRepository
from crm_core.storage.people import TeamRepository, UserRepository
from crm_core.storage.repository import Clock, Unit
from crm_core.storage.sales import OpportunityRepository, OrderRepository
from crm_core.storage.search import PartySearch
from crm_core.storage.service_desk import CaseRepository, TaskRepository
from crm_core.storage.session import Session
from crm_core.storage.worklist import Worklist


class UnitOfWork:
    """Repositories that share one transaction; nothing is kept without ``commit``."""

    def __init__(self, session: Session, *, actor: str, clock: Clock, new_id: NewId) -> None:
        self.session = session
        self.actor, self.clock, self.new_id = actor, clock, new_id
        self._unit = unit = Unit(session=session, actor=actor, clock=clock, new_id=new_id)
        self.parties = PartyRepository(unit)
        self.contact_points = ContactPointRepository(unit)
        self.interactions = InteractionRepository(unit)
        self.cases = CaseRepository(unit)
        self.tasks = TaskRepository(unit)
        self.opportunities = OpportunityRepository(unit)
        self.orders = OrderRepository(unit)
        self.users = UserRepository(unit)
        self.teams = TeamRepository(unit)
        self.timeline = TimelineRepository(unit)
        self.audit = AuditRepository(unit)
        self.callers = CallerRepository(unit)
        self.search = PartySearch(unit)
        self.drafts = DraftRepository(unit)
        self.worklist = Worklist(unit)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    async def commit(self) -> None:
        """Make the changes durable, all or none; the unit may go on afterwards.

        The search finds parties as they are from now on.
        """
        changed = frozenset(self._unit.to_index)
        self._unit.to_index.clear()
        if changed:
            self.session.write(lambda connection: search_index.index(connection, changed))
        await self.session.commit()


if TYPE_CHECKING:
    from crm_core.services.ports import Work

    _FITS: type[Work] = UnitOfWork
