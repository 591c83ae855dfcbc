"""How alembic runs here: on the connection it is handed, in one transaction."""

import importlib
import pkgutil

from alembic import context
from sqlmodel import SQLModel

import bot.store

for found in pkgutil.iter_modules(bot.store.__path__):  # importing the tables fills the metadata
    if found.name.startswith("tables"):
        importlib.import_module(f"bot.store.{found.name}")
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
