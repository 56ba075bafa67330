"""Users and teams; their ids are the short names people chose."""

from sqlalchemy import select

from crm_core.domain.user import Standing, Team, User
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

    async def standing(self) -> dict[str, Standing]:
        """Return id -> standing of whoever may sign in."""
        columns = schema.user.c
        query = select(columns.id, columns.roles, columns.password_hash, columns.unlocked_at)
        rows = await self._rows(query.where(columns.active, columns.deleted_at.is_(None)))
        return {
            row.id: Standing(
                roles=row.roles, password_hash=row.password_hash, unlocked_at=row.unlocked_at
            )
            for row in rows
        }

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
