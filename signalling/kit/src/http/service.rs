//! The builder of a service's router. There is no way to a router without an authenticator.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use szpon_protocol::{Code, Problem};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, OpenApi, Ref, Response as ApiResponse,
        path::{Operation, PathItem},
        security::SecurityRequirement,
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::{Authenticate, TrustedProxies, origin, watch};
use crate::{problem::Failure, telemetry::Metrics};

/// What all routes of a service share.
#[derive(Debug, Clone)]
pub struct Options {
    /// Longest body, in bytes, unless a route sets its own `DefaultBodyLimit`.
    pub body_limit: usize,
    /// Longest time for an answer. A WebSocket's lifetime does not count.
    pub timeout: Duration,
    pub trusted_proxies: TrustedProxies,
    pub metrics: Metrics,
}

impl Options {
    pub fn new(metrics: Metrics) -> Self {
        Self {
            body_limit: 256 * 1024,
            timeout: Duration::from_secs(30),
            trusted_proxies: TrustedProxies::default(),
            metrics,
        }
    }
}

/// A service under construction. `S` is the state of its handlers.
pub struct Service<S, A: Authenticate> {
    name: &'static str,
    prefix: Option<&'static str>,
    state: S,
    authenticate: Arc<A>,
    options: Options,
    protected: OpenApiRouter<S>,
    public: OpenApiRouter<S>,
    security: Vec<&'static str>,
    same_site_only: bool,
}

/// A route that answers without credentials.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicRoute {
    pub method: String,
    /// As in the OpenAPI document, e.g. `/api/v1/session`.
    pub path: String,
}

/// A finished service.
pub struct Built {
    /// To be merged with other services. Has no fallback; unknown paths below the service's prefix
    /// are answered with a problem document.
    pub router: Router,
    pub openapi: OpenApi,
    /// Everything that stands open, for the test that walks all routes.
    pub public: Vec<PublicRoute>,
}

impl<S: Clone + Send + Sync + 'static, A: Authenticate> Service<S, A> {
    /// `name` labels metrics; `prefix` (like `/api/v1`) is where unknown paths are this service's.
    /// Routes are written with their whole path.
    pub fn new(
        name: &'static str,
        prefix: &'static str,
        state: S,
        authenticate: A,
        options: &Options,
    ) -> Self {
        Self { prefix: Some(prefix), ..Self::without_tree(name, state, authenticate, options) }
    }

    /// A service of single routes: unknown paths beside them belong to somebody else.
    pub fn without_tree(name: &'static str, state: S, authenticate: A, options: &Options) -> Self {
        Self {
            name,
            prefix: None,
            state,
            authenticate: Arc::new(authenticate),
            options: options.clone(),
            protected: OpenApiRouter::default(),
            public: OpenApiRouter::default(),
            security: vec!["bearer"],
            same_site_only: false,
        }
    }

    /// Routes that answer 401 unless the authenticator knows the caller.
    #[must_use]
    pub fn protected(mut self, routes: OpenApiRouter<S>) -> Self {
        self.protected = self.protected.merge(routes);
        self
    }

    /// Routes that anyone may call. Each one stands on [`Built::public`].
    #[must_use]
    pub fn public(mut self, routes: OpenApiRouter<S>) -> Self {
        self.public = self.public.merge(routes);
        self
    }

    /// For services that know callers by a cookie as well: refuses unsafe requests that another site
    /// made a browser send, on all routes.
    #[must_use]
    pub fn with_cookies(mut self) -> Self {
        self.same_site_only = true;
        self.security.push("session");
        self
    }

    pub fn build(self) -> Built {
        let (protected, mut openapi) = self.protected.split_for_parts();
        let (public, mut public_api) = self.public.split_for_parts();
        for (_, _, operation) in operations(&mut openapi) {
            operation.security = Some(
                self.security
                    .iter()
                    .map(|scheme| SecurityRequirement::new(*scheme, [""; 0]))
                    .collect(),
            );
            describe_failures(operation);
        }
        let mut open = Vec::new();
        for (method, path, operation) in operations(&mut public_api) {
            operation.security = Some(vec![SecurityRequirement::default()]);
            describe_failures(operation);
            open.push(PublicRoute { method: method.into(), path });
        }
        open.sort();
        openapi.merge(public_api);
        openapi.components.get_or_insert_default().schemas.extend(problem_schemas());

        let protected = protected
            .route_layer(middleware::from_fn_with_state(self.authenticate, authenticate::<A>));
        let mut router = protected.merge(public);
        if let Some(prefix) = self.prefix {
            router = router.route(&format!("{prefix}/{{*unknown}}"), any(not_found));
        }
        router = router.method_not_allowed_fallback(method_not_allowed);
        if self.same_site_only {
            router = router.layer(middleware::from_fn(origin::refuse_other_sites));
        }
        let watch = watch::Watch::new(self.name, &self.options);
        let router = router
            .layer(middleware::from_fn_with_state(self.options.timeout, time_out))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(DefaultBodyLimit::max(self.options.body_limit))
            .layer(middleware::from_fn(headers))
            .layer(CompressionLayer::new())
            .layer(middleware::from_fn_with_state(watch, watch::watch))
            .with_state(self.state);
        Built { router, openapi, public: open }
    }
}

