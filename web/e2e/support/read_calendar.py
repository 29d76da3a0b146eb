"""A calendar as the Python package `icalendar` reads it.

Takes a calendar on standard input and prints it as JSON: `method`, and `events` with what
support/calendar.ts knows as `CalendarEvent`.
"""

import datetime
import json
import sys

from icalendar import Calendar


def moment(value):
    at = value.dt
    assert isinstance(at, datetime.datetime) and at.tzinfo is not None, value
    return {
        "utc": at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "wall": at.strftime("%Y-%m-%dT%H:%M:%S"),
        "zone": value.params.get("TZID", "UTC"),
    }


def party(value):
    return None if value is None else {"name": value.params.get("CN", ""), "address": str(value)}


def text(event, name):
    value = event.get(name)
    return None if value is None else str(value)


def read(event):
    assert not event.errors, event.errors
    return {
        "uid": text(event, "UID"),
        "sequence": int(event["SEQUENCE"]),
        "start": moment(event["DTSTART"]),
        "end": moment(event["DTEND"]),
        "summary": text(event, "SUMMARY"),
        "description": text(event, "DESCRIPTION"),
        "location": text(event, "LOCATION"),
        "status": text(event, "STATUS"),
        "url": text(event, "URL"),
        "organizer": party(event.get("ORGANIZER")),
        "attendee": party(event.get("ATTENDEE")),
    }


calendar = Calendar.from_ical(sys.stdin.buffer.read())
assert not calendar.errors, calendar.errors
method = text(calendar, "METHOD")
events = [read(event) for event in calendar.walk("VEVENT")]
json.dump({"method": method, "events": events}, sys.stdout)
