-- Which mail in the outbox is about whom, as long as it is there: to know what is taken back, and to
-- forget it with them.

CREATE TABLE booking_mail (
    mail_id    TEXT NOT NULL PRIMARY KEY REFERENCES mail_outbox (id) ON DELETE CASCADE,
    office_id  TEXT NOT NULL,
    -- Keyed hash of the address.
    email_hash TEXT NOT NULL,
    -- The appointment or the place on the waiting list.
    holder_id  TEXT NOT NULL,
    occasion   TEXT NOT NULL
);
CREATE INDEX booking_mail_email ON booking_mail (office_id, email_hash);
CREATE INDEX booking_mail_holder ON booking_mail (holder_id);