/// Every operation of a document with its method and path.
fn operations(api: &mut OpenApi) -> impl Iterator<Item = (&'static str, String, &mut Operation)> {
    fn of(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
        [
            ("GET", item.get.as_mut()),
            ("PUT", item.put.as_mut()),
            ("POST", item.post.as_mut()),
            ("DELETE", item.delete.as_mut()),
            ("PATCH", item.patch.as_mut()),
            ("HEAD", item.head.as_mut()),
            ("OPTIONS", item.options.as_mut()),
            ("TRACE", item.trace.as_mut()),
        ]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
    }
    api.paths.paths.iter_mut().flat_map(|(path, item)| {
        let path = path.clone();
        of(item).map(move |(method, operation)| (method, path.clone(), operation))
    })
}

/// Any other status than those a handler names is a problem document.
fn describe_failures(operation: &mut Operation) {
    let mut response = ApiResponse::new("A problem document (RFC 9457)");
    response.content.insert(
        "application/problem+json".into(),
        Content::new(Some(Ref::from_schema_name(Problem::name()))).into(),
    );
    operation.responses.responses.entry("default".into()).or_insert(response.into());
}

fn problem_schemas() -> Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)> {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    schemas
}

async fn authenticate<A: Authenticate>(
    State(authenticator): State<Arc<A>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match authenticator.authenticate(&parts).await {
        Ok(caller) => {
            parts.extensions.insert(caller);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(failure) => failure.into_response(),
    }
}

async fn time_out(State(after): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(after, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::internal("the request took too long").into_response(),
    }
}

/// Answers of an API are for the caller alone, and are what they say they are.
async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn not_found() -> Failure {
    Failure::not_found()
}

async fn method_not_allowed() -> Failure {
    Failure::new(Code::MethodNotAllowed)
}

// The hook already logs where it happened; what a panic carries might be personal data.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Failure::internal("a handler panicked").into_response()
}

