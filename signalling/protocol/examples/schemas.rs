fn main() { use utoipa::OpenApi; println!("{}", szpon_protocol::openapi::Schemas::openapi().to_pretty_json().unwrap()); }
