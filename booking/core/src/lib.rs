//! The rules of booking: what is free, who gets it, and what may become of an appointment.
//!
//! Pure: no clock, no database, no socket; time is an argument.