#[cfg(test)]
pub(crate) async fn read_json<T: serde::de::DeserializeOwned>(response: Response) -> T {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::request::Parts;
    use tower::ServiceExt;
    use utoipa_axum::routes;

    use super::*;
    use crate::{
        http::{ClientAddress, Proof, bearer},
        problem::Result,
    };

    #[derive(Clone)]
    struct Letter(char);

    struct Letters;

    impl Authenticate for Letters {
        type Caller = Letter;

        async fn authenticate(&self, parts: &Parts) -> Result<Letter> {
            let letter = bearer(parts).and_then(|token| token.chars().next());
            letter.map(Letter).ok_or_else(Failure::unauthenticated)
        }
    }

    /// Stands for callers named `a`.
    struct IsA;

    impl Proof for IsA {
        type Caller = Letter;
        fn prove(caller: &Letter) -> Result<Self> {
            if caller.0 == 'a' { Ok(Self) } else { Err(Failure::forbidden()) }
        }
    }
    crate::extract_proof!(IsA);

    #[utoipa::path(get, path = "/t/v1/thing", responses((status = 200)))]
    async fn read() -> &'static str {
        "thing"
    }

    #[utoipa::path(post, path = "/t/v1/thing", responses((status = 200)))]
    async fn write(_: IsA, address: ClientAddress) -> String {
        address.to_string()
    }

    #[utoipa::path(get, path = "/t/v1/panic", responses((status = 200)))]
    async fn panic() -> &'static str {
        panic!("secret")
    }

    #[utoipa::path(get, path = "/t/v1/slow", responses((status = 200)))]
    async fn slow() -> &'static str {
        std::future::pending().await
    }

    fn built() -> Built {
        let mut options = Options::new(Metrics::new());
        options.timeout = Duration::from_millis(20);
        Service::new("test", "/t/v1", (), Letters, &options)
            .protected(OpenApiRouter::new().routes(routes!(write)))
            .protected(OpenApiRouter::new().routes(routes!(panic)).routes(routes!(slow)))
            .public(OpenApiRouter::new().routes(routes!(read)))
            .with_cookies()
            .build()
    }

    async fn call(method: &str, uri: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        built().router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn status(method: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        let response = call(method, uri, headers).await;
        let status = response.status().as_u16();
        assert!(response.headers().contains_key("x-request-id"));
        assert_eq!(response.headers()["cache-control"], "no-store");
        if status >= 400 {
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            assert_eq!(read_json::<Problem>(response).await.status, status);
        }
        status
    }

    #[tokio::test]
    async fn routes_are_protected_unless_they_stand_on_the_list() {
        assert_eq!(status("GET", "/t/v1/thing", &[]).await, 200);
        assert_eq!(status("POST", "/t/v1/thing", &[]).await, 401);
        assert_eq!(status("POST", "/t/v1/thing", &[("authorization", "Bearer b")]).await, 403);
        assert_eq!(status("POST", "/t/v1/thing", &[("authorization", "Bearer a")]).await, 200);
        let route =
            |method: &str, path: &str| PublicRoute { method: method.into(), path: path.into() };
        assert_eq!(built().public, [route("GET", "/t/v1/thing")]);
    }

    #[tokio::test]
    async fn whatever_goes_wrong_is_a_problem_document() {
        assert_eq!(status("PUT", "/t/v1/thing", &[]).await, 405);
        assert_eq!(status("GET", "/t/v1/other", &[]).await, 404);
        assert_eq!(status("GET", "/t/v1/thing/below", &[]).await, 404);
        let a = [("authorization", "Bearer a")];
        assert_eq!(status("GET", "/t/v1/panic", &a).await, 500);
        assert_eq!(status("GET", "/t/v1/slow", &a).await, 500);
    }

    #[tokio::test]
    async fn other_sites_cannot_act_with_a_cookie() {
        let from = |site| [("authorization", "Bearer a"), ("sec-fetch-site", site)];
        assert_eq!(status("POST", "/t/v1/thing", &from("same-origin")).await, 200);
        assert_eq!(status("POST", "/t/v1/thing", &from("cross-site")).await, 403);
        assert_eq!(status("GET", "/t/v1/thing", &from("cross-site")).await, 200);
    }

    #[tokio::test]
    async fn the_document_says_what_is_protected() {
        let api = serde_json::to_value(built().openapi).unwrap();
        let thing = &api["paths"]["/t/v1/thing"];
        assert_eq!(thing["post"]["security"], serde_json::json!([{"bearer": []}, {"session": []}]));
        assert_eq!(thing["get"]["security"], serde_json::json!([{}]));
        let failure = &thing["get"]["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(failure["schema"]["$ref"], "#/components/schemas/Problem");
        assert!(api["components"]["schemas"]["FieldError"].is_object());
    }

    #[tokio::test]
    async fn requests_are_counted_by_template() {
        let built = built();
        let get = |uri: &str| Request::get(uri).body(Body::empty()).unwrap();
        built.router.clone().oneshot(get("/t/v1/thing")).await.unwrap();
        built.router.oneshot(get("/t/v1/secret-1")).await.unwrap();
    }
}
