//! Facebook's page where an app is allowed, and its tokens.

use serde_json::json;

use super::{ACCOUNT, APP, Meta, PAGE, PAGE_NAME, PERMISSIONS, Request, Response, SECRET, USERNAME, error};

impl Meta {
    /// `None` for what needs the Page's own token.
    pub(super) fn sign_in(&mut self, request: &Request, path: &[&str]) -> Option<Response> {
        Some(match path {
            ["dialog", "oauth"] => self.dialog(request),
            ["oauth", "access_token"] => self.token(request),
            ["debug_token"] => self.debugged(request),
            ["me", "accounts"] => {
                self.not_signed_in(request, &[self.user_token()]).unwrap_or_else(|| self.pages())
            }
            ["me", "permissions"] => {
                self.not_signed_in(request, &[self.user_token()]).unwrap_or_else(|| self.permissions())
            }
            _ => return None,
        })
    }

    /// Whoever opens it is taken for somebody who allows everything of [`Meta::given`].
    fn dialog(&mut self, request: &Request) -> Response {
        let asked = |name: &str| request.query.get(name).cloned().unwrap_or_default();
        if asked("client_id") != APP || asked("response_type") != "code" {
            return Response::not_described("an app that is not known");
        }
        if let Some(other) = asked("scope").split(',').find(|scope| !PERMISSIONS.contains(scope)) {
            return Response::not_described(&format!("permission {other}"));
        }
        let code = self.new_id();
        self.codes.insert(code.clone(), asked("redirect_uri"));
        let to = format!("{}?code={code}&state={}", asked("redirect_uri"), asked("state"));
        Response { status: 302, headers: vec![("location".to_owned(), to)], body: Vec::new() }
    }

    fn token(&mut self, request: &Request) -> Response {
        let given = Self::given_with(request);
        let asked = |name: &str| given.get(name).cloned().unwrap_or_default();
        if asked("client_id") != APP || asked("client_secret") != SECRET {
            return error(400, 101, 0, "Error validating application. Cannot get application info");
        }
        if asked("grant_type") == "fb_exchange_token" {
            if asked("fb_exchange_token") != format!("EAAShort{}", self.session) {
                return error(400, 190, 0, "Invalid OAuth access token");
            }
            let token = self.user_token();
            return Response::json(
                200,
                &json!({ "access_token": token, "token_type": "bearer", "expires_in": 5_184_000 }),
            );
        }
        // A code is good once, and for the address that it went to.
        if self.codes.remove(&asked("code")) != Some(asked("redirect_uri")) {
            return error(400, 100, 36_009, "This authorization code has been used");
        }
        let token = format!("EAAShort{}", self.session);
        Response::json(200, &json!({ "access_token": token, "token_type": "bearer", "expires_in": 5_000 }))
    }

    fn debugged(&self, request: &Request) -> Response {
        if request.bearer() != Some(&format!("{APP}|{SECRET}")) {
            return error(400, 190, 0, "Invalid OAuth access token");
        }
        let is_valid = request.query.get("input_token") == Some(&self.page_token());
        let mut data = json!({ "app_id": APP, "type": "PAGE", "is_valid": is_valid, "expires_at": 0,
            "data_access_expires_at": self.ends, "scopes": self.given });
        if !is_valid {
            data["error"] = json!({ "code": 190, "subcode": self.why, "message": "not good any more" });
        }
        Response::json(200, &json!({ "data": data }))
    }

    fn permissions(&self) -> Response {
        let one = |name: &&str| {
            let status = if self.given.contains(*name) { "granted" } else { "declined" };
            json!({ "permission": name, "status": status })
        };
        Response::json(200, &json!({ "data": PERMISSIONS.iter().map(one).collect::<Vec<_>>() }))
    }

    fn pages(&self) -> Response {
        if !self.given.contains("pages_show_list") {
            return Response::json(200, &json!({ "data": [] }));
        }
        let page = json!({ "id": PAGE, "name": PAGE_NAME, "access_token": self.page_token(), "tasks": self.tasks,
            "instagram_business_account": { "id": ACCOUNT, "username": USERNAME } });
        let another = |number: u32| {
            json!({ "id": format!("20000000000000{number}"), "name": format!("Fenland Walking Football {number}"),
                "access_token": format!("EAAOther{number}"), "tasks": self.tasks })
        };
        let first = (!self.hides_first_page).then_some(page);
        let all: Vec<_> = first.into_iter().chain((1..self.pages).map(another)).collect();
        Response::json(200, &json!({ "data": all }))
    }
}
