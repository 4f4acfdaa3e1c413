"""The import's own table: a file read and waiting for its columns to be understood and its changes confirmed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from feedback_engine.foundation.tables import REFERENCE, Id, document_column, id_column, instant_column


class ImportUpload(SQLModel, table=True):
    """One uploaded file as the table that was found in it; erased a day later, whatever became of it.

    `mapping` is what its columns were said to mean, `result` the counts of what was written; both come later.
    """

    __tablename__ = "import_upload"
    __table_args__ = (Index("ix_import_upload_age", "created_at"), REFERENCE)

    id: UUID = id_column()
    staff_id: UUID = Field(sa_type=Id, sa_column_args=[ForeignKey("staff.id")])
    file_name: str = Field(max_length=200)
    packed_table: bytes = Field(sa_type=LargeBinary)
    mapping: dict[str, Any] | None = document_column(nullable=True)
    result: dict[str, Any] | None = document_column(nullable=True)
    created_at: datetime = instant_column()
