"""The mail application that runs on schedulers which are no marketing engines: Celery and APScheduler.

It is the business code that a shop would write around such a library: customers, journeys as plain jobs, mails that
leave through SMTP. What schedules is a `Scheduler`, and the engine's own; nothing here knows which one it is.
"""
