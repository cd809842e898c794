"""The base of classes that extend a model of another module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trytond.pool import PoolMeta

if TYPE_CHECKING:
    # Tryton puts the extended model among the bases when it fills its pool; a type checker cannot see it.
    Extension: Any
else:

    class Extension(metaclass=PoolMeta):
        """A class with the `__name__` of a model extends that model."""

        __slots__ = ()
