"""How alembic runs here: on the connection it is handed, in one transaction."""

from alembic import context
from sqlmodel import SQLModel

from bot.store import tables, tables_house

OURS = (tables, tables_house)  # importing them fills the metadata
connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    include_object=lambda _thing, name, kind, *_: not (kind == "table" and str(name).startswith("search_fts")),
)
with context.begin_transaction():
    context.run_migrations()
