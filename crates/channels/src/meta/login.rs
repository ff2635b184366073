//! How the Manager allows the trust's own app to use a Page, or the Instagram account that belongs to it.
//!
//! Facebook Login brings a code, the code a token of the person, that one a token that lasts, and with it come the
//! tokens of every Page that the person may use. Only the Page's token is kept.
//! <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow>

use cleansheet_terms::Network;
use serde::{Deserialize, Serialize};

use super::{
    Credential, Failure, List,
    graph::{asked, at, signed},
};
use crate::{
    Addresses, AppKeys, CameBack, ChannelError, Connected, Kind, Outside, facebook, instagram,
    outside::{Body, Call},
};

/// A connection that was begun and has to be kept, sealed, until the browser comes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    /// What the answer has to name; it also binds the browser.
    pub state: String,
    network: Network,
    callback: String,
}

/// What lets a person make posts for a Page; one of them is enough.
/// <https://developers.facebook.com/docs/pages-api/overview#tasks>
const TASKS: [&str; 2] = ["CREATE_CONTENT", "MANAGE"];

/// The permissions that are asked for, each with what it is for; no others.
pub(crate) fn needs(network: Network) -> &'static [(&'static str, &'static str)] {
    match network {
        Network::Instagram => &instagram::NEEDS,
        _ => &facebook::NEEDS,
    }
}

/// Where the browser has to go, and what to keep until it comes back.
///
/// - `callback`: the full address that Meta sends it back to, as it is entered in the app.
/// - `network`: Facebook or Instagram; both are allowed on Facebook's page.
pub async fn begin(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    callback: &str,
    network: Network,
) -> Result<(Begun, String), ChannelError> {
    let begun = Begun { state: outside.random(), network, callback: callback.to_owned() };
    let page = format!("{}/{}/dialog/oauth", addresses.meta_pages, addresses.meta_version);
    let scope: Vec<&str> = needs(network).iter().map(|(name, _)| *name).collect();
    let mut go = reqwest::Url::parse(&page).map_err(ChannelError::later)?;
    go.query_pairs_mut()
        .append_pair("client_id", &keys.id)
        .append_pair("redirect_uri", callback)
        .append_pair("state", &begun.state)
        .append_pair("response_type", "code")
        .append_pair("scope", &scope.join(","))
        // What was declined once is otherwise never asked for again.
        .append_pair("auth_type", "rerequest");
    Ok((begun, go.into()))
}

/// Every Page, or every professional Instagram account, that whoever came back may use here: the Manager chooses one.
///
/// Without one there is an error that says what is missing, a permission by its name first of all.
pub async fn finish(
    outside: &Outside,
    addresses: &Addresses,
    keys: &AppKeys,
    begun: Begun,
    back: &CameBack,
) -> Result<Vec<Connected>, ChannelError> {
    if back.state != begun.state {
        return Err(reconnect("the answer belongs to another connection; begin again"));
    }
    if !back.error.is_empty() || back.code.is_empty() {
        return Err(reconnect("it was not allowed on Facebook’s page; begin again and allow it there"));
    }
    let way = Way { outside, addresses, keys, network: begun.network };
    let first = [("code", back.code.clone()), ("redirect_uri", begun.callback)];
    let short = way.token(first.into()).await?;
    let longer = [("grant_type", "fb_exchange_token".to_owned()), ("fb_exchange_token", short)];
    let token = way.token(longer.into()).await?;
    let pages = way.pages(&token).await?;
    let found: Vec<Connected> = pages.iter().filter_map(|page| way.connected(page)).collect();
    if found.is_empty() { Err(way.why_none(&token, &pages).await?) } else { Ok(found) }
}

fn reconnect(why: &str) -> ChannelError {
    ChannelError::Reconnect(why.to_owned())
}

struct Way<'a> {
    outside: &'a Outside,
    addresses: &'a Addresses,
    keys: &'a AppKeys,
    network: Network,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Page {
    id: String,
    name: String,
    access_token: Option<String>,
    #[serde(default)]
    tasks: Vec<String>,
    instagram_business_account: Option<Professional>,
}

