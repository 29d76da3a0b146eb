-- Searches for free slots read what is occupied from this index alone: rows with their sealed texts are
-- long.
CREATE INDEX booking_appointment_busy ON booking_appointment
    (office_id, starts_at, state, hold_expires_at, official_id, resource_id, block_from, block_to);
DROP INDEX booking_appointment_time;
