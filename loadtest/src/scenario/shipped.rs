//! The scenarios in `loadtest/scenarios`, within the program.

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// Name and text of each.
        pub const SHIPPED: [(&str, &str); [$($name),*].len()] =
            [$(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),*];
    };
}

shipped![
    "consultations",
    "idle",
    "meeting",
    "meetings",
    "webinar",
    "webinar-1500",
    "course",
    "churn",
    "churn-memory",
    "storm",
    "joins",
    "weak-networks",
    "codecs",
];
