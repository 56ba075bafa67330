"""Users and teams; their ids are the short names people chose."""

from collections.abc import Sequence

from sqlalchemy import select

from crm_core.domain.user import Team, User, UserRole
from crm_core.storage import schema
from crm_core.storage.repository import Repository


class UserRepository(Repository[User]):
    """Those who sign in."""

    table = schema.user
    value = User
    natural_keys = True

    async def all(self) -> list[User]:
        """Return every live user, by id."""
        return await self._values(self._live().order_by(schema.user.c.id))

    async def standing(self) -> dict[str, Sequence[UserRole]]:
        """Return id -> roles of whoever may sign in."""
        table = schema.user
        query = select(table.c.id, table.c.roles).where(table.c.active)
        rows = await self._rows(query.where(table.c.deleted_at.is_(None)))
        return {row.id: row.roles for row in rows}

    async def names(self) -> dict[str, str]:
        """Return id -> name of every user, deleted ones too, for showing old records."""
        rows = await self._rows(select(schema.user.c.id, schema.user.c.name))
        return {row.id: row.name for row in rows}


class TeamRepository(Repository[Team]):
    """Users who work together."""

    table = schema.team
    value = Team
    natural_keys = True

    async def all(self) -> list[Team]:
        """Return every live team, by id."""
        return await self._values(self._live().order_by(schema.team.c.id))