#[derive(Deserialize)]
struct Professional {
    id: String,
    #[serde(default)]
    username: String,
}

#[derive(Deserialize)]
struct Permission {
    permission: String,
    status: String,
}

impl Page {
    fn may_post(&self) -> bool {
        self.tasks.iter().any(|task| TASKS.contains(&task.as_str()))
    }
}

impl Way<'_> {
    /// A token for what was brought. It goes in the body: an address may be written down on its way.
    async fn token(&self, mut fields: Vec<(&'static str, String)>) -> Result<String, ChannelError> {
        fields.push(("client_id", self.keys.id.clone()));
        fields.push(("client_secret", self.keys.secret.clone()));
        let call = Call::post(at(self.addresses, "oauth/access_token"), Body::Form(fields));
        let reply = asked(self.outside, self.network, Kind::Read, &call).await;
        match reply.and_then(|reply| reply.read::<Token, _>()) {
            Ok(token) => Ok(token.access_token),
            Err(Failure::Refused(refusal)) if matches!(refusal.code, 1 | 100 | 101) => Err(reconnect(
                "Meta does not take the app’s id and secret, or the address that it comes back to; compare them with those on the app’s page at developers.facebook.com, then begin again",
            )),
            Err(failure) => Err(failure.of_asking()),
        }
    }

    async fn pages(&self, token: &str) -> Result<Vec<Page>, ChannelError> {
        let fields = "id,name,access_token,tasks,instagram_business_account{id,username}";
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let mut call =
                Call::get(at(self.addresses, "me/accounts")).query("fields", fields).query("limit", "100");
            if let Some(after) = after.take() {
                call = call.query("after", after);
            }
            let call = signed(call, token, self.keys);
            let reply =
                asked(self.outside, self.network, Kind::Read, &call).await.map_err(Failure::of_asking)?;
            let part: List<Page> = reply.read().map_err(Failure::of_asking)?;
            after = part.after();
            pages.extend(part.data);
            if after.is_none() {
                return Ok(pages);
            }
        }
    }

    /// `None` for what cannot be published to.
    fn connected(&self, page: &Page) -> Option<Connected> {
        let token = page.access_token.clone().filter(|_| page.may_post())?;
        let (remote, handle) = match self.network {
            Network::Instagram => {
                let account = page.instagram_business_account.as_ref()?;
                (account.id.clone(), account.username.clone())
            }
            _ => (page.id.clone(), page.name.clone()),
        };
        let credential = serde_json::to_vec(&Credential { page_token: token }).ok()?;
        Some(Connected { remote, handle, server: self.addresses.meta_api.clone(), credential })
    }

    /// What has to change before there is something to choose.
    async fn why_none(&self, token: &str, pages: &[Page]) -> Result<ChannelError, ChannelError> {
        let call = signed(Call::get(at(self.addresses, "me/permissions")), token, self.keys);
        let reply = asked(self.outside, self.network, Kind::Read, &call).await.map_err(Failure::of_asking)?;
        let given: List<Permission> = reply.read().map_err(Failure::of_asking)?;
        let is_given =
            |name: &str| given.data.iter().any(|one| one.permission == name && one.status == "granted");
        let missing: Vec<String> = needs(self.network)
            .iter()
            .filter(|(name, _)| !is_given(name))
            .map(|(name, what)| format!("{name} ({what})"))
            .collect();
        let why = if !missing.is_empty() {
            format!("these permissions were not given: {}; begin again and leave them on", missing.join(", "))
        } else if pages.is_empty() {
            "no Page was chosen on Facebook’s page, or this person runs none; begin again and choose the trust’s Page".to_owned()
        } else if !pages.iter().any(Page::may_post) {
            "this person may not make posts for the Page (the task CREATE_CONTENT is missing); somebody who runs the Page has to give it, at facebook.com under Page access".to_owned()
        } else {
            "no professional Instagram account belongs to the Page; connect it to the Page in the Instagram app under Settings, Business tools, then begin again".to_owned()
        };
        Ok(ChannelError::Reconnect(why))
    }
}
