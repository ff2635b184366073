//! Headers that every response carries, the time a response may take, and the line that the log gets.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tracing::Instrument as _;

use super::{Web, client};

/// Uploads over a bad line take long; nothing takes longer.
const LONGEST: Duration = Duration::from_secs(180);

/// The only page that may use the camera: pictures are taken there and kept on no phone.
const CAMERA_ON: &str = "/posts/{id}/edit";
const WITH_CAMERA: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), autoplay=(), camera=(self), display-capture=(), fullscreen=(), \
     geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-create=(self), publickey-credentials-get=(self), serial=(), usb=()",
);

const ALWAYS: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self' blob:; script-src 'self'; worker-src 'self'; connect-src 'self'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), \
             geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
             publickey-credentials-create=(self), publickey-credentials-get=(self), serial=(), usb=()",
        ),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// The outermost layer: time limit, headers, one log line without names or tokens.
pub(super) async fn on_every_response(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    client::find(&mut request, &web.app().settings.proxies);
    // The pattern, never the path: a path can carry a link's secret.
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |m| m.as_str().to_owned());
    let method = request.method().clone();
    // What goes wrong on the way is logged with the number of the request it happened in.
    let number = web.next_request();
    let span = tracing::info_span!("request", number, route = path);
    let answered = tokio::time::timeout(LONGEST, next.run(request).instrument(span)).await;
    let mut response = answered.unwrap_or_else(|_| {
        (StatusCode::SERVICE_UNAVAILABLE, "This took too long. Try again.").into_response()
    });
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    if path == CAMERA_ON {
        headers.insert(HeaderName::from_static("permissions-policy"), WITH_CAMERA);
    }
    if web.app().settings.public_url.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
    // What is not said to be public stays with the person who asked for it.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let (status, took) = (response.status(), begun.elapsed());
    web.app().metrics.answered(&method, &path, status, took);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(number, method = %method, route = path, status = status.as_u16(), ms, "answered");
    response
}
