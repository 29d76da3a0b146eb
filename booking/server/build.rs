//! Builds anew when a migration is added; cargo looks at Rust files only.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
