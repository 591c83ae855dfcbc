"""Full-text search, made by hand on each engine because no metadata can say it."""

SQLITE = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(words, content='search', content_rowid='id',"
    ' tokenize="unicode61 remove_diacritics 2")',
    "CREATE TRIGGER search_added AFTER INSERT ON search BEGIN"
    " INSERT INTO search_fts(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER search_removed AFTER DELETE ON search BEGIN"
    " INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER search_changed AFTER UPDATE OF words ON search BEGIN"
    " INSERT INTO search_fts(search_fts, rowid, words) VALUES ('delete', old.id, old.words);"
    " INSERT INTO search_fts(rowid, words) VALUES (new.id, new.words); END",
)

# 'simple' keeps every language alike; 250,000 characters keep a tsvector below PostgreSQL's 1 MB limit
POSTGRESQL = (
    "ALTER TABLE search ADD COLUMN vector tsvector"
    " GENERATED ALWAYS AS (to_tsvector('simple', left(words, 250000))) STORED",
    "CREATE INDEX search_vector ON search USING gin (vector)",
)


def statements(dialect: str) -> tuple[str, ...]:
    """What this engine needs beyond the tables."""
    return SQLITE if dialect == "sqlite" else POSTGRESQL
