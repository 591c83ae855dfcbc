"""Tables of the second step at sign-in. The secret itself lies in a file, as other secrets do (config/secrets.py)."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class SecondStepRow(SQLModel, table=True):
    """A person's second step. `secret` names the file that holds it; `last_step` is the latest 30 seconds (counted
    from 1970) whose code was taken: none of then or before is taken again. `wrong`: codes refused since a right one.
    """

    __tablename__ = "second_step"
    account_id: int = Field(primary_key=True, foreign_key="account.id")
    secret: str
    since: datetime
    last_step: int
    wrong: int = 0


class RecoveryCodeRow(SQLModel, table=True):
    """A code for whoever lost their phone: works once, kept as a hash. `number` 0 to 9 is its first character."""

    __tablename__ = "recovery_code"
    account_id: int = Field(primary_key=True, foreign_key="account.id")
    number: int = Field(primary_key=True)
    hash: str
    used_at: datetime | None = None
