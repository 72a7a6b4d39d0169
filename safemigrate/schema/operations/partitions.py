"""Operations on partitions."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.name import Name
from safemigrate.schema.operations.base import Operation, TableOperation


@dataclass(frozen=True, slots=True)
class AttachPartition(TableOperation):
    """ATTACH PARTITION. *bound* is ``FOR VALUES …`` or ``DEFAULT`` as written."""

    partition: Name
    bound: str

    @property
    def is_default(self) -> bool:
        """Whether the partition takes the rows that no other takes."""
        return self.bound.upper() == "DEFAULT"

    def sql(self) -> str:
        return f"{self.head()} ATTACH PARTITION {self.partition.sql()} {self.bound}"


@dataclass(frozen=True, slots=True)
class DetachPartition(TableOperation):
    """DETACH PARTITION. *finalize* ends a concurrent one that was interrupted."""

    partition: Name
    concurrently: bool = False
    finalize: bool = False

    def sql(self) -> str:
        how = " CONCURRENTLY" * self.concurrently + " FINALIZE" * self.finalize
        return f"{self.head()} DETACH PARTITION {self.partition.sql()}{how}"


@dataclass(frozen=True, slots=True)
class AttachIndex(Operation):
    """ALTER INDEX … ATTACH PARTITION: the index of a partition joins that of its parent."""

    index: Name
    partition: Name

    def sql(self) -> str:
        return f"ALTER INDEX {self.index.sql()} ATTACH PARTITION {self.partition.sql()}"
