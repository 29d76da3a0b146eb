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
    "meeting",
    "webinar",
    "course",
    "churn",
    "storm",
    "weak-networks",
    "codecs",
];
