-- Another text whenever hours, exceptions, desks or officials change, so that a process knows whether
-- what it has read of them still holds.
ALTER TABLE booking_office ADD COLUMN schedule_tag TEXT NOT NULL DEFAULT '';
