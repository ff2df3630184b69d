"""THE OWNER'S EDGE: screens of sqladmin. They look through classes derived from the tables and act through rules."""

from admin.office import BackOffice, mount

__all__ = ["BackOffice", "mount"]
