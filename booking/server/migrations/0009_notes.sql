-- Grows with each change of the notes, so that two officials who write at the same time both keep their
-- text.
ALTER TABLE booking_appointment ADD COLUMN notes_version BIGINT NOT NULL DEFAULT 0;
