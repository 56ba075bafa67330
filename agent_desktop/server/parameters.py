"""What paths and query strings of the REST API may hold, the same in every route."""

from typing import Annotated

from pydantic import Field

CallKey = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9_.\-]+$")]
Limit = Annotated[int, Field(ge=1, le=100)]
After = Annotated[
    str, Field(max_length=100, description='"" for the first page, then the next of the last one')
]
