"""Celery: the timetable and the tasks. Tasks carry no lesson's fate; the database does."""

from workers.app import app

__all__ = ["app"]
