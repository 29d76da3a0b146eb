-- Searches for free slots read what occupies an official from this index alone: rows with their sealed
-- texts are long.
CREATE INDEX booking_appointment_busy ON booking_appointment
    (office_id, official_id, starts_at, state, hold_expires_at, block_from, block_to, resource_id);
DROP INDEX booking_appointment_official;
